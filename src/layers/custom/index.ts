export { Cell, type CellDescription, type CellParameter, type CellSetting, defineCell } from './define.js';
export { type CustomOptions, customLayer, definitionOfCell } from './layer.js';
export { type CellOperand, CellOperations, CellValue, CellWeight } from './operations.js';
export type { CellSizes, StepArguments, StepResult } from './trace.js';
