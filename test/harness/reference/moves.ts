import type { Value } from './network.js';

/** A value of the given shape whose element at each index comes from `at`. */
function build(shape: readonly number[], at: (index: number[]) => number): Value {
  const data = new Float64Array(shape.reduce((product, d) => product * d, 1));
  data.forEach((_, position) => {
    const index: number[] = [];
    let rest = position;
    for (let i = shape.length - 1; i >= 0; i--) {
      index.unshift(rest % shape[i]);
      rest = Math.floor(rest / shape[i]);
    }
    data[position] = at(index);
  });
  return { data, shape };
}

/** The element at an index, 0 outside. */
function element({ data, shape }: Value, index: readonly number[]): number {
  if (index.some((i, axis) => i < 0 || i >= shape[axis])) return 0;
  return data[index.reduce((position, i, axis) => position * shape[axis] + i, 0)];
}

/** The index with `change` applied on one axis. */
const moved = (index: readonly number[], axis: number, change: (i: number) => number): number[] =>
  index.map((i, a) => (a === axis ? change(i) : i));

/** The shape with another size on one axis. */
const resized = (shape: readonly number[], axis: number, size: number): number[] =>
  moved(shape, axis, () => size);

const fromFront = (axis: number, rank: number): number => (axis < 0 ? rank + axis : axis);

const elementwise =
  (f: (values: number[]) => number) =>
  (_config: object, inputs: readonly Value[]): Value[] => [
    { data: inputs[0].data.map((_, i) => f(inputs.map(({ data }) => data[i]))), shape: inputs[0].shape },
  ];

const total = (values: number[]): number => values.reduce((sum, v) => sum + v, 0);

/** y_ts = Σ_d a_td · c_sd, sample by sample */
function dot(_config: object, [a, c]: readonly Value[]): Value[] {
  const D = a.shape[a.shape.length - 1];
  const sum = (b: number, t: number[], s: number[]): number => {
    let result = 0;
    for (let d = 0; d < D; d++) result += element(a, [b, ...t, d]) * element(c, [b, ...s, d]);
    return result;
  };
  const B = a.shape[0];
  if (a.shape.length === 2) return [build([B, 1], ([b]) => sum(b, [], []))];
  return [build([B, a.shape[1], c.shape[1]], ([b, t, s]) => sum(b, [t], [s]))];
}

function concatenate(config: { axis: number }, inputs: readonly Value[]): Value[] {
  const { shape } = inputs[0];
  const axis = fromFront(config.axis, shape.length);
  const size = total(inputs.map((x) => x.shape[axis]));
  const value = build(resized(shape, axis, size), (index) => {
    let i = index[axis];
    let which = 0;
    for (; i >= inputs[which].shape[axis]; which++) i -= inputs[which].shape[axis];
    return element(
      inputs[which],
      moved(index, axis, () => i),
    );
  });
  return [value];
}

function slice(config: { start: number; size: number; axis: number }, [x]: readonly Value[]): Value[] {
  const axis = fromFront(config.axis, x.shape.length);
  const size = config.size === -1 ? x.shape[axis] - config.start : config.size;
  return [
    build(resized(x.shape, axis, size), (index) =>
      element(
        x,
        moved(index, axis, (i) => i + config.start),
      ),
    ),
  ];
}

function shifted([x]: readonly Value[], start: number, steps: number): Value[] {
  return [
    build(resized(x.shape, 1, steps), (index) =>
      element(
        x,
        moved(index, 1, (i) => i - start),
      ),
    ),
  ];
}

/** Equations of the layers that merge values and of those that move them. */
export const REFERENCE_MOVES = {
  add: elementwise(total),
  subtract: elementwise(([a, b]) => a - b),
  multiply: elementwise((values) => values.reduce((product, v) => product * v, 1)),
  average: elementwise((values) => total(values) / values.length),
  maximum: elementwise((values) => Math.max(...values)),
  minimum: elementwise((values) => Math.min(...values)),
  concatenate,
  dot,
  slice,
  flatten: (_config: object, [{ data, shape }]: readonly Value[]) => [
    { data, shape: [shape[0], data.length / shape[0]] },
  ],
  reshape(config: { targetShape: readonly number[] }, [{ data, shape }]: readonly Value[]) {
    const size = data.length / shape[0];
    const given = config.targetShape.reduce((product, d) => (d === -1 ? product : product * d), 1);
    return [{ data, shape: [shape[0], ...config.targetShape.map((d) => (d === -1 ? size / given : d))] }];
  },
  permute({ dims }: { dims: readonly number[] }, [x]: readonly Value[]) {
    const shape = [x.shape[0], ...dims.map((d) => x.shape[d])];
    const source = (index: number[]): number[] => {
      const from = [index[0], ...dims];
      dims.forEach((d, i) => {
        from[d] = index[1 + i];
      });
      return from;
    };
    return [build(shape, (index) => element(x, source(index)))];
  },
  reverse: (_config: object, [x]: readonly Value[]) => [
    build(x.shape, (index) =>
      element(
        x,
        moved(index, 1, (t) => x.shape[1] - 1 - t),
      ),
    ),
  ],
  repeatVector: ({ n }: { n: number }, [x]: readonly Value[]) => [
    build([x.shape[0], n, x.shape[1]], ([b, , f]) => element(x, [b, f])),
  ],
  upSampling1d: ({ n }: { n: number }, [x]: readonly Value[]) => [
    build(resized(x.shape, 1, n * x.shape[1]), (index) =>
      element(
        x,
        moved(index, 1, (i) => Math.floor(i / n)),
      ),
    ),
  ],
  zeroPadding1d: ({ ends: [start, end] }: { ends: readonly number[] }, x: readonly Value[]) =>
    shifted(x, start, start + x[0].shape[1] + end),
  cropping1d: ({ ends: [start, end] }: { ends: readonly number[] }, x: readonly Value[]) =>
    shifted(x, -start, x[0].shape[1] - start - end),
};
