import { lstmVariantBackwardScratch, lstmVariantStepScratch } from '../wasm/scratch.js';
import { behind, cellCost, cut, LINE, type SplitRule, samples } from './split-rule.js';

/** Rough time in nanoseconds of a value normalised. */
const NORMALISED = 1;

type Numbers = readonly number[];

/** A sequence: T, B, BS, H, P, G, ... */
const sequence = (widths: (H: number, P: number, G: number) => Numbers): SplitRule =>
  samples(
    1,
    ([T, B, , H, P, G]) => T * cellCost(B, H, H * (G * P + (P === H ? 0 : P))),
    ([, , , H, P, G]) => widths(H, P, G),
  );

// h, c, gates, m, rhat, chat, inv, u, p, v, rgain, cgain, cbias, rmask, valid, hm
export const lstmVariantForward = sequence((H, P, G) => [
  ...[P, H, G * H, H, G * H, H, 2],
  ...[0, 0, 0, 0, 0, 0, P, 1, P],
]);

// dz, dh, dc, dhs, e, dn, dy, gates, c, rhat, chat, inv, ut, p, vt, rgain, cgain, cbias, rmask, valid, scratch
export const lstmVariantBackward = sequence((H, P, G) => [
  ...[G * H, P, H, P, G * H, H, P, G * H, H, G * H, H, 2],
  ...[0, 0, 0, 0, 0, 0, P, 1, lstmVariantBackwardScratch(1, H, P)],
]);

// h, c, x, w, u, bias, p, v, kgain, rgain, cgain, cbias, scratch
export const lstmVariantStep: SplitRule = samples(
  0,
  ([B, I, H, P, G]) => cellCost(B, H, G * H * (I + P)),
  ([, I, H, P, G]) => [P, H, I, 0, 0, 0, 0, 0, 0, 0, 0, 0, lstmVariantStepScratch(1, H, G)],
);

const rowGrain = (D: number): number => (D < LINE ? LINE : 1);

/** By rows. */
export const normRows: SplitRule = ([y, hat, inv, gain, bias], [R, D, ldy, ldi, accumulate, epsilon]) =>
  cut(R, rowGrain(D), R * D * NORMALISED, (from, count) => [
    ...[behind(y, from * ldy), behind(hat, from * D), behind(inv, from * ldi), gain, bias],
    ...[count, D, ldy, ldi, accumulate, epsilon],
  ]);

/** By rows. */
export const normRowsBackward: SplitRule = ([dx, dy, gain, hat, inv], [R, D, lddx, lddy, ldi, accumulate]) =>
  cut(R, rowGrain(D), R * D * NORMALISED, (from, count) => [
    ...[behind(dx, from * lddx), behind(dy, from * lddy), gain],
    ...[behind(hat, from * D), behind(inv, from * ldi)],
    ...[count, D, lddx, lddy, ldi, accumulate],
  ]);
