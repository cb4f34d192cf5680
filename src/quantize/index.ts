export type { OutputDifference } from './compare.js';
export { type QuantizeOptions, quantize } from './quantize.js';
export {
  type BeforeAndAfter,
  type QuantizationReport,
  type QuantizationReportOptions,
  type QuantizedLayerReport,
  quantizationReport,
} from './report.js';
