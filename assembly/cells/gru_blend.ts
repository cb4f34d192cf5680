import { activate, TANH } from "../math/activation";
import { madd } from "../simd";
import { load_units, store_units } from "./units";

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
  const row = <usize>H << 2;
  const end = row & ~15;
  const rest = H & 3;
  for (; B > 0; B--) {
    let j: usize = 0;
    if (end) {
      if (act == TANH && resetAfter && !candidateGate) {
        do {
          blend_unit(hn + j, gates + j, q + j, h + j, row, TANH, 1, 0, 4);
          j += 16;
        } while (j < end);
      } else {
        do {
          blend_unit(hn + j, gates + j, q + j, h + j, row, act, resetAfter, candidateGate, 4);
          j += 16;
        } while (j < end);
      }
    }
    if (rest) blend_unit(hn + j, gates + j, q + j, h + j, row, act, resetAfter, candidateGate, rest);
    gates += 3 * row;
    hn += row; q += row; h += row;
  }
}

/** Four units, or the 1 to 3 of a tail. */
// @ts-ignore: decorator
@inline
function blend_unit(
  hn: usize, gates: usize, q: usize, h: usize, row: usize,
  act: i32, resetAfter: i32, candidateGate: i32, n: i32,
): void {
  const z = load_units(gates, n);
  let x = load_units(gates + 2 * row, n);
  if (resetAfter) x = madd(load_units(gates + row, n), load_units(q, n), x);
  const hh = activate(act, x);
  const old = load_units(h, n);
  const keep = f32x4.sub(f32x4.splat(1), z);
  store_units(gates + 2 * row, hh, n);
  store_units(hn, candidateGate ? madd(z, hh, f32x4.mul(keep, old)) : madd(z, old, f32x4.mul(keep, hh)), n);
}
