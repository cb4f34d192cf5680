import type { KernelName } from '../wasm/generated/abi.js';
import { crfLossScratch, crfViterbiScratch, ctcScratch } from '../wasm/scratch.js';
import { behind, type MakeScratch, type SplitRule, samples } from './split-rule.js';

/** Rough time in nanoseconds of a state of a chain in one step, both ways. */
const STATE = 8;
/** Of an output of a step. */
const OUTPUT = 2;

type Numbers = readonly number[];

/** Sequences by samples; B is the second number, `widths` floats of a sample at each address, scratch the last. */
export function bySamples(
  cost: (numbers: Numbers) => number,
  widths: (numbers: Numbers) => readonly number[],
  scratchFloats: (numbers: Numbers) => number,
): SplitRule {
  return (places, numbers) => {
    const own = places.length - 1;
    const scratchOf = (from: number, scratch: MakeScratch) =>
      from === 0 ? places[own] : behind(scratch(scratchFloats(numbers)), 0);
    return {
      units: numbers[1],
      grain: 1,
      cost: cost(numbers),
      part: (from, count, scratch) => [
        [
          ...places.slice(0, own).map((place, i) => behind(place, from * widths(numbers)[i])),
          scratchOf(from, scratch),
          numbers[0],
          count,
          ...numbers.slice(2),
        ],
      ],
    };
  };
}

/** Rough time in nanoseconds of a pair of tags in one step, when summed both ways and when the best is sought. */
const PAIR = 4;
const BEST = 0.7;

/** How losses over whole sequences are shared out. */
export const SEQUENCE_LOSS_SPLITS: { readonly [K in KernelName]?: SplitRule } = {
  // losses, dpred, pred, target, mask, weights, scratch; T, B, BS, O, L
  ctc_loss: bySamples(
    ([T, B, , O, L]) => T * B * (O * OUTPUT + (2 * L + 1) * STATE),
    ([, , , O, L]) => [1, O, O, L, 1, 1],
    ([T, , , , L]) => ctcScratch(T, L),
  ),
  // losses, du, dchain, u, target, chain, mask, weights, scratch; T, B, BS, N
  crf_loss: bySamples(
    ([T, B, , N]) => T * B * N * N * PAIR,
    ([, , , N]) => [1, N, N * N, N, 1, 0, 1, 1],
    ([T, , , N]) => crfLossScratch(T, N),
  ),
  // u, left, right, mask; T, B, BS, N
  crf_boundary_forward: samples(
    1,
    ([, B, , N]) => B * N,
    ([, , , N]) => [N, 0, 0, 1],
  ),
  // y, u, chain, mask, scratch; T, B, BS, N
  crf_viterbi: bySamples(
    ([T, B, , N]) => T * B * N * N * BEST,
    ([, , , N]) => [N, N, 0, 1],
    ([T, , , N]) => crfViterbiScratch(T, N),
  ),
};
