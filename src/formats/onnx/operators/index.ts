import type { Operator } from '../node.js';
import { RECURRENT_OPERATORS } from '../recurrent/operator.js';
import { CONSTANT_OPERATORS } from './constants.js';
import { CONVOLUTION_OPERATORS } from './convolution.js';
import { DENSE_OPERATORS } from './dense.js';
import { ELEMENTWISE_OPERATORS } from './elementwise.js';
import { SHAPE_OPERATORS } from './shapes.js';

/** Every operator that is imported, by ONNX's name. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  ...RECURRENT_OPERATORS,
  ...DENSE_OPERATORS,
  ...CONVOLUTION_OPERATORS,
  ...ELEMENTWISE_OPERATORS,
  ...SHAPE_OPERATORS,
  ...CONSTANT_OPERATORS,
};
