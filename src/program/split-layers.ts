import { behind, cut, LINE, type SplitRule } from './split-rule.js';

/** Rough times in nanoseconds of an element copied, and normalised. */
const COPIED = 0.3;
const NORMALISED = 1;

/** Rows that share no cache line of an output of O columns. */
const rowGrain = (O: number): number => (O < LINE ? LINE : 1);

export const copyColumns: SplitRule = ([out, x], [R, n, ldo, ldx]) =>
  cut(R, rowGrain(ldo), R * n * COPIED, (from, count) => [
    ...[behind(out, from * ldo), behind(x, from * ldx)],
    ...[count, n, ldo, ldx],
  ]);

export const repeatCopy: SplitRule = ([out, x], [P, n, S]) =>
  cut(P, rowGrain(n * S), P * n * S * COPIED, (from, count) => [
    ...[behind(out, from * n * S), behind(x, from * S)],
    ...[count, n, S],
  ]);

export const repeatSum: SplitRule = ([dx, dy], [P, n, S]) =>
  cut(P, rowGrain(S), P * n * S * COPIED, (from, count) => [
    ...[behind(dx, from * S), behind(dy, from * n * S)],
    ...[count, n, S],
  ]);

/** By samples. */
export const normForward: SplitRule = ([y, stats, x, gamma, beta], [T, B, BS, G, D, centred, epsilon]) =>
  cut(B, rowGrain(G * D), T * B * G * D * NORMALISED, (from, count) => [
    ...[behind(y, from * G * D), behind(stats, from * 3 * G), behind(x, from * G * D), gamma, beta],
    ...[T, count, BS, G, D, centred, epsilon],
  ]);

/** By rows. */
export const batchNormForward: SplitRule = ([y, x, mean, variance, gamma, beta], [R, C, epsilon]) =>
  cut(R, rowGrain(C), R * C * NORMALISED, (from, count) => [
    ...[behind(y, from * C), behind(x, from * C), mean, variance, gamma, beta],
    ...[count, C, epsilon],
  ]);

/** By steps of the first sequence. */
export const batchDotForward: SplitRule = ([y, a, c], [T, S, B, D]) =>
  cut(T, rowGrain(B * S), T * S * B * D * COPIED, (from, count) => [
    ...[behind(y, from * B * S), behind(a, from * B * D), c],
    ...[count, S, B, D],
  ]);

/** By columns: those of the table and of dy. */
export const embeddingBackward: SplitRule = ([dtable, dy, ids], [R, O, V, ld]) =>
  cut(O, LINE, R * O * COPIED, (from, count) => [
    ...[behind(dtable, from), behind(dy, from), ids],
    ...[R, count, V, ld],
  ]);

/** By columns. */
export const columnMoments: SplitRule = ([mean, variance, x, mask], [R, C, ld, inner]) =>
  cut(C, LINE, 2 * R * C * NORMALISED, (from, count) => [
    ...[behind(mean, from), behind(variance, from), behind(x, from), mask],
    ...[R, count, ld, inner],
  ]);

/** By columns: every place but the last, the mask, is a column's, in a row or in all rows. */
export const batchNormBackward: SplitRule = (places, [R, C, ld, ...rest]) =>
  cut(C, LINE, 2 * R * C * NORMALISED, (from, count) => [
    ...places.map((place, i) => (i < places.length - 1 ? behind(place, from) : place)),
    ...[R, count, ld, ...rest],
  ]);

/** By blocks of the first axis of the output. */
export const permuteCopy: SplitRule = ([out, x], [I, J, K, L, si, ...strides]) =>
  cut(I, rowGrain(J * K * L), I * J * K * L * NORMALISED, (from, count) => [
    ...[behind(out, from * J * K * L), behind(x, from * si)],
    ...[count, J, K, L, si, ...strides],
  ]);

/** By rows. */
export const maskRows: SplitRule = ([y, x, mask], [R, N]) =>
  cut(R, rowGrain(N), R * N * COPIED, (from, count) => [
    ...[behind(y, from * N), behind(x, from * N), behind(mask, from)],
    ...[count, N],
  ]);
