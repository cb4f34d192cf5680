import { TANH } from "../math/activation";
import { madd } from "../simd";
import { activate_units, load_units, store_carried, store_units, units_left } from "./units";

/**
 * The end of a GRU step, z and r being activated:
 *   hh = act(z_h + r ⊙ q) with resetAfter, else act(z_h)
 *   h' = z ⊙ h + (1 − z) ⊙ hh, or with candidateGate z ⊙ hh + (1 − z) ⊙ h
 * out  hn [B, H];  gates [B, 3H]: z, r, hh, the last in place of z_h
 * in   q [B, H];  h [B, H], may be hn
 */
export function gru_blend(
  hn: usize, gates: usize, q: usize, h: usize, B: i32, H: i32, act: i32, resetAfter: i32, candidateGate: i32,
): void {
  gru_blend_part(hn, gates, q, h, B, H, H, act, resetAfter, candidateGate);
}

/** gru_blend for n of H units, whose first the pointers are to. */
export function gru_blend_part(
  hn: usize, gates: usize, q: usize, h: usize, B: i32, H: i32, n: i32,
  act: i32, resetAfter: i32, candidateGate: i32,
): void {
  const row = <usize>H << 2;
  const units = <usize>n << 2;
  const body = act == TANH && resetAfter && !candidateGate ? units & ~15 : 0;
  for (; B > 0; B--) {
    let j: usize = 0;
    if (body) {
      do {
        blend_unit(hn + j, gates + j, q + j, h + j, row, TANH, 1, 0, 1, 4);
        j += 16;
      } while (j < body);
    }
    for (; j < units; j += 16) {
      const w = units_left(units, j);
      blend_unit(hn + j, gates + j, q + j, h + j, row, act, resetAfter, candidateGate, 0, w);
    }
    gates += 3 * row;
    hn += row; q += row; h += row;
  }
}

// @ts-ignore: decorator
@inline
function blend_unit(
  hn: usize, gates: usize, q: usize, h: usize, row: usize,
  act: i32, resetAfter: i32, candidateGate: i32, usual: i32, n: i32,
): void {
  const z = load_units(gates, n);
  let x = load_units(gates + 2 * row, n);
  if (resetAfter) x = madd(load_units(gates + row, n), load_units(q, n), x);
  const hh = activate_units(act, x, usual);
  const old = load_units(h, n);
  const keep = f32x4.sub(f32x4.splat(1), z);
  store_units(gates + 2 * row, hh, n);
  const next = candidateGate ? madd(z, hh, f32x4.mul(keep, old)) : madd(z, old, f32x4.mul(keep, hh));
  store_carried(hn, next, n);
}
