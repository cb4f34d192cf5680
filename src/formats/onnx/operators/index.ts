import type { Operator } from '../node.js';
import { RECURRENT_OPERATORS } from '../recurrent/operator.js';

/** Every operator that is imported, by ONNX's name. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  ...RECURRENT_OPERATORS,
};
