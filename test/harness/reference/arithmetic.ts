import { erf } from './erf.js';
import type { Value, Weights } from './network.js';

type Numbers = readonly [number, number];

const FUNCTIONS: Readonly<Record<string, (x: number, [a, b]: Numbers) => number>> = {
  affine: (x, [a, b]) => a * x + b,
  clip: (x, [a, b]) => Math.min(Math.max(x, a ?? -1e300), b ?? 1e300),
  abs: Math.abs,
  sqrt: Math.sqrt,
  reciprocal: (x) => 1 / x,
  power: (x, [a]) => x ** a,
  log: Math.log,
  erf,
  leakyRelu: (x, [a]) => (x < 0 ? a * x : x),
  elu: (x, [a]) => (x < 0 ? a * Math.expm1(x) : x),
  thresholdedRelu: (x, [a]) => (x > a ? x : 0),
  hardSigmoid: (x, [a, b]) => Math.min(1, Math.max(0, a * x + b)),
  geluTanh: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  round: (x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)),
};

const OPERATIONS: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
};

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Both operands, those of size 1 repeated. */
function broadcast(a: Value, b: Value, f: (a: number, b: number) => number): Value {
  const shape = a.shape.map((size, i) => Math.max(size, b.shape[i]));
  const at = (value: Value, index: readonly number[]): number =>
    value.data[
      index.reduce((place, i, axis) => place * value.shape[axis] + (value.shape[axis] === 1 ? 0 : i), 0)
    ];
  const data = new Float64Array(sizeOf(shape));
  data.forEach((_, place) => {
    let rest = place;
    const index = shape.map(() => 0);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    data[place] = f(at(a, index), at(b, index));
  });
  return { data, shape };
}

const REDUCTIONS: Readonly<Record<string, (list: number[]) => number>> = {
  sum: (list) => list.reduce((a, b) => a + b, 0),
  mean: (list) => list.reduce((a, b) => a + b, 0) / list.length,
  max: (list) => Math.max(...list),
  min: (list) => Math.min(...list),
  product: (list) => list.reduce((a, b) => a * b, 1),
};

/** Equations of the layers of plain arithmetic. */
export const REFERENCE_ARITHMETIC = {
  pointwise: (
    { function: name, alpha, beta }: { function: string; alpha: number; beta: number },
    [{ data, shape }]: readonly Value[],
  ): Value[] => [{ data: data.map((x) => FUNCTIONS[name](x, [alpha, beta])), shape }],
  combine: ({ operation }: { operation: string }, [a, b]: readonly Value[]): Value[] => [
    broadcast(a, b, OPERATIONS[operation]),
  ],
  operand(
    { operation, shape, first }: { operation: string; shape: readonly number[]; first: boolean },
    [x]: readonly Value[],
    weights: Weights,
  ): Value[] {
    const w = { data: weights.operand, shape: [1, ...shape] };
    return [first ? broadcast(w, x, OPERATIONS[operation]) : broadcast(x, w, OPERATIONS[operation])];
  },
  reduce(
    { operation, axis }: { operation: string; axis: number },
    [{ data, shape }]: readonly Value[],
  ): Value[] {
    const at = axis < 0 ? shape.length + axis : axis;
    const inner = sizeOf(shape.slice(at + 1));
    const size = shape[at];
    const result = new Float64Array(data.length / size).map((_, i) => {
      const from = Math.floor(i / inner) * size * inner + (i % inner);
      return REDUCTIONS[operation](Array.from({ length: size }, (_n, j) => data[from + j * inner]));
    });
    return [{ data: result, shape: shape.map((d, i) => (i === at ? 1 : d)) }];
  },
  matmul(_config: object, [a, b]: readonly Value[]): Value[] {
    const [M, K] = a.shape.slice(-2);
    const N = b.shape[b.shape.length - 1];
    const shape = [...a.shape.slice(0, -1), N];
    const data = new Float64Array(sizeOf(shape)).map((_, i) => {
      const block = Math.floor(i / (M * N));
      const m = Math.floor(i / N) % M;
      let sum = 0;
      for (let k = 0; k < K; k++)
        sum += a.data[(block * M + m) * K + k] * b.data[(block * K + k) * N + (i % N)];
      return sum;
    });
    return [{ data, shape }];
  },
  learnedVector({ units }: { units: number }, [x]: readonly Value[], weights: Weights): Value[] {
    const B = x.shape[0];
    return [
      { data: new Float64Array(B * units).map((_, i) => weights.vector[i % units]), shape: [B, units] },
    ];
  },
};
