import { activate, activate_slope } from "../math/activation";
import { load_tail, settle, store_tail } from "../simd";

// The pointwise loops of the cells have two forms: one for whole vectors with the usual activations written
// into the loop (`usual` = 1), and one for everything else, tails included, which calls them.

/** Four neighbouring units, or the n = 1 to 3 at the end of a row. */
// @ts-ignore: decorator
@inline
export function load_units(p: usize, n: i32): v128 {
  return n == 4 ? v128.load(p) : load_tail(p, n);
}

// @ts-ignore: decorator
@inline
export function store_units(p: usize, v: v128, n: i32): void {
  if (n == 4) v128.store(p, v);
  else store_tail(p, v, n);
}

/** Stores what is carried from step to step: without values so small that products with them are slow. */
// @ts-ignore: decorator
@inline
export function store_carried(p: usize, v: v128, n: i32): void {
  store_units(p, settle(v), n);
}

/** Units from byte j of a row of `row` bytes on: 4, or the 1 to 3 of a tail. */
// @ts-ignore: decorator
@inline
export function units_left(row: usize, j: usize): i32 {
  return min(4, <i32>(row - j) >> 2);
}

/** f(x) for the activation with this code; with `usual`, a constant, inlined. */
// @ts-ignore: decorator
@inline
export function activate_units(code: i32, x: v128, usual: i32): v128 {
  return usual ? activate(code, x) : activate_call(code, x);
}

/** f'(x) as a function of y = f(x), likewise. */
// @ts-ignore: decorator
@inline
export function slope_units(code: i32, y: v128, usual: i32): v128 {
  return usual ? activate_slope(code, y) : slope_call(code, y);
}

function activate_call(code: i32, x: v128): v128 {
  return activate(code, x);
}

function slope_call(code: i32, y: v128): v128 {
  return activate_slope(code, y);
}
