/**
 * Classes drawn without repeats by the log-uniform (Zipf) distribution, for vocabularies whose ids fall in
 * frequency.
 *
 *   p(k) = ln((k + 2) / (k + 1)) / ln(V + 1)       drawn as k = ⌊e^(u ln(V + 1))⌋ − 1
 *   expected(k) = 1 − (1 − p(k))^tries             how often k is among S distinct classes in so many draws
 *
 * Source: TensorFlow's log_uniform_candidate_sampler with unique = true
 */
import { exp } from "../math/exp";
import { expm1 } from "../math/expm1";
import { log } from "../math/log";
import { log1p_unit } from "../math/log1p";
import { block_words, counter_even, counter_odd, key_of } from "../random/philox";

// @ts-ignore: decorator
@inline
function first(v: v128): f32 {
  return f32x4.extract_lane(v, 0);
}

/** ln(V + 1) */
// @ts-ignore: decorator
@inline
export function log_range(V: i32): f32 {
  return first(log(f32x4.splat(<f32>(V + 1))));
}

/** Whether class k was not among those marked, which it is from now on; marks [ceil(V / 32)] words. */
// @ts-ignore: decorator
@inline
function takes(marks: usize, k: i32): bool {
  const at = marks + (<usize>(k >> 5) << 2);
  const bit = 1 << (k & 31);
  const word = load<i32>(at);
  if (word & bit) return false;
  store<i32>(at, word | bit);
  return true;
}

/**
 * S distinct classes below V, S < V; gives the number of draws that it took.
 * out  classes [S] i32
 * in   rng [4] u32; marks [ceil(V / 32)] of scratch
 * A class that is drawn again counts as a draw. After 64 · (S + V) draws the smallest classes left fill up.
 */
export function draw_classes(classes: usize, rng: usize, marks: usize, S: i32, V: i32, stream: i32): i32 {
  memory.fill(marks, 0, <usize>((V + 31) >> 5) << 2);
  const range = f32x4.splat(log_range(V));
  const key = key_of(rng);
  const odd = counter_odd(rng, stream);
  const most = 64 * (S + V);
  let count = 0;
  let tries = 0;
  for (let block = 0; count < S && tries < most; block++) {
    const bits = i32x4.shr_u(block_words(counter_even(rng, block), odd, key), 8);
    const u = f32x4.mul(f32x4.convert_i32x4_s(bits), f32x4.splat(5.9604644775390625e-8));
    let drawn = i32x4.sub(i32x4.trunc_sat_f32x4_s(exp(f32x4.mul(u, range))), i32x4.splat(1));
    for (let lane = 0; lane < 4 && count < S; lane++) {
      const k = min(max(i32x4.extract_lane(drawn, 0), 0), V - 1);
      drawn = v128.shuffle<i32>(drawn, drawn, 1, 2, 3, 0);
      tries++;
      if (!takes(marks, k)) continue;
      store<i32>(classes + (<usize>count << 2), k);
      count++;
    }
  }
  for (let k = 0; count < S; k++) {
    if (!takes(marks, k)) continue;
    store<i32>(classes + (<usize>count << 2), k);
    count++;
  }
  return tries;
}

/** ln expected(k) */
export function log_expected(k: i32, tries: i32, range: f32): f32 {
  const p = first(log1p_unit(f32x4.splat(1 / <f32>(k + 1)))) / range;
  // ln(1 − p) keeps its digits for small p by its series.
  const series = -p * (1 + p * (0.5 + p * (<f32>(1.0 / 3.0) + p * 0.25)));
  const rest = p < 0.01 ? series : first(log(f32x4.splat(1 - p)));
  return first(log(f32x4.splat(-first(expm1(f32x4.splat(<f32>tries * rest))))));
}
