import { nmadd } from "../simd";
import { load_units, store_carried, store_units, units_left } from "./units";

/**
 * Zoneout after a step of any cell: some units keep the state they had.
 *   with mask:     next_j = raw_j where mask_j ≠ 0, else old_j
 *   without (0):   next_j = raw_j − rate (raw_j − old_j), the expectation
 * out  next [n]; may be raw
 * in   old [n], raw [n]: the state before the step, and what the cell made of it
 *      mask [n] as dropout_mask draws it, or 0
 * Where raw is old, so is next, bit for bit.
 * Source: Krueger et al. 2017.
 */
export function zoneout_forward(next: usize, old: usize, raw: usize, mask: usize, n: i32, rate: f32): void {
  const end = <usize>n << 2;
  const share = f32x4.splat(rate);
  for (let j: usize = 0; j < end; j += 16) {
    const w = units_left(end, j);
    const before = load_units(old + j, w);
    const made = load_units(raw + j, w);
    if (mask) {
      const keeps = f32x4.eq(load_units(mask + j, w), f32x4.splat(0));
      store_carried(next + j, v128.bitselect(before, made, keeps), w);
    } else {
      store_carried(next + j, nmadd(share, f32x4.sub(made, before), made), w);
    }
  }
}

/**
 * What of a state's gradient goes into the cell, and what passes it by:
 *   draw_j = d_j where mask_j ≠ 0, else 0;   d_j = d_j where mask_j = 0, else 0
 * out  draw [B, H];  d [B, H]: the gradient of next on entry, of old on exit but for what the cell gives
 * in   mask [B, H];  valid [B] or 0: where it is 2, the gradient of old is cut (valid.ts)
 */
export function zoneout_backward(draw: usize, d: usize, mask: usize, valid: usize, B: i32, H: i32): void {
  const row = <usize>H << 2;
  for (; B > 0; B--) {
    const cuts = valid && load<f32>(valid) == 2;
    for (let j: usize = 0; j < row; j += 16) {
      const w = units_left(row, j);
      const gradient = load_units(d + j, w);
      const keeps = f32x4.eq(load_units(mask + j, w), f32x4.splat(0));
      store_units(draw + j, v128.andnot(gradient, keeps), w);
      store_units(d + j, cuts ? f32x4.splat(0) : v128.and(gradient, keeps), w);
    }
    if (valid) valid += 4;
    draw += row; d += row; mask += row;
  }
}
