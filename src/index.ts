export {
  DataError,
  FormatError,
  MemoryError,
  NonFiniteLossError,
  RecurraError,
  ShapeError,
  StateError,
  UnknownNameError,
  ValueError,
} from './errors.js';
export type { OpenShape, Shape } from './shape.js';
export { isTensor, type NestedArray, type Tensor, type TensorLike, tensor } from './tensor.js';
