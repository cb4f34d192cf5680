import { attentionBackwardScratch, attentionScratch } from '../wasm/scratch.js';
import { behind, type SplitRule } from './split-rule.js';

/** Rough times in nanoseconds of a multiply-add of its products, and of a probability. */
const MADD = 0.03;
const PROBABILITY = 1.5;

type Numbers = readonly number[];

/** By heads of samples; `products` of a size D or E each pass, `floats` of scratch that each thread has. */
function byHeads(products: number, floats: (numbers: Numbers) => number): SplitRule {
  return (places, numbers) => {
    const [first, heads, T, S, , , D, E, causal] = numbers;
    const pairs = (heads * T * S) / (causal ? 2 : 1);
    return {
      units: heads,
      grain: 1,
      cost: pairs * (products * (D + E) * MADD + PROBABILITY),
      part: (from, count, scratch) => {
        const own = from === 0 ? places[places.length - 1] : behind(scratch(floats(numbers)), 0);
        return [[...places.slice(0, -1), own, first + from, count, ...numbers.slice(2)]];
      },
    };
  };
}

export const attentionForward = byHeads(1, ([, , , S, , , D, E]) => attentionScratch(S, D, E));

export const attentionBackward = byHeads(2.5, ([, , T, S, , , D, E]) => attentionBackwardScratch(T, S, D, E));
