import type * as library from '../../src/index.js';

/** Gzipped kilobytes (1000 bytes) of each program through any of four bundlers, wasm included. */
export const BUDGET_KB: Readonly<Record<string, number>>;

/**
 * The programs whose size is kept. Each leaves what it computes in `globalThis.result`.
 * @param given what `recurra` exports
 */
export function programs(given: typeof library): Readonly<Record<string, string>>;
