import { madd, settle } from "../simd";
import { activate_units, load_units, slope_units, store_carried, store_units, units_left } from "./units";

/*
 * Peepholes of an LSTM with convolutions: each gate of each position sees the cell state of that position
 * through a weight of its own. p [3, W, H]: p_i, p_f, p_o.
 */

/**
 * The pointwise half of a step:
 *   i, f = ract(z_i + p_i ⊙ c, z_f + p_f ⊙ c),   g = act(z_c),   c' = f ⊙ c + i ⊙ g
 *   o = ract(z_o + p_o ⊙ c'),   h' = o ⊙ act(c')
 * out  h, cn [B, W, H];  gates [B, W, 4H]: i, f, g, o in place of z
 * in   c [B, W, H], may be cn
 */
export function peephole_gates(
  h: usize, cn: usize, gates: usize, c: usize, p: usize, B: i32, W: i32, H: i32, act: i32, ract: i32,
): void {
  const row = <usize>H << 2;
  const all = <usize>W * row;
  for (; B > 0; B--) {
    for (let w: usize = 0; w < all; w += row) {
      for (let j: usize = 0; j < row; j += 16) {
        const n = units_left(row, j);
        const at = p + w + j;
        const z = gates + j;
        const old = load_units(c + j, n);
        const i = activate_units(ract, madd(load_units(at, n), old, load_units(z, n)), 0);
        const f = activate_units(ract, madd(load_units(at + all, n), old, load_units(z + row, n)), 0);
        const g = activate_units(act, load_units(z + 2 * row, n), 0);
        const cell = settle(madd(i, g, f32x4.mul(f, old)));
        const zo = madd(load_units(at + 2 * all, n), cell, load_units(z + 3 * row, n));
        const o = activate_units(ract, zo, 0);
        store_units(z, i, n);
        store_units(z + row, f, n);
        store_units(z + 2 * row, g, n);
        store_units(z + 3 * row, o, n);
        store_units(cn + j, cell, n);
        store_carried(h + j, f32x4.mul(o, activate_units(act, cell, 0)), n);
      }
      gates += 4 * row;
      h += row; c += row; cn += row;
    }
  }
}

/**
 * dz and dc of one step, y = act(c'):
 *   dz_o = dh ⊙ y ⊙ ract'(o),   dc += dh ⊙ o ⊙ act'(y) + dz_o ⊙ p_o
 *   dz_i = dc ⊙ g ⊙ ract'(i),   dz_f = dc ⊙ c ⊙ ract'(f),   dz_c = dc ⊙ i ⊙ act'(g)
 *   dc = dc ⊙ f + dz_i ⊙ p_i + dz_f ⊙ p_f
 * out  dz [B, W, 4H], may be gates;  dc [B, W, H]
 * in   dh [B, W, H];  gates i, f, g, o;  c the old cell state, cn the new
 */
export function peephole_backward(
  dz: usize, dh: usize, dc: usize, gates: usize, c: usize, cn: usize, p: usize,
  B: i32, W: i32, H: i32, act: i32, ract: i32,
): void {
  const row = <usize>H << 2;
  const all = <usize>W * row;
  for (; B > 0; B--) {
    for (let w: usize = 0; w < all; w += row) {
      for (let j: usize = 0; j < row; j += 16) {
        const n = units_left(row, j);
        const at = p + w + j;
        const gt = gates + j;
        const i = load_units(gt, n), f = load_units(gt + row, n);
        const g = load_units(gt + 2 * row, n), o = load_units(gt + 3 * row, n);
        const y = activate_units(act, load_units(cn + j, n), 0);
        const dhj = load_units(dh + j, n);
        const dzo = f32x4.mul(f32x4.mul(dhj, y), slope_units(ract, o, 0));
        let d = madd(f32x4.mul(dhj, o), slope_units(act, y, 0), load_units(dc + j, n));
        d = madd(dzo, load_units(at + 2 * all, n), d);
        const dzi = f32x4.mul(f32x4.mul(d, g), slope_units(ract, i, 0));
        const dzf = f32x4.mul(f32x4.mul(d, load_units(c + j, n)), slope_units(ract, f, 0));
        const dzg = f32x4.mul(f32x4.mul(d, i), slope_units(act, g, 0));
        const through = madd(dzi, load_units(at, n), f32x4.mul(d, f));
        store_carried(dz + j, dzi, n);
        store_carried(dz + row + j, dzf, n);
        store_carried(dz + 2 * row + j, dzg, n);
        store_carried(dz + 3 * row + j, dzo, n);
        store_carried(dc + j, madd(dzf, load_units(at + all, n), through), n);
      }
      dz += 4 * row; gates += 4 * row;
      dh += row; dc += row; c += row; cn += row;
    }
  }
}

/**
 * dp += Σ_r dz_r ⊙ c_r of one gate, by rising r
 * out  dp [W, H]
 * in   dz [R, W, H], row stride ldz: the gate's part of each row;  c [R, WS, H]: the cell state that the gate
 *      sees. WS >= W positions lie from one sample to the next.
 */
export function conv_peephole_gradient(
  dp: usize, dz: usize, c: usize, R: i32, W: i32, WS: i32, H: i32, ldz: i32,
): void {
  const row = <usize>H << 2;
  const rowZ = <usize>ldz << 2;
  for (let w = 0; w < W; w++) {
    for (let j: usize = 0; j < row; j += 16) {
      const n = units_left(row, j);
      let sum = load_units(dp + j, n);
      let q = dz + j;
      let s = c + j;
      for (let r = 0; r < R; r++) {
        sum = madd(load_units(q, n), load_units(s, n), sum);
        q += <usize>WS * rowZ;
        s += <usize>WS * row;
      }
      store_units(dp + j, sum, n);
    }
    dp += row; dz += rowZ; c += row;
  }
}
