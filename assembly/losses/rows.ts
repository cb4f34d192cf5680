/**
 * What every loss kernel shares.
 *
 * A loss kernel reads pred [R, O] and target [R, O] (class ids [R] where sparse) row by row and writes
 *   losses [R]     l_r, the loss of a row, not weighted
 *   dpred  [R, O]  d(scale · Σ_r weights_r · l_r) / d pred; address 0: not wanted
 * weights [R] at address 0 means ones. dpred may not alias pred.
 *
 * A row is taken four columns at a time. Column j is accumulated in lane j mod 4 by rising j, then the
 * lanes are added as (0 + 2) + (1 + 3). So a row has the same bits whatever R is and wherever it stands.
 */
import { load_tail, store_tail } from "../simd";

/** Columns of the block that starts at column j: 1 to 4. */
// @ts-ignore: decorator
@inline
export function block_size(O: i32, j: i32): i32 {
  return min(O - j, 4);
}

/** Loads the block's columns; lanes past them are zero. */
// @ts-ignore: decorator
@inline
export function load_block(p: usize, count: i32): v128 {
  return count == 4 ? v128.load(p) : load_tail(p, count);
}

/** Stores the block's columns. */
// @ts-ignore: decorator
@inline
export function store_block(p: usize, v: v128, count: i32): void {
  if (count == 4) v128.store(p, v);
  else store_tail(p, v, count);
}

/** v where the lane holds a column, `pad` elsewhere. */
// @ts-ignore: decorator
@inline
export function pad_block(v: v128, count: i32, pad: v128): v128 {
  return v128.bitselect(v, pad, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count)));
}

/** v where the lane holds a column, zero elsewhere: for values that are not zero on zero padding. */
// @ts-ignore: decorator
@inline
export function keep_block(v: v128, count: i32): v128 {
  return pad_block(v, count, f32x4.splat(0));
}

/** (v_0 + v_2) + (v_1 + v_3) */
// @ts-ignore: decorator
@inline
export function sum_lanes(v: v128): f32 {
  const pairs = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** scale · weights_r: the factor of row r's gradient. */
// @ts-ignore: decorator
@inline
export function row_scale(weights: usize, r: i32, scale: f32): f32 {
  return weights ? scale * load<f32>(weights + (<usize>r << 2)) : scale;
}

// @ts-ignore: decorator
@inline
export function store_loss(losses: usize, r: i32, value: f32): void {
  store<f32>(losses + (<usize>r << 2), value);
}
