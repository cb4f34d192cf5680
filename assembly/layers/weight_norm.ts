import { load_lanes, store_lanes } from "../optimizers/lanes";
import { madd, nmadd } from "../simd";

/**
 * Weights by direction and length, column by column:   w_ro = g_o · v_ro / ‖v_o‖,   ‖v_o‖ = √Σ_r v_ro²
 * out  w [R, O], norms [O]
 * in   v [R, O], g [O]
 * Row strides are ld. Sums run by rising row. A column of zeros gives zeros.
 * Source: Salimans & Kingma 2016; docs/equations/convolution.md
 */
export function weight_norm_forward(
  w: usize, norms: usize, v: usize, g: usize, R: i32, O: i32, ld: i32,
): void {
  const row = <usize>ld << 2;
  for (let o = 0; o < O; o += 4) {
    const count = min(O - o, 4);
    const place = <usize>o << 2;
    let sum = f32x4.splat(0);
    let p = v + place;
    for (let r = 0; r < R; r++, p += row) {
      const x = load_lanes(p, count);
      sum = madd(x, x, sum);
    }
    const norm = f32x4.sqrt(sum);
    store_lanes(norms + place, norm, count);
    const factor = over(load_lanes(g + place, count), norm);
    p = v + place;
    let q = w + place;
    for (let r = 0; r < R; r++, p += row, q += row) {
      store_lanes(q, f32x4.mul(load_lanes(p, count), factor), count);
    }
  }
}

/**
 * Its gradients:   s_o = Σ_r dw_ro · v_ro / ‖v_o‖,   dg_o += s_o
 *                  dv_ro += g_o / ‖v_o‖ · (dw_ro − s_o · v_ro / ‖v_o‖)
 * out  dv [R, O], dg [O]
 * in   dw [R, O], v [R, O], g [O], norms [O]
 */
export function weight_norm_backward(
  dv: usize, dg: usize, dw: usize, v: usize, g: usize, norms: usize, R: i32, O: i32, ld: i32,
): void {
  const row = <usize>ld << 2;
  for (let o = 0; o < O; o += 4) {
    const count = min(O - o, 4);
    const place = <usize>o << 2;
    const norm = load_lanes(norms + place, count);
    let sum = f32x4.splat(0);
    let p = dw + place;
    let q = v + place;
    for (let r = 0; r < R; r++, p += row, q += row) {
      sum = madd(load_lanes(p, count), load_lanes(q, count), sum);
    }
    const s = over(sum, norm);
    store_lanes(dg + place, f32x4.add(load_lanes(dg + place, count), s), count);
    const along = over(s, norm);
    const factor = over(load_lanes(g + place, count), norm);
    p = dw + place;
    q = v + place;
    let to = dv + place;
    for (let r = 0; r < R; r++, p += row, q += row, to += row) {
      const across = nmadd(along, load_lanes(q, count), load_lanes(p, count));
      store_lanes(to, madd(factor, across, load_lanes(to, count)), count);
    }
  }
}

/** a / b, and 0 where b is 0. */
// @ts-ignore: decorator
@inline
function over(a: v128, b: v128): v128 {
  return v128.and(f32x4.div(a, b), f32x4.ne(b, f32x4.splat(0)));
}
