import {
  gruInt8StepScratch,
  int8PackedFloats,
  int8Scratch,
  lstmInt8StepScratch,
  rnnInt8StepScratch,
} from '../wasm/scratch.js';
import type { Argument } from './recorder.js';
import { ENOUGH_ROWS, panelBlocks, panelsOf } from './split-products.js';
import { behind, type MakeScratch, type Split, type SplitRule } from './split-rule.js';

/** Rough times in nanoseconds: of a multiply-add in 8 bits, and of a unit of a cell beside its products. */
const MADD = 0.015;
const UNIT = 6;

/** The first part uses the scratch of the call, every other one its own. */
const own = (from: number, scratch: Argument, make: MakeScratch, floats: number): Argument =>
  from === 0 ? scratch : make(floats);

/** By rows, or by panels where rows are few: every thread quantises those rows then. */
export const int8Gemm: SplitRule = (
  [c, a, packed, adjust, bias, scratch],
  [M, N, K, G, lda, ldc, accumulate],
) => {
  const cost = M * N * K * MADD;
  if (M >= 2 * ENOUGH_ROWS) {
    return {
      units: M,
      grain: 1,
      cost,
      part: (from, count, make) => [
        [
          ...[behind(c, from * ldc), behind(a, from * lda), packed, adjust, bias],
          ...[own(from, scratch, make, int8Scratch(count, K)), count, N, K, G, lda, ldc, accumulate],
        ],
      ],
    };
  }
  const { panels, groups } = panelsOf(N, G);
  const panel = int8PackedFloats(K, 8, 1);
  return {
    units: panels,
    grain: groups === 1 && M === 1 ? 4 : 1,
    cost,
    part: (from, count, make) => {
      const rows = own(from, scratch, make, int8Scratch(M, K));
      return panelBlocks(N, groups, from, count).map((block) => [
        ...[
          behind(c, block.column),
          a,
          behind(packed, block.panel * panel),
          adjust,
          behind(bias, block.column),
          rows,
        ],
        ...[M, block.columns, K, block.groups, lda, ldc, accumulate],
      ]);
    },
  };
};

/** Cells by samples: floats of a sample at each address but the last, which is scratch. */
function samples(
  position: number,
  cost: (numbers: readonly number[]) => number,
  widths: (numbers: readonly number[]) => readonly number[],
  scratchFloats: (count: number, numbers: readonly number[]) => number,
): SplitRule {
  return (places, numbers): Split => {
    const last = places.length - 1;
    return {
      units: numbers[position],
      grain: 1,
      cost: cost(numbers),
      part: (from, count, make) => [
        [
          ...places.slice(0, last).map((place, i) => behind(place, from * widths(numbers)[i])),
          own(from, places[last], make, scratchFloats(count, numbers)),
          ...numbers.map((value, i) => (i === position ? count : value)),
        ],
      ],
    };
  };
}

const recurrence = (T: number, B: number, H: number, G: number): number => T * B * H * (UNIT + G * H * MADD);

/** A sequence: T, B, BS, H, ... */
const sequence = (G: number, widths: (H: number) => readonly number[]): SplitRule =>
  samples(
    1,
    ([T, B, , H]) => recurrence(T, B, H, G),
    ([, , , H]) => widths(H),
    (count, [, , , H]) => int8Scratch(count, H),
  );

type StepScratch = (B: number, I: number, H: number) => number;

/** One step: B, I, H, ... */
const step = (
  G: number,
  widths: (I: number, H: number) => readonly number[],
  scratchFloats: StepScratch,
): SplitRule =>
  samples(
    0,
    ([B, I, H]) => recurrence(1, B, H, G) + B * I * H * G * MADD,
    ([, I, H]) => widths(I, H),
    (count, [, I, H]) => scratchFloats(count, I, H),
  );

// h, c, gates, u, uadjust, valid
export const lstmInt8Forward = sequence(4, (H) => [H, H, 4 * H, 0, 0, 1]);
// h, c, x, w, wadjust, u, uadjust, bias
export const lstmInt8Step = step(4, (I, H) => [H, H, I, 0, 0, 0, 0, 0], lstmInt8StepScratch);
// h, gates, q, u, uadjust, rbias, valid
export const gruInt8Forward = sequence(3, (H) => [H, 3 * H, H, 0, 0, 0, 1]);
// h, x, w, wadjust, u, uadjust, bias, rbias
export const gruInt8Step = step(3, (I, H) => [H, I, 0, 0, 0, 0, 0, 0], gruInt8StepScratch);
// h, u, uadjust, valid
export const rnnInt8Forward = sequence(1, (H) => [H, 0, 0, 1]);
// h, x, w, wadjust, u, uadjust, bias
export const rnnInt8Step = step(1, (I, H) => [H, I, 0, 0, 0, 0, 0], rnnInt8StepScratch);
