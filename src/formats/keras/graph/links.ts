import { describeValue } from '../../../describe.js';
import { type Fields, isFields, type Place, refuse } from '../dialect.js';

/** An output of a use of a layer: its name, number of the use, number of the output. */
export interface Link {
  readonly layer: string;
  readonly use: number;
  readonly output: number;
}

/** One use of a layer: its inputs in order, and what else the call is given. */
export interface Use {
  readonly inputs: readonly Link[];
  readonly call: Fields;
  /** Masks that it is given by name. */
  readonly masks: readonly Link[];
}

/** Links inside links at most. */
const DEEPEST = 8;

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function linkOf(value: unknown): Link | null {
  if (isFields(value) && value.class_name === '__keras_tensor__') {
    const history = isFields(value.config) ? value.config.keras_history : null;
    return linkOf(history);
  }
  if (!Array.isArray(value) || value.length < 3) return null;
  const [layer, use, output] = value;
  return typeof layer === 'string' && isWhole(use) && isWhole(output) ? { layer, use, output } : null;
}

/** All links of a value, in order: of a list, a record, or one. @throws FormatError for what is none */
export function linksOf(place: Place, what: string, value: unknown, depth = 0): Link[] {
  const link = linkOf(value);
  if (link !== null) return [link];
  const parts = Array.isArray(value)
    ? value
    : isFields(value) && !('class_name' in value)
      ? Object.values(value)
      : null;
  if (parts === null || depth > DEEPEST) {
    return refuse(place, `${what}: expected outputs of layers, got ${describeValue(value)}`);
  }
  return parts.flatMap((part) => linksOf(place, what, part, depth + 1));
}

/** Arguments of calls that are inputs, in the order in which our layers take them. */
const INPUT_ARGUMENTS = ['query', 'value', 'key', 'initial_state'];

/** Arguments that are options of layers of ours. */
const CALL_OPTIONS = ['use_causal_mask', 'return_attention_scores'];

/** Arguments that change nothing here: masks follow by themselves. */
const IGNORED_ARGUMENTS = ['mask', 'training'];

/** Masks of inputs, some of which have none. */
const maskLinks = (place: Place, given: unknown): Link[] =>
  (Array.isArray(given) && linkOf(given) === null ? given : [given]).flatMap((one: unknown) =>
    one === null ? [] : linksOf(place, 'mask', one),
  );

function callOf(place: Place, given: Fields): { further: Link[]; call: Fields; masks: Link[] } {
  const further = INPUT_ARGUMENTS.flatMap((name) =>
    given[name] === undefined || given[name] === null ? [] : linksOf(place, name, given[name]),
  );
  const masks = given.mask === undefined || given.mask === null ? [] : maskLinks(place, given.mask);
  const call: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (INPUT_ARGUMENTS.includes(name) || value === null || value === false) continue;
    if (CALL_OPTIONS.includes(name)) call[name] = value;
    else if (!IGNORED_ARGUMENTS.includes(name) || value === true) {
      refuse(place, `is called with ${name} (${describeValue(value)}), which is not read`);
    }
  }
  return { further, call, masks };
}

/** A use in the form of Keras 3: positional arguments, and others by name. */
function useOfArguments(place: Place, args: unknown, kwargs: Fields): Use {
  const inputs = linksOf(place, 'inbound_nodes', args ?? []);
  const { further, ...rest } = callOf(place, kwargs);
  return { inputs: [...inputs, ...further], ...rest };
}

/** A use in the older form: a list of [layer, use, output, arguments]. */
function useOfList(place: Place, list: readonly unknown[]): Use {
  const isOne = linkOf(list) !== null;
  const entries = isOne ? [list] : list;
  const inputs = linksOf(place, 'inbound_nodes', entries);
  const kwargs: Fields[] = entries.flatMap((entry) =>
    Array.isArray(entry) && isFields(entry[3]) ? [entry[3]] : [],
  );
  const { further, ...rest } = callOf(place, Object.assign({}, ...kwargs));
  return { inputs: [...inputs, ...further], ...rest };
}

/** The uses of a layer, as `inbound_nodes` lists them. @throws FormatError */
export function usesOf(place: Place, given: unknown): Use[] {
  if (!Array.isArray(given)) return refuse(place, 'inbound_nodes: expected a list');
  return given.map((node: unknown) => {
    if (Array.isArray(node)) return useOfList(place, node);
    if (isFields(node)) return useOfArguments(place, node.args, isFields(node.kwargs) ? node.kwargs : {});
    return refuse(place, `inbound_nodes: expected the use of a layer, got ${describeValue(node)}`);
  });
}
