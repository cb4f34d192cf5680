export { type CtcDecodeOptions, ctcDecode } from './ctc.js';
export type { CtcPath } from './greedy.js';
