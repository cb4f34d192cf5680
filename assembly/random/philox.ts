/**
 * Philox 4x32-10, a counter-based generator: 128 bits of counter and 64 of key give 128 random bits.
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
 *
 * A round maps (c0, c1, c2, c3) to (hi(M1·c2) ⊕ c1 ⊕ k0, lo(M1·c2), hi(M0·c0) ⊕ c3 ⊕ k1, lo(M0·c0));
 * between rounds k0 += W0, k1 += W1. Two blocks are held as
 *   even = (c0 of a, c0 of b, c2 of a, c2 of b),   odd = (c1 of a, c1 of b, c3 of a, c3 of b),
 * so that a round is two widening products, two shuffles and two exclusive ors.
 *
 * Key and counter of every kernel here: `rng` points to 4 u32, seed low, seed high, step low, step high;
 * key = (seed low, seed high), counter = (block, stream, step low, step high).
 */

const M0: i32 = 0xd2511f53;
const M1: i32 = 0xcd9e8d57;
const W0: i32 = 0x9e3779b9;
const W1: i32 = 0xbb67ae85;

// @ts-ignore: decorator
@inline
export function multipliers(): v128 {
  return i32x4(M0, M0, M1, M1);
}

// @ts-ignore: decorator
@inline
export function key_step(): v128 {
  return i32x4(W0, W0, W1, W1);
}

/** (k0, k0, k1, k1) from rng. */
// @ts-ignore: decorator
@inline
export function key_of(rng: usize): v128 {
  const k = v128.load64_zero(rng);
  return v128.shuffle<i32>(k, k, 0, 0, 1, 1);
}

/** `odd` of the counter: (stream, stream, step high, step high). */
// @ts-ignore: decorator
@inline
export function counter_odd(rng: usize, stream: i32): v128 {
  return v128.shuffle<i32>(i32x4.splat(stream), v128.load32_splat(rng + 12), 0, 1, 4, 5);
}

/** `even` of the counters of blocks `block` and `block + 1`: (block, block + 1, step low, step low). */
// @ts-ignore: decorator
@inline
export function counter_even(rng: usize, block: i32): v128 {
  const step = load<i32>(rng, 8);
  return i32x4(block, block + 1, step, step);
}

/** Products of one round, with the multipliers of `multipliers()`. */
// @ts-ignore: decorator
@inline
export function product_low(even: v128, m: v128): v128 {
  return i64x2.extmul_low_i32x4_u(even, m);
}

// @ts-ignore: decorator
@inline
export function product_high(even: v128, m: v128): v128 {
  return i64x2.extmul_high_i32x4_u(even, m);
}

/** High words, crossed over: (hi M1 a, hi M1 b, hi M0 a, hi M0 b). */
// @ts-ignore: decorator
@inline
export function high_words(p0: v128, p1: v128): v128 {
  return v128.shuffle<i32>(p1, p0, 1, 3, 5, 7);
}

/** Low words, crossed over: the next `odd`. */
// @ts-ignore: decorator
@inline
export function low_words(p0: v128, p1: v128): v128 {
  return v128.shuffle<i32>(p1, p0, 0, 2, 4, 6);
}

/** The four words of the first block. */
// @ts-ignore: decorator
@inline
export function first_block(even: v128, odd: v128): v128 {
  return v128.shuffle<i32>(even, odd, 0, 4, 2, 6);
}

/** The four words of the second block. */
// @ts-ignore: decorator
@inline
export function second_block(even: v128, odd: v128): v128 {
  return v128.shuffle<i32>(even, odd, 1, 5, 3, 7);
}

/** The words of the first of the two blocks that counters `even` and `odd` name. */
export function block_words(even: v128, odd: v128, key: v128): v128 {
  const m = multipliers();
  const w = key_step();
  let k = key;
  for (let round = 0; round < 10; round++) {
    const p0 = product_low(even, m);
    const p1 = product_high(even, m);
    even = v128.xor(v128.xor(high_words(p0, p1), odd), k);
    odd = low_words(p0, p1);
    k = i32x4.add(k, w);
  }
  return first_block(even, odd);
}

/**
 * Random words as they come.   out[4b + l] = word l of block (first + b)
 * out  out [4n] u32
 * in   rng [4] u32
 * `first` counts blocks and wraps at 2^32.
 */
export function philox_words(out: usize, rng: usize, first: i32, n: i32, stream: i32): void {
  const m = multipliers();
  const w = key_step();
  const key = key_of(rng);
  const start = counter_odd(rng, stream);
  for (let b = 0; b < n; b += 2) {
    let k = key;
    let even = counter_even(rng, first + b);
    let odd = start;
    for (let round = 0; round < 10; round++) {
      const p0 = product_low(even, m);
      const p1 = product_high(even, m);
      even = v128.xor(v128.xor(high_words(p0, p1), odd), k);
      odd = low_words(p0, p1);
      k = i32x4.add(k, w);
    }
    const at = out + (<usize>b << 4);
    v128.store(at, first_block(even, odd));
    if (b + 1 < n) v128.store(at, second_block(even, odd), 16);
  }
}
