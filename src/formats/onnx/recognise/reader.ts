import type { ActivationName } from '../../../layers/activations.js';
import { isCellActivation } from '../../../layers/activations.js';
import type { Layer } from '../../../layers/layer.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';
import type { Tensor } from '../../../tensor.js';
import {
  constantSum,
  cutSum,
  leafSum,
  linearSum,
  number,
  type Part,
  plus,
  type Sum,
  scaled,
  times,
} from './sums.js';

/** Positions of a leaf. */
export interface Segment {
  readonly leaf: SymbolicTensor;
  readonly from: number;
  readonly size: number;
}

/** Weights of a layer by their names inside it. */
export type WeightsOf = (layer: Layer) => Readonly<Record<string, Tensor>>;

/** Numbers of a vector, with axes of size 1 beside it; null for what is none. */
export function widthOf({ shape }: SymbolicTensor): number | null {
  const last = shape[shape.length - 1];
  return last !== null && shape.slice(0, -1).every((size) => size === 1) ? last : null;
}

/** Parts of a vector that is put together at most. */
const MOST_SEGMENTS = 8;

type Read = (reader: Reader, inputs: readonly SymbolicTensor[], layer: Layer, width: number) => Sum | null;

const configOf = <C>(layer: Layer): C => layer.config as unknown as C;

const dense: Read = (reader, [x], layer, width) => {
  const { activation, useBias } = configOf<{ activation: ActivationName; useBias: boolean }>(layer);
  const { kernel, bias } = reader.weightsOf(layer);
  const whole = reader.segmentsOf(x);
  if (activation !== 'linear' || kernel === undefined || whole === null) return null;
  let row = 0;
  const parts = whole.map(({ leaf, from, size }): Part => {
    const matrix = { matrix: kernel, columns: width, row, column: 0 };
    row += size;
    return { leaf, from, size, matrix, diagonal: null, scale: 1 };
  });
  const biases = useBias ? [{ data: bias.data, at: 0, scale: 1 }] : [];
  return linearSum(width, { parts, biases });
};

/** An activation of a sum, as a sum. */
function activated(tensor: SymbolicTensor, activation: ActivationName, argument: Sum): Sum {
  return {
    width: argument.width,
    terms: [{ atoms: [{ activation, tensor, from: 0, argument }], linear: number(1) }],
  };
}

/** alpha · x + beta, held between 0 and 1, as what it is of another argument: 0.2 y + 0.5. */
function hardGate(tensor: SymbolicTensor, x: Sum, alpha: number, beta: number): Sum | null {
  const argument = plus(scaled(x, 5 * alpha), constantSum(x.width, [5 * (beta - 0.5)]));
  return argument && activated(tensor, 'hardSigmoid02', argument);
}

/** Two values of equal width. */
const pair =
  (f: (a: Sum, b: Sum) => Sum | null): Read =>
  (reader, inputs) => {
    const [a, b] = inputs.map((x) => reader.value(x));
    return inputs.length === 2 && a !== null && b !== null ? f(a, b) : null;
  };

const minus = (a: Sum, b: Sum): Sum | null => plus(a, scaled(b, -1));

const OPERATIONS: Readonly<Record<string, (a: Sum, b: Sum) => Sum | null>> = {
  add: plus,
  subtract: minus,
  multiply: times,
};

const READS: Readonly<Record<string, Read>> = {
  dense,
  slice(reader, [x], layer, width) {
    const { start, axis } = configOf<{ start: number; axis: number }>(layer);
    const last = axis === -1 || axis === x.shape.length;
    const from = last ? reader.value(x) : null;
    return from && cutSum(from, start, width);
  },
  reshape: (reader, [x], _layer, width) => (widthOf(x) === width ? reader.value(x) : null),
  activation(reader, [x], layer) {
    const { activation } = configOf<{ activation: ActivationName }>(layer);
    const value = reader.value(x);
    if (value === null || activation === 'linear') return value;
    return isCellActivation(activation) ? activated(reader.current, activation, value) : null;
  },
  pointwise(reader, [x], layer) {
    const config = configOf<{ function: string; alpha: number | null; beta: number | null }>(layer);
    const value = reader.value(x);
    if (value === null) return null;
    const { alpha, beta } = config;
    if (config.function === 'affine') {
      return plus(scaled(value, alpha ?? 1), constantSum(value.width, [beta ?? 0]));
    }
    if (config.function === 'clip' && alpha === 0 && beta === 1) return hardGate(reader.current, value, 1, 0);
    return config.function === 'hardSigmoid'
      ? hardGate(reader.current, value, alpha ?? 1 / 6, beta ?? 0.5)
      : null;
  },
  operand(reader, [x], layer, width) {
    const { operation, first } = configOf<{ operation: string; first: boolean }>(layer);
    const value = reader.value(x);
    const { data } = reader.weightsOf(layer).operand ?? { data: [] };
    if (value === null || !Object.hasOwn(OPERATIONS, operation) || ![1, width].includes(data.length))
      return null;
    const constant = constantSum(width, data);
    return first ? OPERATIONS[operation](constant, value) : OPERATIONS[operation](value, constant);
  },
  add: pair(plus),
  subtract: pair(minus),
  multiply: pair(times),
  combine(reader, inputs, layer, width) {
    const { operation } = configOf<{ operation: string }>(layer);
    return Object.hasOwn(OPERATIONS, operation)
      ? pair(OPERATIONS[operation])(reader, inputs, layer, width)
      : null;
  },
};

/** Reads vectors as polynomials in activations: what a cell computes, however its operations are arranged. */
export class Reader {
  private readonly values = new Map<SymbolicTensor, Sum>();
  private readonly whole = new Map<SymbolicTensor, readonly Segment[]>();
  /** The value that is being read. */
  current!: SymbolicTensor;

  constructor(readonly weightsOf: WeightsOf) {}

  /** What a vector is; null for what is none. Inputs are read before what is made of them. */
  value(tensor: SymbolicTensor): Sum | null {
    const known = this.values.get(tensor);
    if (known !== undefined) return known;
    const width = widthOf(tensor);
    if (width === null) return null;
    const { layer, inputs } = tensor.node;
    const type = layer?.definition.type ?? '';
    this.current = tensor;
    const read =
      layer !== null && Object.hasOwn(READS, type) ? READS[type](this, inputs, layer, width) : null;
    const value = read ?? leafSum(tensor, width);
    this.values.set(tensor, value);
    return value;
  }

  /** From here on a value is looked into no further. */
  close(tensor: SymbolicTensor): void {
    this.values.set(tensor, leafSum(tensor, widthOf(tensor) as number));
  }

  /** A value is another that is looked into no further. */
  alias(tensor: SymbolicTensor, other: SymbolicTensor): void {
    const width = widthOf(other) as number;
    this.values.set(tensor, leafSum(other, width));
    this.whole.set(tensor, [{ leaf: other, from: 0, size: width }]);
  }

  /** The leaves that a vector is put together of, in order; null for what is no vector. */
  segmentsOf(tensor: SymbolicTensor): readonly Segment[] | null {
    const known = this.whole.get(tensor);
    if (known !== undefined) return known;
    const size = widthOf(tensor);
    if (size === null) return null;
    const found = this.findSegments(tensor, size) ?? [{ leaf: tensor, from: 0, size }];
    this.whole.set(tensor, found);
    return found;
  }

  private findSegments({ node, shape }: SymbolicTensor, size: number): readonly Segment[] | null {
    const type = node.layer?.definition.type;
    const [x] = node.inputs;
    if (type === 'reshape' && widthOf(x) === size) return this.segmentsOf(x);
    if (type === 'concatenate' && node.layer !== null) {
      const { axis } = configOf<{ axis: number }>(node.layer);
      if (axis !== -1 && axis !== shape.length) return null;
      const parts = node.inputs.map((part) => this.segmentsOf(part));
      const all = parts.flatMap((part) => part ?? []);
      return parts.includes(null) || all.length > MOST_SEGMENTS ? null : all;
    }
    return null;
  }
}
