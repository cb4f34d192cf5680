import { describeValue } from '../../../describe.js';
import { activation } from '../../../layers/activation.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';
import { type Fields, isFields, type Place, refuse, type Serialized, serialized } from '../dialect.js';
import { type Link, linksOf, type Use, usesOf } from './links.js';
import {
  type Applicable,
  type FileModel,
  type FileNode,
  isInput,
  isModel,
  type ModelPlace,
  nameOf,
  readApplicable,
  readInput,
} from './read.js';

/** Layers and uses of a model at most. */
const MOST_USES = 10_000;

/** An entry of a functional model: an input, a layer or a model, or what makes a mask, with its uses. */
interface Entry {
  readonly name: string;
  readonly file: Serialized;
  readonly part: Applicable | null;
  readonly uses: readonly Use[];
  /** What is taken off the number of a use: models inside count one more for themselves. */
  before: number;
  /** Outputs of the uses that have been made. */
  readonly made: (readonly SymbolicTensor[])[];
}

/** Operations that Keras 3 puts between an Embedding or Masking and the layers that take its mask. */
const MASK_OPERATIONS = ['NotEqual', 'Any', 'Equal', 'LogicalNot', 'LogicalAnd', 'LogicalOr', 'ExpandDims'];

const isOperation = (given: unknown): boolean =>
  isFields(given) && typeof given.module === 'string' && /^keras\.(src\.)?ops/.test(given.module);

/** Whether something makes a mask that our layers make by themselves. */
const makesMask = (given: unknown, file: Serialized): boolean =>
  MASK_OPERATIONS.includes(file.className) && isOperation(given);

function readEntry(place: ModelPlace, given: unknown): Entry {
  const file = serialized(given) ?? refuse(place, `layers: expected a layer, got ${describeValue(given)}`);
  const name = isFields(given) && typeof given.name === 'string' ? given.name : nameOf(place, file, given);
  const here = { ...place, where: `${place.where}: ${name}` };
  const isPlain = isInput(file) || makesMask(given, file);
  const own = serialized(given) as Serialized;
  const named = { ...(given as Fields), config: { ...own.config, name } };
  if (isOperation(given) && !isPlain)
    refuse(here, `the operation ${file.className} is no layer; layers alone are read`);
  return {
    name,
    file,
    part: isPlain ? null : readApplicable(place, named),
    uses: isPlain ? [] : usesOf(here, (given as Fields).inbound_nodes ?? []),
    before: 0,
    made: [],
  };
}

/** Models count their own making as a use in some files: numbers of uses then begin at 1. */
function countUses(entries: ReadonlyMap<string, Entry>, links: Iterable<Link>): void {
  for (const { layer, use } of links) {
    const entry = entries.get(layer);
    if (entry === undefined || !isModel(entry.file)) continue;
    entry.before = Math.max(entry.before, use - (entry.uses.length - 1));
  }
}

class Run {
  constructor(
    private readonly place: Place,
    private readonly entries: ReadonlyMap<string, Entry>,
  ) {}

  /** The value of a link, or null where its use has not been made yet. */
  value({ layer, use, output }: Link): SymbolicTensor | null {
    const entry = this.entries.get(layer);
    if (entry === undefined) return refuse(this.place, `inbound_nodes: there is no layer '${layer}'`);
    const outputs = entry.made[use - entry.before];
    if (outputs === undefined) return null;
    return (
      outputs[output] ??
      refuse(this.place, `'${layer}' has ${outputs.length} outputs, one asks for number ${output}`)
    );
  }

  /** Makes all uses, those that others need first. */
  all(): void {
    for (const entry of this.entries.values()) if (entry.part !== null) this.make(entry);
  }

  private make(wanted: Entry): void {
    const path = [wanted];
    const begun = new Set(path);
    for (let entry = path.at(-1); entry !== undefined; entry = path.at(-1)) {
      const missing = this.advance(entry);
      if (missing === null) {
        path.pop();
        begun.delete(entry);
        continue;
      }
      const before = this.entries.get(missing.layer) as Entry;
      if (begun.has(before) || before.part === null || before.made.length === before.uses.length) {
        refuse(
          this.place,
          `inbound_nodes: nothing leads to use ${missing.use} of '${missing.layer}', which '${entry.name}' needs`,
        );
      }
      path.push(before);
      begun.add(before);
    }
  }

  /** Makes the uses of a layer one after the other; gives the link whose value is not there yet, or null. */
  private advance(entry: Entry): Link | null {
    while (entry.made.length < entry.uses.length) {
      const { inputs, call } = entry.uses[entry.made.length];
      if (inputs.length === 0) refuse(this.place, `inbound_nodes: '${entry.name}' has a use without inputs`);
      const values: SymbolicTensor[] = [];
      for (const link of inputs) {
        const value = this.value(link);
        if (value === null) return link;
        values.push(value);
      }
      entry.made.push((entry.part as Applicable).apply(values, call));
    }
    return null;
  }
}

/** All uses of a layer are called alike. */
function checkCalls(place: Place, { name, uses }: Entry): void {
  const calls = new Set(uses.map(({ call }) => JSON.stringify(call)));
  if (calls.size > 1)
    refuse(place, `${name}: its uses are called with different arguments, which is not read`);
}

/** Masks are those that Keras makes of an Embedding or Masking: ours follow by themselves. */
function checkMasks(
  place: Place,
  name: string,
  uses: readonly Use[],
  entries: ReadonlyMap<string, Entry>,
): void {
  for (const { layer } of uses.flatMap(({ masks }) => masks)) {
    const from = entries.get(layer);
    if (from === undefined || from.part !== null || isInput(from.file)) {
      refuse(
        place,
        `${name}: takes a mask from '${layer}', which is not read; only those of Embedding and Masking are`,
      );
    }
  }
}

/** A functional model. @throws FormatError */
export function readFunctional(place: ModelPlace, file: Serialized, name: string): FileModel {
  const { layers, input_layers: given, output_layers: wanted } = file.config;
  if (!Array.isArray(layers)) return refuse(place, `${name}: layers: expected a list of layers`);
  const entries = new Map<string, Entry>();
  let count = 0;
  for (const one of layers) {
    const entry = readEntry(place, one);
    if (entries.has(entry.name)) refuse(place, `two layers are named '${entry.name}'`);
    entries.set(entry.name, entry);
    count += 1 + entry.uses.length;
    if (count > MOST_USES) refuse(place, `the model has more than ${MOST_USES} layers and uses`);
    checkCalls(place, entry);
  }
  for (const { name: own, uses } of entries.values()) checkMasks(place, own, uses, entries);
  const inputLinks = linksOf(place, 'input_layers', given);
  const outputLinks = linksOf(place, 'output_layers', wanted);
  const all = [...entries.values()];
  countUses(entries, [...all.flatMap(({ uses }) => uses.flatMap(({ inputs }) => inputs)), ...outputLinks]);
  const inputEntries = inputLinks.map(({ layer }) => {
    const entry = entries.get(layer);
    if (entry !== undefined && isInput(entry.file)) return entry;
    return refuse(place, `input_layers: '${layer}' is no input`);
  });
  const children: FileNode[] = all.map(
    ({ part, name: own, file: its }) => part?.node ?? { name: own, file: its, layer: null, children: [] },
  );
  return {
    node: { name, file, layer: null, children },
    inputs: () => inputEntries.map((entry) => readInput(place, entry.name, entry.file.config)),
    apply(inputs) {
      if (inputs.length !== inputEntries.length) {
        refuse(place, `${name}: is applied to ${inputs.length} inputs, expected ${inputEntries.length}`);
      }
      for (const entry of all) entry.made.length = 0;
      inputEntries.forEach((entry, i) => {
        entry.made[0] = [inputs[i]];
      });
      const run = new Run(place, entries);
      run.all();
      return outputLinks.map((link, i) => {
        const value =
          run.value(link) ?? refuse(place, `output_layers: there is no use ${link.use} of '${link.layer}'`);
        // What passes through untouched is the output of no layer of ours.
        return value.node.layer === null
          ? activation({ activation: 'linear', name: `${place.prefix}output_${i}` }).apply(value)
          : value;
      });
    },
  };
}
