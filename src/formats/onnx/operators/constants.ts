import { constantOf } from '../constants.js';
import type { NodeUse, Operator } from '../node.js';
import { type Dim, dimsOf } from '../values.js';

const constant: Operator = (node) => {
  const value = node.tensor('value');
  if (value !== undefined) return [value];
  if (node.has('value_float')) return [constantOf('float', [node.float('value_float', 0)], [])];
  if (node.has('value_int')) return [constantOf('int', [node.int('value_int', 0)], [])];
  const floats = node.has('value_floats') ? node.floats('value_floats') : undefined;
  const numbers = floats ?? node.ints('value_ints') ?? node.refuse('has no numbers');
  return [constantOf(floats === undefined ? 'int' : 'float', numbers, [numbers.length])];
};

const shape: Operator = (node) => {
  const dims = dimsOf(node.input(0));
  const held = (at: number): number => Math.min(dims.length, Math.max(0, at < 0 ? at + dims.length : at));
  return [
    {
      kind: 'dims',
      dims: dims.slice(held(node.int('start', 0)), held(node.int('end', dims.length))),
      scalar: false,
    },
  ];
};

/** Sizes with the batch, and what else is open, as 1: what is filled with one number is the same for each. */
function fillSizes(node: NodeUse, dims: readonly Dim[]): number[] {
  const sizes = dims.map((d) => (typeof d === 'number' ? d : 1));
  if (sizes.some((d) => !Number.isSafeInteger(d) || d < 0)) node.refuse(`${sizes.join(', ')} is no shape`);
  node.builder.unfold(
    node.where,
    sizes.reduce((a, b) => a * b, 1),
  );
  return sizes;
}

const constantOfShape: Operator = (node) => {
  const value = node.tensor('value') ?? constantOf('float', [0], [1]);
  const sizes = fillSizes(node, node.dims(0, 'shape'));
  const count = sizes.reduce((a, b) => a * b, 1);
  return [constantOf(value.type, new Float64Array(count).fill(value.data[0] ?? 0), sizes)];
};

/** Of constants whose numbers are all equal: zeros as an initial state. */
const expand: Operator = (node) => {
  const value = node.constant(0, 'input');
  if (value.data.some((v) => v !== value.data[0])) node.refuse('repeats a constant of unequal numbers');
  const sizes = fillSizes(node, node.dims(1, 'shape'));
  const count = sizes.reduce((a, b) => a * b, 1);
  return [constantOf(value.type, new Float64Array(count).fill(value.data[0] ?? 0), sizes)];
};

/** Operators whose outcome does not depend on the data. */
export const CONSTANT_OPERATORS: Readonly<Record<string, Operator>> = {
  Constant: constant,
  Shape: shape,
  ConstantOfShape: constantOfShape,
  Expand: expand,
};
