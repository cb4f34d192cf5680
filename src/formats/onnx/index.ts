/**
 * Models of ONNX, as layers that predict, stream and train on; and models written as ONNX files.
 *
 * @packageDocumentation
 */
export { type ExportOnnxOptions, exportOnnx } from './export/index.js';
export { type ImportOnnxOptions, importOnnx, type OnnxModel, type OnnxValue } from './import.js';
export { onnxCells } from './recurrent/general-cells.js';
