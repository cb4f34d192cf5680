import {
  additiveScratch,
  attentionBackwardScratch,
  attentionScratch,
  attentionStepScratch,
} from '../wasm/scratch.js';
import { behind, cut, type SplitRule } from './split-rule.js';

/** Rough times in nanoseconds of a multiply-add of its products, and of a probability. */
const MADD = 0.03;
const PROBABILITY = 1.5;
/** Of an element that is copied, added or turned. */
const MOVED = 0.3;
/** Of a tanh and its weight. */
const ADDED = 1.2;

type Numbers = readonly number[];

/** By heads of samples; `cost` and `floats` of scratch that each thread has follow from the numbers. */
function byHeads(cost: (numbers: Numbers) => number, floats: (numbers: Numbers) => number): SplitRule {
  return (places, numbers) => {
    const [first, heads] = numbers;
    return {
      units: heads,
      grain: 1,
      cost: cost(numbers),
      part: (from, count, scratch) => {
        const own = from === 0 ? places[places.length - 1] : behind(scratch(floats(numbers)), 0);
        return [[...places.slice(0, -1), own, first + from, count, ...numbers.slice(2)]];
      },
    };
  };
}

/** Time for all pairs of a query and a key, with `products` of a size D or E each. */
const allPairs =
  (products: number) =>
  ([, heads, T, S, , , D, E, causal]: Numbers): number =>
    ((heads * T * S) / (causal ? 2 : 1)) * (products * (D + E) * MADD + PROBABILITY);

export const attentionForward = byHeads(allPairs(1), ([, , , S, , , D, E]) => attentionScratch(S, D, E));

export const attentionBackward = byHeads(allPairs(2.5), ([, , T, S, , , D, E]) =>
  attentionBackwardScratch(T, S, D, E),
);

export const attentionScores = byHeads(
  ([, heads, T, S, , , D]) => heads * T * S * (D * MADD + PROBABILITY),
  ([, , , S, , , D]) => attentionScratch(S, D, 1),
);

/** Of a stream that is half full. */
export const attentionStep = byHeads(
  ([, heads, P, , D, E]) => heads * (P / 2) * (2 * (D + E) * MADD + PROBABILITY),
  ([, , , , D, E]) => attentionStepScratch(D, E),
);

/** By samples; `tanhs` in time for each element of a pair of a query and a key. */
const bySamples = (tanhs: number): SplitRule =>
  byHeads(
    ([, samples, T, S, , D, E, causal]) =>
      ((samples * T * S) / (causal ? 2 : 1)) * (tanhs * D * ADDED + E * MADD),
    ([, , , S, , D]) => additiveScratch(S, D),
  );

export const additiveForward = bySamples(1);
export const additiveBackward = bySamples(2);

/** By steps: y [T, B, O], table [T, O]. */
export const positionRows: SplitRule = ([y, table, place], [T, B, O]) =>
  cut(T, 1, T * B * O * MOVED, (from, count) => [
    behind(y, from * B * O),
    behind(table, from * O),
    place,
    count,
    B,
    O,
  ]);

/** By steps: dtable [T, O], dy [T, B, O]. */
export const positionGradient: SplitRule = ([dtable, dy], [T, B, O]) =>
  cut(T, 1, T * B * O * MOVED, (from, count) => [
    behind(dtable, from * O),
    behind(dy, from * B * O),
    count,
    B,
    O,
  ]);

/** By steps: y and x [T, R, D], table [T, D]. */
export const rotaryTurn: SplitRule = ([y, x, table, place], [T, R, D, way]) =>
  cut(T, 1, T * R * D * MOVED, (from, count) => [
    behind(y, from * R * D),
    behind(x, from * R * D),
    behind(table, from * D),
    place,
    count,
    R,
    D,
    way,
  ]);
