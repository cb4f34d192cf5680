import { exp } from '../../../numeric/exp.js';
import { log } from '../../../numeric/log.js';
import { pow, powInteger } from '../../../numeric/pow.js';
import { sizeOf } from '../../../shape.js';
import type { NodeUse } from '../node.js';
import type { Constant } from '../values.js';

/** The shape of two constants together, axes of size 1 repeated; null where they do not fit. */
function commonShape(a: readonly number[], b: readonly number[]): number[] | null {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) {
    const p = a[a.length - rank + i] ?? 1;
    const q = b[b.length - rank + i] ?? 1;
    if (p !== q && p !== 1 && q !== 1) return null;
    shape.push(p === 1 ? q : p);
  }
  return shape;
}

/** For each position of a shape, the position in a constant that is repeated to it. */
function* positions(own: readonly number[], shape: readonly number[]): Generator<number> {
  const front = shape.length - own.length;
  const steps = shape.map((_, i) =>
    i < front || own[i - front] === 1 ? 0 : sizeOf(own.slice(i - front + 1)),
  );
  const index = shape.map(() => 0);
  let at = 0;
  for (let left = sizeOf(shape); left > 0; left--) {
    yield at;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += steps[axis];
      if (++index[axis] < shape[axis]) break;
      at -= steps[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

/** Numbers of what was reckoned out: no weights. */
export function reckoned(
  type: Constant['type'],
  numbers: ArrayLike<number>,
  shape: readonly number[],
): Constant {
  const data = type === 'float' ? Float32Array.from(numbers) : Float64Array.from(numbers);
  return { kind: 'constant', type, data, shape: [...shape], reckoned: true };
}

/** A constant repeated to a shape. */
export function repeated(node: NodeUse, value: Constant, shape: readonly number[]): Constant {
  node.builder.unfold(node.where, sizeOf(shape));
  const from = positions(value.shape, shape);
  return reckoned(
    value.type,
    Array.from(from, (at) => value.data[at]),
    shape,
  );
}

/** Two constants element by element. */
export function foldTwo(
  node: NodeUse,
  a: Constant,
  b: Constant,
  f: (a: number, b: number) => number,
  type: Constant['type'] = a.type === 'float' || b.type === 'float' ? 'float' : a.type,
): Constant {
  const shape = commonShape(a.shape, b.shape) ?? node.refuse(`joins shapes [${a.shape}] and [${b.shape}]`);
  node.builder.unfold(node.where, sizeOf(shape));
  const [left, right] = [positions(a.shape, shape), positions(b.shape, shape)];
  const data = new Float64Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    const value = f(a.data[left.next().value as number], b.data[right.next().value as number]);
    data[i] = type === 'float' ? value : Math.trunc(value);
  }
  const value = reckoned(type, data, shape);
  return a.open || b.open ? { ...value, open: true } : value;
}

/** A constant number by number. */
export function foldOne(value: Constant, f: (x: number) => number, type = value.type): Constant {
  const found = reckoned(type, Float64Array.from(value.data, f), value.shape);
  return value.open ? { ...found, open: true } : found;
}

/** x^y with the bits of every engine. */
export function power(x: number, y: number): number {
  if (Number.isInteger(y) && Math.abs(y) <= 2 ** 20) {
    const size = powInteger(x, Math.abs(y));
    return y < 0 ? 1 / size : size;
  }
  return pow(x, y);
}

const tanh = (x: number): number => {
  const e = exp(-2 * Math.abs(x));
  return Math.sign(x) * ((1 - e) / (1 + e));
};

/** Functions of constants by ONNX's names. */
export const CONSTANT_FUNCTIONS: Readonly<Record<string, (x: number) => number>> = {
  Neg: (x) => -x,
  Abs: Math.abs,
  Sqrt: Math.sqrt,
  Reciprocal: (x) => 1 / x,
  Exp: (x) => exp(x),
  Log: (x) => (x < 0 ? Number.NaN : x === 0 ? Number.NEGATIVE_INFINITY : log(x)),
  Sign: Math.sign,
  Floor: Math.floor,
  Ceil: Math.ceil,
  Round: (x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)),
  Relu: (x) => Math.max(x, 0),
  Tanh: tanh,
  Sigmoid: (x) => 1 / (1 + exp(-x)),
};

/** Two whole numbers' remainder, with the sign of the divisor. */
const modulo = (a: number, b: number): number => a - Math.floor(a / b) * b;

/** Operators on two constants whose result is true or false, or that flows do not know. */
export const CONSTANT_PAIRS: Readonly<
  Record<string, readonly [(a: number, b: number) => number, 'bool' | null]>
> = {
  Equal: [(a, b) => Number(a === b), 'bool'],
  Less: [(a, b) => Number(a < b), 'bool'],
  LessOrEqual: [(a, b) => Number(a <= b), 'bool'],
  Greater: [(a, b) => Number(a > b), 'bool'],
  GreaterOrEqual: [(a, b) => Number(a >= b), 'bool'],
  And: [(a, b) => Number(a !== 0 && b !== 0), 'bool'],
  Or: [(a, b) => Number(a !== 0 || b !== 0), 'bool'],
  Xor: [(a, b) => Number((a !== 0) !== (b !== 0)), 'bool'],
  Mod: [modulo, null],
};

/** A constant with its axes in another order. */
export function turned(value: Constant, order: readonly number[]): Constant {
  const strides = value.shape.map((_, axis) => sizeOf(value.shape.slice(axis + 1)));
  const shape = order.map((axis) => value.shape[axis]);
  const steps = order.map((axis) => strides[axis]);
  const data = value.data.slice();
  const index = shape.map(() => 0);
  let from = 0;
  for (let i = 0; i < data.length; i++) {
    data[i] = value.data[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++index[axis] < shape[axis]) break;
      from -= shape[axis] * steps[axis];
      index[axis] = 0;
    }
  }
  return { ...value, data, shape };
}
