/**
 * Blocks of eight columns in two vectors, of which only the first w (1 to 8) are in memory.
 * The partial block is a call with a loop, which no compiler inlines: the product loops around it keep the
 * registers of the full block.
 */

// @ts-ignore: decorator
@inline
export function load_low(p: usize, w: i32): v128 {
  return w == 8 ? v128.load(p) : load_edge(p, w);
}

// @ts-ignore: decorator
@inline
export function load_high(p: usize, w: i32): v128 {
  return w == 8 ? v128.load(p, 16) : load_edge(p + 16, w - 4);
}

// @ts-ignore: decorator
@inline
export function store_block(p: usize, low: v128, high: v128, w: i32): void {
  if (w == 8) {
    v128.store(p, low);
    v128.store(p, high, 16);
  } else {
    store_edge(p, low, high, w);
  }
}

/** The first `count` of four floats, the rest zero; count may be negative or more than 4. */
export function load_edge(p: usize, count: i32): v128 {
  let v = i32x4.splat(0);
  for (let q = p + (<usize>min(max(count, 0), 4) << 2); q > p;) {
    q -= 4;
    v = v128.load_lane<f32>(q, v128.shuffle<f32>(v, v, 0, 0, 1, 2), 0);
  }
  return v;
}

/** The first w (1 to 7) of the eight floats of low and high. */
function store_edge(p: usize, low: v128, high: v128, w: i32): void {
  for (const end = p + (<usize>w << 2); p < end; p += 4) {
    v128.store_lane<f32>(p, low, 0);
    low = v128.shuffle<f32>(low, high, 1, 2, 3, 4);
    high = v128.shuffle<f32>(high, high, 1, 2, 3, 3);
  }
}
