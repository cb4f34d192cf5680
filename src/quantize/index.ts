export { type QuantizeOptions, quantize } from './quantize.js';
