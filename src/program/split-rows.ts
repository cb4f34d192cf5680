import type { KernelName } from '../wasm/generated/abi.js';
import { behind, cut, LINE, type SplitRule } from './split-rule.js';

/** Rough times of an element in nanoseconds: combined with others, put through an activation. */
const COMBINED = 0.3;
const ACTIVATED = 1;

/** Kernels of rows that lie apart: R, n, then the row stride of each address. */
function byRows(nanoseconds: number): SplitRule {
  return (places, [R, n, ...rest]) =>
    cut(R, rest[0] < LINE ? LINE : 1, R * n * nanoseconds, (from, count) => [
      ...places.map((place, i) => behind(place, from * rest[i])),
      count,
      n,
      ...rest,
    ]);
}

/** How kernels over rows that lie apart (assembly/linalg/rows.ts) are shared out. */
export const ROW_SPLITS: { readonly [K in KernelName]?: SplitRule } = {
  rows_combine: byRows(COMBINED),
  rows_affine: byRows(COMBINED),
  rows_settle: byRows(COMBINED),
  rows_activation: byRows(ACTIVATED),
  rows_slope: byRows(ACTIVATED),
};
