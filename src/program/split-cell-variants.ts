import {
  gruNormBackwardScratch,
  gruNormStepScratch,
  lstmVariantBackwardScratch,
  lstmVariantStepScratch,
} from '../wasm/scratch.js';
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

/** A sequence of a GRU: T, B, BS, H, ... */
const gruSequence = (widths: (H: number) => Numbers): SplitRule =>
  samples(
    1,
    ([T, B, , H]) => T * cellCost(B, H, 3 * H * H),
    ([, , , H]) => widths(H),
  );

// h, gates, q, ghat, qhat, inv, u, rgain, rbias, rmask, valid, hm
export const gruNormForward = gruSequence((H) => [H, 3 * H, H, 2 * H, H, 2, 0, 0, 0, H, 1, H]);

// dz, dq, dh, eg, eq, dy, gates, q, h, ghat, qhat, inv, ut, rgain, rmask, valid, scratch
export const gruNormBackward = gruSequence((H) => [
  ...[3 * H, H, H, 2 * H, H],
  ...[H, 3 * H, H, H, 2 * H, H, 2],
  ...[0, 0, H, 1, gruNormBackwardScratch(1, H)],
]);

// h, x, w, u, bias, kgain, rgain, rbias, scratch
export const gruNormStep: SplitRule = samples(
  0,
  ([B, I, H]) => cellCost(B, H, 3 * H * (I + H)),
  ([, I, H]) => [H, I, 0, 0, 0, 0, 0, 0, gruNormStepScratch(1, H)],
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
