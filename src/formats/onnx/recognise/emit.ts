import type { Layer } from '../../../layers/layer.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';
import type { Builder } from '../node.js';
import { type Chain, fullStep } from './chains.js';
import {
  asVector,
  besides,
  featuresOf,
  type Run,
  runOf,
  stackedVectors,
  stepOf,
  turned,
} from './sequences.js';
import type { Step } from './step.js';

/** What other parts of a graph take of a chain. */
export interface Wanted {
  /** Outputs of steps before the last. */
  readonly sequence: boolean;
  /** A state c behind the last step. */
  readonly cell: boolean;
}

/** Gives the value that stands for one of the graph. */
export type Now = (old: SymbolicTensor) => SymbolicTensor;

/** The inputs of a chain as one sequence, and whether it is read from its end. */
function inputOf(list: Builder, chain: Chain, now: Now): Run {
  const runs = chain[0].x.map(({ from, size }, k) => {
    const segments = chain.map(({ x }) => x[k]);
    const width = segments[0].leaf.shape[segments[0].leaf.shape.length - 1] as number;
    const same = segments.every(
      (one) => one.from === from && one.leaf.shape[one.leaf.shape.length - 1] === width,
    );
    const parts = segments.map((one) =>
      same ? now(one.leaf) : featuresOf(list, now(one.leaf), { from: one.from, size }),
    );
    const run = runOf(list, parts, same ? width : size) ?? {
      sequence: stackedVectors(list, parts, same ? width : size),
      backwards: false,
    };
    return { ...run, sequence: featuresOf(list, run.sequence, { from: same ? from : 0, size }) };
  });
  const backwards = runs.every((run) => run.backwards);
  const parts = runs.map((run) => (run.backwards && !backwards ? turned(list, run.sequence) : run.sequence));
  return { sequence: besides(list, parts), backwards };
}

/** A layer of the cell of a step. */
export function cellLayer(
  list: Builder,
  step: Step,
  flags: { readonly returnSequences: boolean; readonly returnState: boolean; readonly goBackwards: boolean },
): Layer {
  return list.layer(step.type, null, (name) => step.make({ name, ...flags }), step.layerWeights());
}

const initialOf = (list: Builder, { before, units }: Step, now: Now): SymbolicTensor[] =>
  (before ?? []).map((state) => asVector(list, now(state), [units]));

/** A layer over a sequence in place of a chain. @returns what stands for its values */
export function emitChain(
  list: Builder,
  chain: Chain,
  now: Now,
  { sequence, cell }: Wanted,
): Map<SymbolicTensor, SymbolicTensor> {
  const input = inputOf(list, chain, now);
  const flags = {
    returnSequences: sequence,
    returnState: cell || sequence,
    goBackwards: input.backwards,
  };
  const layer = cellLayer(list, fullStep(chain), flags);
  const [y, ...states] = layer.applyAll(input.sequence, { initialState: initialOf(list, chain[0], now) });
  const found = new Map<SymbolicTensor, SymbolicTensor>();
  chain.forEach((step, t) => {
    if (t === chain.length - 1) addStates(list, found, step, flags.returnState ? states : [y]);
    else if (sequence) addStates(list, found, step, [stepOf(list, y, t)]);
  });
  return found;
}

/** Says what has become of the states behind a step. */
function addStates(
  list: Builder,
  found: Map<SymbolicTensor, SymbolicTensor>,
  { after, output }: Step,
  states: readonly SymbolicTensor[],
): void {
  after.forEach((state, i) => {
    if (i < states.length) found.set(state, asVector(list, states[i], state.shape as number[]));
  });
  if (output !== undefined) found.set(output, asVector(list, states[0], output.shape as number[]));
}

/** The same layer at each step, where a step's input depends on the step before. */
export function emitStep(
  list: Builder,
  layer: Layer,
  step: Step,
  now: Now,
): Map<SymbolicTensor, SymbolicTensor> {
  const { sequence } = inputOf(list, [step], now);
  const [, ...states] = layer.applyAll(sequence, { initialState: initialOf(list, step, now) });
  const found = new Map<SymbolicTensor, SymbolicTensor>();
  addStates(list, found, step, states);
  return found;
}
