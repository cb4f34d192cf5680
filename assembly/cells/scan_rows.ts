import { load_units, store_carried, units_left } from "./units";

/** A step that does not count, on the way back: dz = 0, dh += dy.   dz [G·HS];  dh [H];  dy [H] or 0 */
export function pass_row(dz: usize, dh: usize, dy: usize, G: i32, row: usize, stride: usize): void {
  for (; G > 0; G--) {
    memory.fill(dz, 0, row);
    dz += stride;
  }
  if (!dy) return;
  for (let j: usize = 0; j < row; j += 16) {
    const n = units_left(row, j);
    store_carried(dh + j, f32x4.add(load_units(dh + j, n), load_units(dy + j, n)), n);
  }
}

/** The gradient of a step's state: what comes back from the next step and what comes from above, dy or 0. */
// @ts-ignore: decorator
@inline
export function state_gradient(dh: usize, dy: usize, j: usize, n: i32): v128 {
  const d = load_units(dh + j, n);
  return dy ? f32x4.add(d, load_units(dy + j, n)) : d;
}
