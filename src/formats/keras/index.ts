/**
 * Models of Keras: `.keras` files, `.h5` files of whole models and of weights, read and written.
 *
 * @packageDocumentation
 */

export { type AnyModel, type ExportKerasOptions, exportKeras, type KerasForm } from './export.js';
export { type ImportKerasOptions, importKeras } from './import.js';
export { loadKerasWeights } from './load-weights.js';
