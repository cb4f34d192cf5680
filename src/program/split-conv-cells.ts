import { behind, cut, LINE, type SplitRule } from './split-rule.js';

/** Rough times in nanoseconds of a multiply-add, of a float moved, and of a unit of a cell beside its products. */
const MADD = 0.025;
const MOVED = 0.3;
const UNIT = 6;

/** By samples: each has its own rows of y and x. */
export const convSamples: SplitRule = ([y, x, packed, bias], [R, W, WX, C, O, K, ...rest]) =>
  cut(R, W * O < LINE ? LINE : 1, R * W * C * O * K * MADD, (from, count) => [
    ...[behind(y, from * W * O), behind(x, from * WX * C), packed, bias],
    ...[count, W, WX, C, O, K],
    ...rest,
  ]);

/** By samples. */
export const convShifted: SplitRule = ([out, x], [R, W, WX, C, ...rest]) =>
  cut(R, W * C < LINE ? LINE : 1, R * W * C * MOVED, (from, count) => [
    ...[behind(out, from * W * C), behind(x, from * WX * C)],
    ...[count, W, WX, C],
    ...rest,
  ]);

/** By positions. */
export const convPeepholeGradient: SplitRule = ([dp, dz, c], [R, W, WS, H, ldz]) =>
  cut(W, H < LINE ? LINE : 1, R * W * H * MOVED, (from, count) => [
    ...[behind(dp, from * H), behind(dz, from * ldz), behind(c, from * H)],
    ...[R, count, WS, H, ldz],
  ]);

/** Whole sequences by samples: `widths` gives floats of a sample at each address from those of a state. */
export const convSequence =
  (G: number, widths: (S: number) => readonly number[]): SplitRule =>
  (places, [T, B, BS, W, H, K, ...rest]) =>
    cut(B, 1, T * B * W * H * (UNIT + G * H * K * MADD), (from, count) => [
      ...places.map((place, i) => behind(place, from * widths(W * H)[i])),
      ...[T, count, BS, W, H, K],
      ...rest,
    ]);

/** One step by samples: `widths` gives floats of a sample from those of the input and of a state. */
export const convStep =
  (G: number, widths: (I: number, S: number) => readonly number[]): SplitRule =>
  (places, [B, W, WX, C, H, K, ...rest]) =>
    cut(B, 1, B * W * H * (UNIT + G * (H + C) * K * MADD), (from, count) => [
      ...places.map((place, i) => behind(place, from * widths(WX * C, W * H)[i])),
      ...[count, W, WX, C, H, K],
      ...rest,
    ]);
