/** Passes over one row [O] that the crossentropies share. */
import { exp } from "../math/exp";
import { block_size, load_block, pad_block, store_block, sum_lanes } from "./rows";

/** max_j x_j */
// @ts-ignore: decorator
@inline
export function row_max(x: usize, O: i32): f32 {
  let top = f32x4.splat(-f32.MAX_VALUE);
  for (let j = 0; j < O; j += 4) {
    const count = block_size(O, j);
    top = f32x4.pmax(top, pad_block(load_block(x + (<usize>j << 2), count), count, top));
  }
  const pairs = f32x4.pmax(top, v128.shuffle<f32>(top, top, 2, 3, 0, 1));
  return max<f32>(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}

/** Σ_j e^(x_j − top); writes the terms to powers [O] unless that is 0. */
// @ts-ignore: decorator
@inline
export function row_exp_sum(powers: usize, x: usize, O: i32, top: f32): f32 {
  const shift = f32x4.splat(top);
  const nothing = f32x4.splat(-f32.MAX_VALUE);
  let sum = f32x4.splat(0);
  for (let j = 0; j < O; j += 4) {
    const count = block_size(O, j);
    const at = <usize>j << 2;
    const z = f32x4.sub(load_block(x + at, count), shift);
    const power = exp(pad_block(z, count, nothing));
    sum = f32x4.add(sum, power);
    if (powers) store_block(powers + at, power, count);
  }
  return sum_lanes(sum);
}

/** Σ_j x_j */
// @ts-ignore: decorator
@inline
export function row_sum(x: usize, O: i32): f32 {
  let sum = f32x4.splat(0);
  for (let j = 0; j < O; j += 4) {
    sum = f32x4.add(sum, load_block(x + (<usize>j << 2), block_size(O, j)));
  }
  return sum_lanes(sum);
}

/** x_j *= factor */
// @ts-ignore: decorator
@inline
export function row_scale_in_place(x: usize, O: i32, factor: f32): void {
  const by = f32x4.splat(factor);
  for (let j = 0; j < O; j += 4) {
    const count = block_size(O, j);
    const at = x + (<usize>j << 2);
    store_block(at, f32x4.mul(by, load_block(at, count)), count);
  }
}

/** x_j = value */
// @ts-ignore: decorator
@inline
export function row_fill(x: usize, O: i32, value: f32): void {
  const v = f32x4.splat(value);
  for (let j = 0; j < O; j += 4) store_block(x + (<usize>j << 2), v, block_size(O, j));
}
