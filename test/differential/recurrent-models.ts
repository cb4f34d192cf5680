import type {
  AttributeProto,
  NodeProto,
  TensorProto,
  ValueProto,
} from '../../src/formats/onnx/proto/messages.js';
import { attribute, floatTensor, writeModel } from '../../src/formats/onnx/proto/write.js';
import { type Tensor, tensor } from '../../src/index.js';
import { type Draw, drawsFrom } from '../formats/fuzz/mutate.js';
import type { Types } from './session.js';

/** A file with what goes in. */
export interface RandomModel {
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly feeds: Record<string, Tensor>;
  readonly types: Types;
  /** Whether it is an LSTM that bounds what its activations see. */
  readonly clipsState: boolean;
}

const GATES = { RNN: 1, GRU: 3, LSTM: 4 } as const;
const FUNCTIONS = { RNN: 1, GRU: 2, LSTM: 3 } as const;

type Range = readonly [number, number];

/** Activations of ONNX with the ranges of alpha and beta, of those that have them. */
const ACTIVATIONS: readonly (readonly [string, Range?, Range?])[] = [
  ['Tanh'],
  ['Sigmoid'],
  ['Relu'],
  ['Softsign'],
  ['Softplus'],
  ['Affine', [0.2, 0.9], [-0.3, 0.3]],
  ['LeakyRelu', [0.01, 0.5]],
  ['ThresholdedRelu', [0.1, 0.8]],
  ['ScaledTanh', [0.5, 1.2], [0.5, 1.2]],
  ['HardSigmoid', [0.1, 0.4], [0.3, 0.6]],
  ['Elu', [0.5, 1.5]],
];

export const value = (name: string, dims: readonly (number | string)[], type = 1): ValueProto => ({
  name,
  type,
  dims: dims.map((d) => (typeof d === 'number' ? { value: d, name: '' } : { value: null, name: d })),
});

export const node = (
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: readonly AttributeProto[] = [],
): NodeProto => ({
  name: '',
  op,
  domain: '',
  inputs: [...inputs],
  outputs: [...outputs],
  attributes: [...attributes],
});

/** Numbers from a draw, between −size and size. */
export function numbers(draw: Draw, shape: readonly number[], size: number): Tensor {
  const count = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: count }, () => ((draw(20_001) - 10_000) / 10_000) * size);
  return tensor(data, shape);
}

/** A random model of one recurrent operator. */
export function randomRecurrent(seed: number): RandomModel {
  const draw = drawsFrom(seed);
  const flip = (n = 2): boolean => draw(n) === 0;
  const between = ([low, high]: Range): number => low + (draw(101) / 100) * (high - low);
  const op = (['RNN', 'GRU', 'LSTM'] as const)[draw(3)];
  const direction = ['forward', 'reverse', 'bidirectional'][draw(3)];
  const D = direction === 'bidirectional' ? 2 : 1;
  const [T, B, I, H] = [1 + draw(6), 1 + draw(4), 1 + draw(6), 1 + draw(9)];
  const N = GATES[op] * H;
  const constants: TensorProto[] = [];
  const inputs: ValueProto[] = [value('X', ['time', 'batch', I])];
  const feeds: Record<string, Tensor> = { X: numbers(draw, [T, B, I], 1.5) };
  const types: Record<string, 'int32'> = {};
  const weight = (name: string, shape: number[]): string => {
    const { data } = numbers(draw, shape, 0.8);
    constants.push(floatTensor(name, data, shape));
    return name;
  };
  const names = ['X', weight('W', [D, N, I]), weight('R', [D, N, H]), flip(4) ? '' : weight('B', [D, 2 * N])];
  if (flip(3)) {
    inputs.push(value('lengths', ['batch'], 6));
    feeds.lengths = tensor(
      Float32Array.from({ length: B }, () => 1 + draw(T)),
      [B],
    );
    types.lengths = 'int32';
    names.push('lengths');
  } else names.push('');
  for (const name of op === 'LSTM' ? ['initial_h', 'initial_c'] : ['initial_h']) {
    const kind = draw(4);
    if (kind > 1) names.push('');
    else {
      names.push(name);
      if (kind === 0) {
        inputs.push(value(name, [D, 'batch', H]));
        feeds[name] = numbers(draw, [D, B, H], 0.7);
      } else {
        // A constant that is the same for every sample.
        const rows = Array.from({ length: D }, () => numbers(draw, [H], 0.7).data);
        const all = rows.flatMap((row) => Array.from({ length: B }, () => [...row]).flat());
        constants.push(floatTensor(name, Float32Array.from(all), [D, B, H]));
      }
    }
  }
  const attributes = [attribute.int('hidden_size', H), attribute.text('direction', direction)];
  if (op === 'LSTM' && flip(3)) names.push(weight('P', [D, 3 * H]));
  if (op === 'LSTM' && flip(4)) attributes.push(attribute.int('input_forget', 1));
  if (op === 'GRU' && flip()) attributes.push(attribute.int('linear_before_reset', 1));
  if (flip(3)) attributes.push(attribute.float('clip', 0.3 + draw(20) / 10));
  let chosen = '';
  if (flip()) {
    const picks = Array.from({ length: D * FUNCTIONS[op] }, () => ACTIVATIONS[draw(ACTIVATIONS.length)]);
    attributes.push(
      attribute.texts(
        'activations',
        picks.map(([name]) => name),
      ),
    );
    attributes.push(
      attribute.floats(
        'activation_alpha',
        picks.flatMap(([, alpha]) => (alpha ? [between(alpha)] : [])),
      ),
    );
    attributes.push(
      attribute.floats(
        'activation_beta',
        picks.flatMap(([, , beta]) => (beta ? [between(beta)] : [])),
      ),
    );
    chosen = picks.map(([name]) => name).join();
  }
  const opset = [7, 8, 11, 13, 14, 17, 21, 22][draw(8)];
  const outputs = op === 'LSTM' ? ['Y', 'Y_h', 'Y_c'] : ['Y', 'Y_h'];
  while (names[names.length - 1] === '') names.pop();
  const graph = {
    name: 'random',
    nodes: [node(op, names, outputs, attributes)],
    constants,
    inputs,
    outputs: [
      value('Y', ['time', D, 'batch', H]),
      ...outputs.slice(1).map((name) => value(name, [D, 'batch', H])),
    ],
  };
  const said = attributes.map(({ name, i, f }) => `${name} ${i || f || ''}`).join(', ');
  return {
    text: `${op} ${direction} T${T} B${B} I${I} H${H} opset ${opset}: ${names.join(' ')} (${said}) ${chosen}`,
    bytes: writeModel({ opsets: new Map([['', opset]]), graph, functions: [] }, 8),
    feeds,
    types,
    clipsState: op === 'LSTM' && attributes.some(({ name }) => name === 'clip'),
  };
}
