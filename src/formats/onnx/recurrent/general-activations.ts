import type { CellOperations, CellValue } from '../../../layers/custom/index.js';

/** An activation of ONNX with its numbers, as a file keeps it. */
export interface GeneralActivation {
  /** ONNX's name in lower case. */
  readonly name: string;
  readonly alpha: number;
  readonly beta: number;
}

/** Makes of any number above 2⁻⁶⁴ one above 1. */
const STEEP = 2 ** 64;

/** 1 where v ≥ 0, else 0. */
const reached = (ops: CellOperations, v: CellValue): CellValue =>
  ops.activation(ops.affine(v, 6 * STEEP, 3), 'hardSigmoid');

const negativePart = (ops: CellOperations, v: CellValue): CellValue => ops.relu(ops.scale(v, -1));

/**
 * act(v) by the operations that a cell is written with; v is held between −clip and clip before, where clip is not 0.
 *
 * Source: https://onnx.ai/onnx/operators/onnx__LSTM.html, "Notations"
 */
export function applyActivation(
  ops: CellOperations,
  { name, alpha, beta }: GeneralActivation,
  value: CellValue,
  clip: number,
): CellValue {
  const v = clip > 0 ? clipped(ops, value, clip) : value;
  switch (name) {
    case 'tanh':
    case 'sigmoid':
    case 'relu':
    case 'softsign':
    case 'softplus':
      return ops.activation(v, name);
    case 'affine':
      return ops.affine(v, alpha, beta);
    case 'leakyrelu':
      return ops.add(ops.relu(v), ops.scale(negativePart(ops, v), -alpha));
    case 'thresholdedrelu':
      return ops.mul(v, reached(ops, ops.affine(v, 1, -alpha)));
    case 'scaledtanh':
      return ops.scale(ops.tanh(ops.scale(v, beta)), alpha);
    case 'hardsigmoid':
      return ops.activation(ops.affine(v, 6 * alpha, 6 * (beta - 0.5)), 'hardSigmoid');
    default: // elu
      return ops.add(
        ops.relu(v),
        ops.scale(ops.activation(ops.scale(negativePart(ops, v), -1), 'elu'), alpha),
      );
  }
}

/** v − max(v − clip, 0) + max(−v − clip, 0): v itself where it is within. */
function clipped(ops: CellOperations, v: CellValue, clip: number): CellValue {
  const above = ops.relu(ops.affine(v, 1, -clip));
  const below = ops.relu(ops.affine(v, -1, -clip));
  return ops.add(ops.sub(v, above), below);
}
