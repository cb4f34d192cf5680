import type { Operator } from '../node.js';
import { RECURRENT_OPERATORS } from '../recurrent/operator.js';
import { FUNCTION_OPERATORS } from './activations.js';
import { ARITHMETIC_OPERATORS } from './arithmetic.js';
import { ATTENTION_OPERATORS } from './attention.js';
import { CONSTANT_OPERATORS } from './constants.js';
import { CONTROL_OPERATORS } from './control.js';
import { CONVOLUTION_OPERATORS } from './convolution.js';
import { DENSE_OPERATORS } from './dense.js';
import { IDENTITY_OPERATORS } from './identity.js';
import { LIST_OPERATORS } from './lists.js';
import { NORMALIZATION_OPERATORS } from './normalization.js';
import { QUANTIZED_OPERATORS } from './quantized.js';
import { REDUCTION_OPERATORS } from './reductions.js';
import { SHAPE_OPERATORS } from './shapes.js';
import { TAKE_OPERATORS } from './takes.js';
import { TRANSPOSED_OPERATORS } from './transposed.js';

/** Every operator that is imported, by ONNX's name. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  ...RECURRENT_OPERATORS,
  ...DENSE_OPERATORS,
  ...CONVOLUTION_OPERATORS,
  ...TRANSPOSED_OPERATORS,
  ...ATTENTION_OPERATORS,
  ...NORMALIZATION_OPERATORS,
  ...FUNCTION_OPERATORS,
  ...ARITHMETIC_OPERATORS,
  ...REDUCTION_OPERATORS,
  ...IDENTITY_OPERATORS,
  ...SHAPE_OPERATORS,
  ...TAKE_OPERATORS,
  ...CONSTANT_OPERATORS,
  ...QUANTIZED_OPERATORS,
  ...CONTROL_OPERATORS,
  ...LIST_OPERATORS,
};
