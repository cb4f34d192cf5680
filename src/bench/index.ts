/**
 * A benchmark that runs in any engine: the same work, one fingerprint.
 *
 * @packageDocumentation
 */
export { type BenchCase, type BenchWork, CASES as benchCases } from './cases.js';
export { type BenchOptions, type BenchReport, type BenchRow, runBench } from './run.js';
