/**
 * LayersModels of TensorFlow.js: `model.json` and its files of weights, read and written.
 *
 * @packageDocumentation
 */

export { type ExportTfjsOptions, exportTfjs } from './export.js';
export { type ImportTfjsOptions, importTfjs, shardsOf, type TfjsFiles } from './import.js';
