import type { Layer } from '../../../layers/layer.js';
import { gru } from '../../../layers/recurrent/gru.js';
import { lstm } from '../../../layers/recurrent/lstm.js';
import { rnn } from '../../../layers/recurrent/rnn.js';
import { simpleRNN } from '../../../layers/recurrent/simple-rnn.js';
import type { Tensor } from '../../../tensor.js';
import type { Floats } from '../../file-floats.js';
import type { NodeUse } from '../node.js';
import { type CellActivation, plainActivation } from './activations.js';
import { addedBiases, type Block, columns, ordered } from './blocks.js';
import type { GeneralActivation } from './general-activations.js';
import { GENERAL_CELLS, type GeneralOptions } from './general-cells.js';

/** One direction of a recurrent node: rows of gates in ONNX's order. */
export interface Direction {
  readonly I: number;
  readonly H: number;
  /** [G·H, I] */
  readonly W: Floats;
  /** [G·H, H] */
  readonly R: Floats;
  /** [2·G·H] or null */
  readonly B: Float32Array | null;
  /** [3·H] or null */
  readonly P: Float32Array | null;
  readonly activations: readonly GeneralActivation[];
}

/** A direction whose activations our cells have. */
interface PlainDirection extends Omit<Direction, 'activations'> {
  readonly activations: readonly CellActivation[];
}

/** Options that do not depend on the cell. */
export interface LayerFlags {
  readonly name: string;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
}

/** A layer of ours for one direction. */
export interface CellLayer {
  make(flags: LayerFlags): Layer;
  readonly weights: Readonly<Record<string, Tensor>>;
}

/** A recurrent operator. */
export interface CellKind {
  readonly type: string;
  readonly gates: number;
  readonly states: number;
  /** ONNX's defaults, f first. */
  readonly activations: readonly string[];
  /** The layer of ours, or undefined where none does what the node asks for. */
  layer(node: NodeUse, direction: PlainDirection): CellLayer | undefined;
}

/** Weights are set at once: nothing is drawn for them. */
const FROM_FILE = { kernelInitializer: 'zeros', recurrentInitializer: 'zeros' } as const;

const block = (from: number, { scale, shift }: CellActivation): Block => ({ from, scale, shift });

function matrices(
  { W, R, H, I }: Omit<Direction, 'activations'>,
  blocks: readonly Block[],
): Record<string, Tensor> {
  return { kernel: columns(W, H, I, blocks), recurrentKernel: columns(R, H, H, blocks) };
}

/** The sum of both biases; none where ONNX has none and nothing is shifted. */
function summedBias(
  { B, H }: Omit<Direction, 'activations'>,
  blocks: readonly Block[],
  gates: number,
): Record<string, Tensor> {
  if (B === null && blocks.every(({ shift }) => shift === 0)) return {};
  const list = B === null ? new Float32Array(gates * H) : addedBiases(B);
  return { bias: { data: ordered(list, H, blocks, true), shape: [blocks.length * H] } };
}

const RNN: CellKind = {
  type: 'simpleRNN',
  gates: 1,
  states: 1,
  activations: ['Tanh'],
  layer(_node, direction) {
    const [f] = direction.activations;
    const blocks = [block(0, f)];
    const weights = { ...matrices(direction, blocks), ...summedBias(direction, blocks, 1) };
    const useBias = 'bias' in weights;
    const options = { units: direction.H, activation: f.name, useBias, ...FROM_FILE };
    return { weights, make: (flags) => simpleRNN({ ...options, ...flags }) };
  },
};

/** ONNX z, r, h: the order is ours. */
const GRU: CellKind = {
  type: 'gru',
  gates: 3,
  states: 1,
  activations: ['Sigmoid', 'Tanh'],
  layer(node, direction) {
    const { H, B } = direction;
    const [f, g] = direction.activations;
    const resetAfter = node.int('linear_before_reset', 0) !== 0;
    const blocks = [block(0, f), block(1, f), block(2, g)];
    const weights = { ...matrices(direction, blocks), ...summedBias(direction, blocks, 3) };
    if (resetAfter && weights.bias !== undefined) {
      const given = B ?? new Float32Array(6 * H);
      const data = new Float32Array(6 * H);
      data.set(ordered(given.subarray(0, 3 * H), H, blocks, true));
      data.set(ordered(given.subarray(3 * H), H, blocks, false), 3 * H);
      weights.bias = { data, shape: [2, 3 * H] };
    }
    const options = {
      units: H,
      activation: g.name,
      recurrentActivation: f.name,
      resetAfter,
      useBias: 'bias' in weights,
      ...FROM_FILE,
    };
    return { weights, make: (flags) => gru({ ...options, ...flags }) };
  },
};

/** Activations a with 1 − a(x) = a(−x), so that f = 1 − i is a gate like any other. */
const MIRRORED = ['sigmoid', 'hardSigmoid', 'hardSigmoid02'];

const negative = ({ from, scale, shift }: Block): Block => ({ from, scale: -scale, shift: -shift });

/** ONNX i, o, f, c; ours i, f, c, o, and f, c, o where f = 1 − i: our gate f is then that of −x. */
const LSTM: CellKind = {
  type: 'lstm',
  gates: 4,
  states: 2,
  activations: ['Sigmoid', 'Tanh', 'Tanh'],
  layer(node, direction) {
    const { H, P } = direction;
    const [f, g, h] = direction.activations;
    if (h.name !== g.name || h.scale !== 1 || h.shift !== 0) return undefined;
    const coupled = node.int('input_forget', 0) !== 0;
    if (coupled && !MIRRORED.includes(f.name)) return undefined;
    const [i, o, forget, c] = [block(0, f), block(1, f), block(2, f), block(3, g)];
    const blocks = coupled ? [negative(i), c, o] : [i, forget, c, o];
    const weights = { ...matrices(direction, blocks), ...summedBias(direction, blocks, 4) };
    if (P !== null) {
      const order = coupled ? [negative(i), o] : [i, forget, o];
      weights.peepholeKernel = { data: ordered(P, H, order, false), shape: [order.length, H] };
    }
    const options = {
      units: H,
      activation: g.name,
      recurrentActivation: f.name,
      peephole: P !== null,
      coupled,
      unitForgetBias: false,
      useBias: 'bias' in weights,
      ...FROM_FILE,
    };
    return { weights, make: (flags) => lstm({ ...options, ...flags }) };
  },
};

/** A layer of a cell that does all that ONNX has. */
function generalLayer(node: NodeUse, kind: CellKind, direction: Direction): CellLayer {
  const { H, B, P, activations } = direction;
  const blocks = Array.from({ length: kind.gates }, (_, from): Block => ({ from, scale: 1, shift: 0 }));
  const weights = matrices(direction, blocks);
  const resetAfter = node.int('linear_before_reset', 0) !== 0;
  const list = (data: Float32Array): Tensor => ({ data: data.slice(), shape: [data.length] });
  if (B !== null) {
    const half = kind.gates * H;
    const apart = kind.type === 'gru' && resetAfter;
    weights.bias = list(apart ? B.subarray(0, half) : addedBiases(B));
    if (apart) weights.recurrentBias = list(B.subarray(half));
  }
  if (P !== null) weights.peepholeKernel = list(P);
  const options: GeneralOptions = {
    activations,
    clip: clipOf(node),
    useBias: B !== null,
    ...(kind.type === 'gru' && { resetAfter }),
    ...(kind.type === 'lstm' && { coupled: node.int('input_forget', 0) !== 0, peephole: P !== null }),
  };
  const cell = GENERAL_CELLS[kind.type as keyof typeof GENERAL_CELLS];
  return { weights, make: (flags) => rnn({ cell, units: H, options, ...flags }) };
}

/** The bound on arguments; 0 for none. */
function clipOf(node: NodeUse): number {
  if (!node.has('clip')) return 0;
  const clip = node.float('clip', 0);
  return clip > 0 && Number.isFinite(clip) ? clip : node.refuse(`clip is ${clip}`);
}

/** Layers for the directions of a node, all of one kind. */
export function cellLayers(node: NodeUse, kind: CellKind, directions: readonly Direction[]): CellLayer[] {
  const layers = directions.map((direction) => {
    const plain = direction.activations.map(plainActivation);
    if (clipOf(node) > 0 || plain.includes(undefined)) return undefined;
    return kind.layer(node, { ...direction, activations: plain as CellActivation[] });
  });
  if (!layers.includes(undefined)) return layers as CellLayer[];
  return directions.map((direction) => generalLayer(node, kind, direction));
}

/** By ONNX's names. */
export const CELLS: Readonly<Record<string, CellKind>> = { RNN, GRU, LSTM };
