import type { LayerDefinition } from '../layer.js';
import { combineDefinition } from './combine.js';
import { learnedVectorDefinition } from './learned-vector.js';
import { matmulDefinition } from './matmul.js';
import { operandDefinition } from './operand.js';
import { pointwiseDefinition } from './pointwise.js';
import { reduceDefinition } from './reduce.js';

export { type CombineOptions, combine } from './combine.js';
export { FUNCTION_NAMES, type FunctionName } from './functions.js';
export { type LearnedVectorOptions, learnedVector } from './learned-vector.js';
export { type MatmulOptions, matmul } from './matmul.js';
export { type OperandOptions, operand } from './operand.js';
export type { OperationName } from './operations.js';
export { type PointwiseOptions, pointwise } from './pointwise.js';
export { type ReduceOptions, type ReductionName, reduce } from './reduce.js';

/** How the layers of plain arithmetic are saved and rebuilt. */
export const ARITHMETIC_DEFINITIONS: readonly LayerDefinition[] = [
  pointwiseDefinition,
  combineDefinition,
  operandDefinition,
  reduceDefinition,
  matmulDefinition,
  learnedVectorDefinition,
];
