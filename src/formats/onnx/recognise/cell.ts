import type { Layer } from '../../../layers/layer.js';
import { gru } from '../../../layers/recurrent/gru.js';
import { lstm } from '../../../layers/recurrent/lstm.js';
import { simpleRNN } from '../../../layers/recurrent/simple-rnn.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';
import type { Tensor } from '../../../tensor.js';
import { biasOf, kernelOf, rowsOfLeaf, rowsOfSegments } from './gates.js';
import type { Segment } from './reader.js';
import type { CellWeights, SequenceFlags, Step } from './step.js';
import type { Linear } from './sums.js';

/** Weights are set at once: nothing is drawn for them. */
const FROM_FILE = { kernelInitializer: 'zeros', recurrentInitializer: 'zeros' } as const;

/** What all cells of gates are made of. */
export interface Found {
  readonly type: 'lstm' | 'gru' | 'simpleRNN';
  readonly units: number;
  readonly x: readonly Segment[];
  readonly before: readonly SymbolicTensor[] | null;
  readonly after: readonly SymbolicTensor[];
  readonly options: Readonly<Record<string, unknown>> & { readonly useBias: boolean };
  readonly weights: () => CellWeights;
  /** The weights as the layer has them. */
  readonly finish?: (weights: Record<string, Tensor>) => Record<string, Tensor>;
}

/** Whether any gate adds anything. */
export const hasBias = (gates: readonly (Linear | null)[]): boolean =>
  gates.some((gate) => gate !== null && gate.biases.length > 0);

const plainBias =
  (useBias: boolean) =>
  ({ bias, ...kernels }: Record<string, Tensor>): Record<string, Tensor> =>
    useBias ? { ...kernels, bias } : kernels;

const FACTORIES = { lstm, gru, simpleRNN } as unknown as Readonly<Record<string, (options: object) => Layer>>;

/** A step, whose weights are put together when they are asked for. */
export function stepOf({ options, type, weights, finish, ...found }: Found): Step {
  let made: CellWeights | null = null;
  const once = (): CellWeights => {
    made ??= weights();
    return made;
  };
  const all = { units: found.units, ...FROM_FILE, ...options };
  return {
    ...found,
    type,
    key: JSON.stringify(options),
    weights: once,
    layerWeights: () => (finish ?? plainBias(options.useBias))({ ...once() }),
    make: (flags: SequenceFlags) => FACTORIES[type]({ ...all, ...flags }),
  };
}

const rowsOf = (x: readonly Segment[]): number => x.reduce((sum, { size }) => sum + size, 0);

/** Kernels and the bias of gates in our order. */
export function gateWeights(
  gates: readonly (Linear | null)[],
  units: number,
  x: readonly Segment[],
  h: readonly SymbolicTensor[],
): Record<string, Tensor> {
  return {
    kernel: kernelOf(gates, rowsOf(x), units, rowsOfSegments(x)),
    ...(h.length > 0 && { recurrentKernel: kernelOf(gates, units, units, rowsOfLeaf(...h)) }),
    bias: biasOf(gates, units),
  };
}
