import { gemmTnScratch } from '../wasm/scratch.js';
import { behind, cut, LINE, type SplitRule } from './split-rule.js';

/** Rough times in nanoseconds of a multiply-add in a product, of one beside, and of a float moved. */
const MADD = 0.025;
const TAP = 0.3;
const MOVED = 0.3;

/** Columns of a panel of packed weights. */
const PANEL = 8;

/** Steps whose rows share no cache line. */
const stepGrain = (row: number): number => (row < LINE ? LINE : 1);

/** By taps. */
export const conv1dPack: SplitRule = ([packed, w], [K, G, rows, columns, tap, ...rest]) =>
  cut(K, 1, K * G * rows * columns * MOVED, (from, count) => [
    behind(packed, from * G * Math.ceil(columns / PANEL) * PANEL * rows),
    behind(w, from * tap),
    ...[count, G, rows, columns, tap],
    ...rest,
  ]);

/** By steps of the output, whose first lies `ahead` steps of the input further on for each. */
const bySteps =
  (ahead: (stride: number) => number): SplitRule =>
  ([y, x, packed, bias], [T, TX, B, G, CG, OG, K, stride, dilation, offset]) =>
    cut(T, stepGrain(B * G * OG), T * B * G * CG * OG * K * MADD, (from, count) => [
      ...[behind(y, from * B * G * OG), x, packed, bias],
      ...[count, TX, B, G, CG, OG, K, stride, dilation, offset + ahead(stride) * from],
    ]);

export const conv1dForward: SplitRule = bySteps((stride) => stride);
export const conv1dTranspose: SplitRule = bySteps(() => -1);

/** By columns, or by groups. */
export const conv1dWeights: SplitRule = (
  [dw, x, dy, scratch],
  [T, TX, B, G, CG, OG, ldx, ldo, K, stride, dilation, offset],
) => {
  const [units, grain] = G === 1 ? [OG, PANEL] : [G, OG < LINE ? LINE : 1];
  return {
    units,
    grain,
    cost: T * B * G * CG * OG * K * MADD,
    part: (from, count, make) => {
      const [groups, columns, before] = G === 1 ? [1, count, 0] : [count, OG, from];
      const first = G === 1 ? from : from * OG;
      return [
        [
          ...[behind(dw, first), behind(x, before * CG), behind(dy, first)],
          from === 0 ? scratch : make(gemmTnScratch(CG, columns)),
          ...[T, TX, B, groups, CG, columns, ldx, ldo, K, stride, dilation, offset],
        ],
      ];
    },
  };
};

/** Depthwise, by steps of the output as above. */
const depthwiseBySteps =
  (ahead: (stride: number) => number): SplitRule =>
  ([y, ...others], [T, TX, B, C, K, stride, dilation, offset]) =>
    cut(T, stepGrain(B * C), T * B * C * K * TAP, (from, count) => [
      ...[behind(y, from * B * C), ...others],
      ...[count, TX, B, C, K, stride, dilation, offset + ahead(stride) * from],
    ]);

export const depthwiseForward: SplitRule = depthwiseBySteps((stride) => stride);
export const depthwiseTranspose: SplitRule = depthwiseBySteps(() => -1);

/** By channels. */
export const depthwiseWeights: SplitRule = (places, [T, TX, B, C, ...rest]) =>
  cut(C, LINE, T * B * C * TAP, (from, count) => [
    ...places.map((place) => behind(place, from)),
    ...[T, TX, B, count],
    ...rest,
  ]);

/** Pools by columns of a step. */
export const pool: SplitRule = (places, [T, TX, S, ld, K, ...rest]) =>
  cut(S, LINE, T * S * K * TAP, (from, count) => [
    ...places.map((place) => behind(place, from)),
    ...[T, TX, count, ld, K],
    ...rest,
  ]);

/** Pools of sequences of unequal length by channels; `moving` addresses are of channels. */
export const poolValid =
  (moving: number): SplitRule =>
  (places, [T, B, C, ...rest]) =>
    cut(C, LINE, T * B * C * TAP, (from, count) => [
      ...places.map((place, i) => (i < moving ? behind(place, from) : place)),
      ...[T, B, count],
      ...rest,
    ]);

/** Weights by direction and length, by columns. */
export const weightNorm: SplitRule = (places, [R, O, ld]) =>
  cut(O, LINE, R * O * TAP, (from, count) => [...places.map((place) => behind(place, from)), R, count, ld]);
