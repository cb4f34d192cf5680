import { log } from "../math/log";
import { store_lanes } from "../optimizers/lanes";
import { madd } from "../simd";
import { block_words, counter_even, counter_odd, key_of } from "./philox";

/**
 * Normal deviates of one Philox block (w0, w1, w2, w3) by Box and Muller.
 *   z0, z1 = √(−2 ln u) · (cos, sin)(2π v) from u = (⌊w0 / 2^8⌋ + 1) / 2^24, v = ⌊w1 / 2^8⌋ / 2^24
 *   z2, z3 alike from w2 and w3
 * Angles are reduced in whole numbers to a quarter turn and a rest within π/4, where sin and cos are Taylor
 * polynomials: truncated below 2.5e-8.
 */
// @ts-ignore: decorator
@inline
function normal_block(words: v128): v128 {
  const bits = i32x4.shr_u(words, 8);
  const u = i32x4.add(v128.shuffle<i32>(bits, bits, 0, 0, 2, 2), i32x4.splat(1));
  const uniform = f32x4.mul(f32x4.convert_i32x4_s(u), f32x4.splat(5.9604644775390625e-8));
  const radius = f32x4.sqrt(f32x4.mul(log(uniform), f32x4.splat(-2)));
  const v = v128.shuffle<i32>(bits, bits, 1, 1, 3, 3);
  const turn = i32x4.shr_u(i32x4.add(v, i32x4.splat(1 << 21)), 22);
  const rest = f32x4.convert_i32x4_s(i32x4.sub(v, i32x4.shl(turn, 22)));
  // π/2 · 2^−22
  const a = f32x4.mul(rest, f32x4.splat(3.745070282923929e-7));
  const q = f32x4.mul(a, a);
  let s = madd(q, f32x4.splat(2.7557319e-6), f32x4.splat(-1.9841270e-4));
  s = madd(s, q, f32x4.splat(8.3333333e-3));
  s = madd(s, q, f32x4.splat(-0.16666667));
  s = madd(f32x4.mul(s, q), a, a);
  let c = madd(q, f32x4.splat(2.4801587e-5), f32x4.splat(-1.3888889e-3));
  c = madd(c, q, f32x4.splat(4.1666667e-2));
  c = madd(c, q, f32x4.splat(-0.5));
  c = madd(c, q, f32x4.splat(1));
  // cos a = sin(a + π/2): lanes 0 and 2 are a quarter turn ahead.
  const quarter = i32x4.add(turn, i32x4(1, 0, 1, 0));
  const one = i32x4.splat(1);
  const odd = i32x4.eq(v128.and(quarter, one), one);
  const sign = i32x4.shl(v128.and(quarter, i32x4.splat(2)), 30);
  return f32x4.mul(radius, v128.xor(v128.bitselect(c, s, odd), sign));
}

/**
 * Normal deviates: out_j = mean + deviation · z_j, z_j number j mod 4 of the block ⌊j/4⌋ (normal_block)
 * out  out [n], the elements offset … offset + n − 1 of the whole; offset must be a multiple of 4
 * in   rng [4] u32: seed low, seed high, step low, step high
 * Source: Box, Muller 1958; the generator is philox.ts. |z| is at most 5.77.
 */
export function normal_fill(
  out: usize, rng: usize, offset: i32, n: i32, stream: i32, mean: f32, deviation: f32,
): void {
  const key = key_of(rng);
  const odd = counter_odd(rng, stream);
  const m = f32x4.splat(mean);
  const d = f32x4.splat(deviation);
  let block = offset >>> 2;
  for (; n > 0; n -= 4, out += 16, block++) {
    const z = madd(d, normal_block(block_words(counter_even(rng, block), odd, key)), m);
    store_lanes(out, z, min(n, 4));
  }
}
