import { SIGMOID, TANH } from "../math/activation";
import { madd, settle } from "../simd";
import { activate_units, load_units, slope_units, store_carried, store_units, units_left } from "./units";

// The pointwise parts of lstm_variant and its way back, for [B, H] units. Rows of gates have G·H columns:
// i, f, c, o with G = 4, f, c, o with G = 3, where i = 1 − f. Peepholes p [G−1, H]: those of the gates in
// front of c, then that of o; 0 where there are none.

/** The gates in front of c see the old cell state: z_i += p_i ⊙ c, z_f += p_f ⊙ c. */
export function add_peepholes(gates: usize, c: usize, p: usize, B: i32, H: i32, G: i32): void {
  const row = <usize>H << 2;
  for (; B > 0; B--) {
    for (let k: usize = 0; k < <usize>(G - 2); k++) {
      const z = gates + k * row, q = p + k * row;
      for (let j: usize = 0; j < row; j += 16) {
        const n = units_left(row, j);
        store_units(z + j, madd(load_units(q + j, n), load_units(c + j, n), load_units(z + j, n)), n);
      }
    }
    gates += <usize>G * row;
    c += row;
  }
}

/**
 * cn = f ⊙ c + i ⊙ g, held within ±clip where clip is above 0; then z_o += p_o ⊙ cn.   cn may be c
 */
export function next_cell(
  cn: usize, gates: usize, c: usize, p: usize, B: i32, H: i32, G: i32, clip: f32,
): void {
  const row = <usize>H << 2;
  const forget = <usize>(G - 3) * row;
  const po = p ? p + <usize>(G - 2) * row : 0;
  const most = f32x4.splat(clip), least = f32x4.splat(-clip);
  for (; B > 0; B--) {
    for (let j: usize = 0; j < row; j += 16) {
      const n = units_left(row, j);
      const at = gates + forget + j;
      const f = load_units(at, n), g = load_units(at + row, n);
      const i = forget ? load_units(gates + j, n) : f32x4.sub(f32x4.splat(1), f);
      let cell = madd(i, g, f32x4.mul(f, load_units(c + j, n)));
      if (clip > 0) cell = f32x4.pmin(f32x4.pmax(cell, least), most);
      cell = settle(cell);
      store_units(cn + j, cell, n);
      if (po) {
        const o = at + 2 * row;
        store_units(o, madd(load_units(po + j, n), cell, load_units(o, n)), n);
      }
    }
    gates += <usize>G * row;
    c += row; cn += row;
  }
}

/** y = o ⊙ act(x).   o [B] rows of G·H columns;  y, x [B, H], which may be the same */
export function cell_output(y: usize, o: usize, x: usize, B: i32, H: i32, G: i32, act: i32): void {
  const row = <usize>H << 2;
  const body = act == TANH ? row & ~15 : 0;
  for (; B > 0; B--) {
    let j: usize = 0;
    for (; j < body; j += 16) {
      v128.store(y + j, settle(f32x4.mul(v128.load(o + j), activate_units(TANH, v128.load(x + j), 1))));
    }
    for (; j < row; j += 16) {
      const n = units_left(row, j);
      store_carried(y + j, f32x4.mul(load_units(o + j, n), activate_units(act, load_units(x + j, n), 0)), n);
    }
    o += <usize>G * row;
    y += row; x += row;
  }
}

/**
 * Back through cell_output with y = act(x), x = c_t, or gain ⊙ ĉ + bias of the normalised state:
 *   dz_o = d ⊙ y ⊙ ract'(o),   dx = d ⊙ o ⊙ act'(y)
 * out  dz, o: the columns of o in rows of G·H columns; may be the same
 *      dx [B, H]: overwritten with gain, else added to
 * in   d [B, H];  x [B, H]: c_t or ĉ;  gain, bias [H] or 0
 */
export function output_backward(
  dz: usize, dx: usize, o: usize, x: usize, d: usize, gain: usize, bias: usize,
  B: i32, H: i32, G: i32, act: i32, ract: i32,
): void {
  const row = <usize>H << 2;
  const body = act == TANH && ract == SIGMOID ? row & ~15 : 0;
  for (; B > 0; B--) {
    let j: usize = 0;
    for (; j < body; j += 16) {
      output_unit(dz + j, dx + j, o + j, x + j, d + j, gain, bias, j, TANH, SIGMOID, 1, 4);
    }
    for (; j < row; j += 16) {
      output_unit(dz + j, dx + j, o + j, x + j, d + j, gain, bias, j, act, ract, 0, units_left(row, j));
    }
    dz += <usize>G * row; o += <usize>G * row;
    dx += row; x += row; d += row;
  }
}

// @ts-ignore: decorator
@inline
function output_unit(
  dz: usize, dx: usize, o: usize, x: usize, d: usize, gain: usize, bias: usize, j: usize,
  act: i32, ract: i32, usual: i32, n: i32,
): void {
  let seen = load_units(x, n);
  if (gain) seen = madd(load_units(gain + j, n), seen, load_units(bias + j, n));
  const y = activate_units(act, seen, usual);
  const own = load_units(o, n), dy = load_units(d, n);
  const through = f32x4.mul(dy, own);
  const slope = slope_units(act, y, usual);
  store_carried(dz, f32x4.mul(f32x4.mul(dy, y), slope_units(ract, own, usual)), n);
  store_carried(dx, gain ? f32x4.mul(through, slope) : madd(through, slope, load_units(dx, n)), n);
}

/**
 * Back through next_cell and the gates in front of it; dz_o is in dz already:
 *   dc += p_o ⊙ dz_o, 0 where |c_t| reaches clip
 *   dz_i = dc ⊙ g ⊙ ract'(i),   dz_f = dc ⊙ c_{t-1} ⊙ ract'(f),   dz_c = dc ⊙ i ⊙ act'(g)
 *   G = 3:  dz_f = dc ⊙ (c_{t-1} − g) ⊙ ract'(f)
 *   dc = dc ⊙ f + p_i ⊙ dz_i + p_f ⊙ dz_f
 * out  dz [B, G·H], may be gates;  dc [B, H]
 * in   gates [B, G·H], c = c_{t-1}, cn = c_t [B, H]
 */
export function cell_backward(
  dz: usize, dc: usize, gates: usize, c: usize, cn: usize, p: usize,
  B: i32, H: i32, G: i32, act: i32, ract: i32, clip: f32,
): void {
  const row = <usize>H << 2;
  const body = act == TANH && ract == SIGMOID ? row & ~15 : 0;
  for (; B > 0; B--) {
    let j: usize = 0;
    for (; j < body; j += 16) {
      const q = p ? p + j : 0;
      cell_unit(dz + j, dc + j, gates + j, c + j, cn + j, q, row, G, TANH, SIGMOID, clip, 1, 4);
    }
    for (; j < row; j += 16) {
      const q = p ? p + j : 0;
      cell_unit(
        dz + j, dc + j, gates + j, c + j, cn + j, q, row, G, act, ract, clip, 0, units_left(row, j));
    }
    dz += <usize>G * row; gates += <usize>G * row;
    dc += row; c += row; cn += row;
  }
}

// @ts-ignore: decorator
@inline
function cell_unit(
  dz: usize, dc: usize, gates: usize, c: usize, cn: usize, p: usize, row: usize, G: i32,
  act: i32, ract: i32, clip: f32, usual: i32, n: i32,
): void {
  const forget = <usize>(G - 3) * row;
  const f = load_units(gates + forget, n), g = load_units(gates + forget + row, n);
  const old = load_units(c, n);
  let d = load_units(dc, n);
  if (p) d = madd(load_units(p + forget + row, n), load_units(dz + forget + 2 * row, n), d);
  if (clip > 0) d = v128.and(d, f32x4.lt(f32x4.abs(load_units(cn, n)), f32x4.splat(clip)));
  const slope = slope_units(ract, f, usual);
  let next = f32x4.mul(d, f);
  let i = f32x4.sub(f32x4.splat(1), f);
  let dzf: v128;
  if (forget) {
    i = load_units(gates, n);
    const dzi = f32x4.mul(f32x4.mul(d, g), slope_units(ract, i, usual));
    dzf = f32x4.mul(f32x4.mul(d, old), slope);
    if (p) next = madd(load_units(p, n), dzi, next);
    store_carried(dz, dzi, n);
  } else {
    dzf = f32x4.mul(f32x4.mul(d, f32x4.sub(old, g)), slope);
  }
  if (p) next = madd(load_units(p + forget, n), dzf, next);
  store_carried(dz + forget, dzf, n);
  store_carried(dz + forget + row, f32x4.mul(f32x4.mul(d, i), slope_units(act, g, usual)), n);
  store_carried(dc, next, n);
}
