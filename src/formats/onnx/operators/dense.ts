import { dense } from '../../../layers/dense.js';
import { embedding } from '../../../layers/embedding.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';
import { formatShape } from '../../../shape.js';
import type { Tensor } from '../../../tensor.js';
import { writeColumns, writeFloats } from '../../file-floats.js';
import { lazyTensor } from '../../weights.js';
import { arrange } from '../arrange.js';
import { constantOf, floatsOf } from '../constants.js';
import type { NodeUse, Operator } from '../node.js';
import { type Axis, BATCH, type Constant, dimOf, dimsOf, type Flow, flowOf, formatDims } from '../values.js';
import { productOf } from './products.js';
import { scoresOf } from './scores.js';

/** The values with ONNX's last axis as the tensor's, and the flow of a result whose last axis is another. */
export function alongLast(
  node: NodeUse,
  flow: Flow,
): { x: SymbolicTensor; size: number; result: (tensor: SymbolicTensor) => Flow } {
  const last = flow.axes.length - 1;
  const size = last < 0 ? 0 : dimOf(flow, last);
  if (typeof size !== 'number' || size < 1) {
    return node.refuse(`its input is ${formatDims(dimsOf(flow))}, whose last axis must be of known size`);
  }
  const kept = flow.axes.flatMap((of, axis) =>
    of === BATCH || axis === last || dimOf(flow, axis) === 1 ? [] : [axis],
  );
  const groups = [...kept, last].map((axis) => [axis]);
  const axes = flow.axes.map((of, axis): Axis => {
    if (of === BATCH) return BATCH;
    if (axis === last) return [kept.length];
    const place = kept.indexOf(axis);
    return place < 0 ? [] : [place];
  });
  return {
    x: arrange(node.where, node.builder, flow, groups),
    size,
    result: (tensor) => flowOf(tensor, axes),
  };
}

/** A matrix [I, O], or the transpose of one [O, I], with every number times `scale`. */
function kernelOf(node: NodeUse, constant: Constant, transposed: boolean, scale: number): Tensor {
  const { shape } = constant;
  if (shape.length !== 2)
    return node.refuse(`its weights have shape ${formatShape(shape)}, expected a matrix`);
  const [I, O] = transposed ? [shape[1], shape[0]] : shape;
  const floats = floatsOf(constant);
  return lazyTensor([I, O], (data) => {
    if (transposed) writeColumns(floats, [O, I], scale, { data, at: 0, N: O });
    else writeFloats(floats, scale, data);
  });
}

/** A constant added to every row of O numbers, or null where it is none. */
function biasOf({ data, shape }: Constant, O: number, scale: number): Tensor | null {
  const row = shape.slice(0, -1).every((size) => size === 1) && (data.length === O || data.length === 1);
  if (!row) return null;
  return {
    data: Float32Array.from({ length: O }, (_, o) => scale * data[data.length === 1 ? 0 : o]),
    shape: [O],
  };
}

function denseLayer(node: NodeUse, flow: Flow, kernel: Tensor, bias: Tensor | null): Flow {
  const { x, size, result } = alongLast(node, flow);
  const [I, units] = kernel.shape;
  if (I !== size) node.refuse(`multiplies ${formatDims(dimsOf(flow))} by ${formatShape(kernel.shape)}`);
  if (units === 0) node.refuse('its weights are empty');
  const weights: Record<string, Tensor> = bias === null ? { kernel } : { kernel, bias };
  const make = (name: string) => dense({ units, useBias: bias !== null, kernelInitializer: 'zeros', name });
  return result(node.builder.layer('dense', node.proto, make, weights).apply(x));
}

/** The product of two constant matrices, and what is added to every row of it. */
function constantProduct(node: NodeUse, a: Constant, kernel: Tensor, bias: Tensor | null): Constant {
  const [I, O] = kernel.shape;
  if (a.shape.length < 1 || a.shape[a.shape.length - 1] !== I) {
    return node.refuse(`multiplies ${formatShape(a.shape)} by ${formatShape(kernel.shape)}`);
  }
  const rows = a.data.length / Math.max(1, I);
  node.builder.unfold(node.where, rows * O);
  const data = new Float32Array(rows * O);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < O; o++) {
      let sum = bias?.data[o] ?? 0;
      for (let i = 0; i < I; i++) sum += a.data[r * I + i] * kernel.data[i * O + o];
      data[r * O + o] = sum;
    }
  }
  return { ...constantOf('float', data, [...a.shape.slice(0, -1), O]), reckoned: true };
}

const gemm: Operator = (node) => {
  const given = node.input(0);
  if (given.kind === 'constant') {
    const kernel = kernelOf(node, node.constant(1, 'B'), node.int('transB', 0) !== 0, node.float('alpha', 1));
    const C = node.optionalConstant(2, 'C');
    const bias = C && biasOf(C, kernel.shape[1], node.float('beta', 1));
    if (given.shape.length !== 2 || node.int('transA', 0) !== 0 || (C !== null && bias === null)) {
      node.refuse(`A is a constant of shape ${formatShape(given.shape)}`);
    }
    return [constantProduct(node, given, kernel, bias)];
  }
  const x = node.flow(0);
  const isMatrix = node.isFolded || (x.axes.length === 2 && x.axes[0] === BATCH);
  if (!isMatrix || node.int('transA', 0) !== 0) {
    node.refuse(`A is ${formatDims(dimsOf(x))}, expected [batch, features]`);
  }
  const kernel = kernelOf(node, node.constant(1, 'B'), node.int('transB', 0) !== 0, node.float('alpha', 1));
  const C = node.optionalConstant(2, 'C');
  const bias = C && biasOf(C, kernel.shape[1], node.float('beta', 1));
  if (C !== null && bias === null) node.refuse(`C has shape ${formatShape(C.shape)}`);
  return [denseLayer(node, x, kernel, bias)];
};

/** The bias that the only reader of a product adds, which then has nothing left to do. */
function biasBehind(node: NodeUse, O: number): Tensor | null {
  const [output] = node.proto.outputs;
  const readers = node.readers(output);
  if (readers?.length !== 1 || readers[0].op !== 'Add') return null;
  const others = readers[0].inputs.filter((name) => name !== output);
  const given = others.length === 1 ? node.constantNamed(others[0]) : null;
  const bias = given && biasOf(given, O, 1);
  if (bias !== null) node.builder.absorbed.add(readers[0]);
  return bias;
}

/** A flow times a constant matrix. */
export const productWith = (node: NodeUse, flow: Flow, matrix: Constant): Flow =>
  denseLayer(node, flow, kernelOf(node, matrix, false, 1), null);

/** The last two axes in the other order. */
const swapped = (flow: Flow): Flow => ({
  ...flow,
  axes: [...flow.axes.slice(0, -2), flow.axes[flow.axes.length - 1], flow.axes[flow.axes.length - 2]],
});

const matMul: Operator = (node) => {
  const [a, b] = [node.input(0), node.input(1)];
  if (a.kind === 'flow' && b.kind === 'flow') return [scoresOf(node, a, b) ?? productOf(node, a, b)];
  if (b.kind === 'flow') {
    // A·X = (Xᵀ·Aᵀ)ᵀ
    if (b.axes.length < 2) node.refuse('multiplies a matrix and a vector that depends on the data');
    const kernel = kernelOf(node, node.constant(0, 'the first factor'), true, 1);
    return [swapped(denseLayer(node, swapped(b), kernel, null))];
  }
  const kernel = kernelOf(node, node.constant(1, 'the second factor'), false, 1);
  if (a.kind === 'constant') return [constantProduct(node, a, kernel, null)];
  return [denseLayer(node, node.flow(0), kernel, biasBehind(node, kernel.shape[1]))];
};

/** Rows of a table by ids that are the data: Gather on a constant. */
export function embeddingOf(node: NodeUse, table: Constant, ids: Flow): Flow {
  if (table.shape.length !== 2 || table.type !== 'float' || table.shape.includes(0)) {
    node.refuse(`its table has shape ${formatShape(table.shape)}`);
  }
  const [inputDim, outputDim] = table.shape;
  if (ids.tensor.shape.length !== 1) node.refuse(`its ids have shape ${formatDims(dimsOf(ids))}`);
  const make = (name: string) => embedding({ inputDim, outputDim, embeddingsInitializer: 'zeros', name });
  const rows = floatsOf(table);
  const weights = { embeddings: lazyTensor(table.shape, (data) => writeFloats(rows, 1, data)) };
  const tensor = node.builder.layer('embedding', node.proto, make, weights).apply(ids.tensor);
  return { kind: 'flow', tensor, factors: tensor.shape.map((size) => [size]), axes: [...ids.axes, [1]] };
}

/** Operators with weights. */
export const DENSE_OPERATORS: Readonly<Record<string, Operator>> = {
  Gemm: gemm,
  MatMul: matMul,
};
