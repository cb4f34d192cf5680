/**
 * Models of ONNX, as layers that predict, stream and train on.
 *
 * @packageDocumentation
 */
export { type ImportOnnxOptions, importOnnx, type OnnxModel, type OnnxValue } from './import.js';
export { onnxCells } from './recurrent/general-cells.js';
