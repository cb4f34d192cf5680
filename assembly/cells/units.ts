import { load_tail, store_tail } from "../simd";

/** Four neighbouring units, or the n = 1 to 3 at the end of a row; n is a constant where it is 4. */

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
