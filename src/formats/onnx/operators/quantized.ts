import { sizeOf } from '../../../shape.js';
import { constantOf } from '../constants.js';
import type { NodeUse, Operator } from '../node.js';
import { axisIn, type Constant } from '../values.js';
import { pointwiseOf } from './broadcast.js';
import { productWith } from './dense.js';

/** Ranges of whole numbers by ONNX's types, for the zero point decides which is meant. */
const RANGES: Readonly<Record<'signed' | 'unsigned', readonly [number, number]>> = {
  signed: [-128, 127],
  unsigned: [0, 255],
};

/** Scale and zero point of each number of a constant: one for all, or one for each position of an axis. */
function levels(node: NodeUse, { shape }: Constant): (i: number) => readonly [number, number] {
  const scale = node.constant(1, 'the scale');
  const zero = node.optionalConstant(2, 'the zero point');
  if (scale.data.length === 1) return () => [scale.data[0], zero?.data[0] ?? 0];
  const axis = axisIn(shape.length, node.int('axis', 1));
  const fits = scale.shape.length === 1 && scale.data.length === shape[axis];
  if (!fits || node.int('block_size', 0) !== 0)
    node.refuse('its scales are neither one nor one for each of an axis');
  const inner = sizeOf(shape.slice(axis + 1));
  return (i) => {
    const at = Math.floor(i / inner) % shape[axis];
    return [scale.data[at], zero?.data[at] ?? 0];
  };
}

/** x = (q − zero) · scale: weights become floats once, at load. */
const dequantize: Operator = (node) => {
  const value = node.input(0);
  if (value.kind === 'flow') {
    const [scale, zero] = [node.constant(1, 'the scale'), node.optionalConstant(2, 'the zero point')];
    if (scale.data.length !== 1) node.refuse('more than one scale for a value that depends on the data');
    return [pointwiseOf(node, value, 'affine', scale.data[0], -scale.data[0] * (zero?.data[0] ?? 0))];
  }
  const q = node.constant(0, 'input');
  const at = levels(node, q);
  const data = Float32Array.from(q.data, (v, i) => {
    const [scale, zero] = at(i);
    return (v - zero) * scale;
  });
  return [constantOf('float', data, q.shape)];
};

/** q = round(x / scale) + zero, held in the range of the type, as floats. */
const quantize: Operator = (node) => {
  const x = node.flow(0);
  const [scale, zero] = [node.constant(1, 'the scale'), node.optionalConstant(2, 'the zero point')];
  if (scale.data.length !== 1) node.refuse('more than one scale for a value that depends on the data');
  const offset = zero?.data[0] ?? 0;
  const [low, high] = RANGES[zero?.signed ? 'signed' : 'unsigned'];
  const rounded = pointwiseOf(node, pointwiseOf(node, x, 'affine', 1 / scale.data[0], 0), 'round');
  return [pointwiseOf(node, pointwiseOf(node, rounded, 'affine', 1, offset), 'clip', low, high)];
};

/**
 * The input of a product is quantised anew for every batch there, by its own largest numbers. Here it stays a
 * float: scale 1 and zero point 0.
 */
const dynamic: Operator = (node) => [node.flow(0), constantOf('float', [1], []), constantOf('int', [0], [])];

/** (a − zero) · (b − zero) of a flow that was left as it is and whole numbers. */
const matMulInteger: Operator = (node) => {
  const weights = node.constant(1, 'B');
  const [za, zb] = [node.optionalConstant(2, 'the zero point of A'), node.optionalConstant(3, 'that of B')];
  if (za?.data.some((v) => v !== 0)) node.refuse('the zero point of A is not 0');
  const columns = weights.shape[weights.shape.length - 1] ?? 1;
  const zero = (i: number): number => zb?.data[zb.data.length === 1 ? 0 : i % columns] ?? 0;
  const data = Float32Array.from(weights.data, (v, i) => v - zero(i));
  return [productWith(node, node.flow(0), constantOf('float', data, weights.shape))];
};

/** Quantised values: weights are dequantised, and what is quantised on the way stays a float. */
export const QUANTIZED_OPERATORS: Readonly<Record<string, Operator>> = {
  DequantizeLinear: dequantize,
  QuantizeLinear: quantize,
  DynamicQuantizeLinear: dynamic,
  MatMulInteger: matMulInteger,
};
