import { TANH } from "../math/activation";
import { madd, settle } from "../simd";
import { activate_rows } from "./activate_rows";
import { activate_units, load_units, store_carried, store_units, units_left } from "./units";

/**
 * The pointwise half of an LSTM step:
 *   i, f, o = ract(z_i, z_f, z_o),   g = act(z_c),   c' = f ⊙ c + i ⊙ g,   h' = o ⊙ act(c')
 * out  h, cn [B, H];  gates [B, 4H]: i, f, g, o in place of z
 * in   c [B, H], may be cn
 * Measured: 3.7 ns a unit; 6.7 in one pass over the units, whose chain of two activations is too long for
 * the processor to overlap units.
 */
export function lstm_gates(
  h: usize, cn: usize, gates: usize, c: usize, B: i32, H: i32, act: i32, ract: i32,
): void {
  const row = <usize>H << 2;
  activate_rows(ract, gates, B, 4 * row, 2 * H);
  activate_rows(act, gates + 2 * row, B, 4 * row, H);
  activate_rows(ract, gates + 3 * row, B, 4 * row, H);
  lstm_state(h, cn, gates, c, B, H, H, act);
}

/** lstm_gates for n of H units, whose first the pointers are to. */
export function lstm_gates_part(
  h: usize, cn: usize, gates: usize, c: usize, B: i32, H: i32, n: i32, act: i32, ract: i32,
): void {
  const row = <usize>H << 2;
  activate_rows(ract, gates, B, 4 * row, n);
  activate_rows(ract, gates + row, B, 4 * row, n);
  activate_rows(act, gates + 2 * row, B, 4 * row, n);
  activate_rows(ract, gates + 3 * row, B, 4 * row, n);
  lstm_state(h, cn, gates, c, B, H, n, act);
}

/** The new state of n of H units from their activated gates. */
function lstm_state(
  h: usize, cn: usize, gates: usize, c: usize, B: i32, H: i32, n: i32, act: i32,
): void {
  const row = <usize>H << 2;
  const units = <usize>n << 2;
  const body = act == TANH ? units & ~15 : 0;
  for (; B > 0; B--) {
    let j: usize = 0;
    if (body) {
      do {
        state_unit(h + j, cn + j, gates + j, c + j, row, TANH, 1, 4);
        j += 16;
      } while (j < body);
    }
    for (; j < units; j += 16) {
      state_unit(h + j, cn + j, gates + j, c + j, row, act, 0, units_left(units, j));
    }
    gates += 4 * row;
    h += row; c += row; cn += row;
  }
}

/** The new state of n units from their activated gates. */
// @ts-ignore: decorator
@inline
function state_unit(
  h: usize, cn: usize, gates: usize, c: usize, row: usize, act: i32, usual: i32, n: i32,
): void {
  const i = load_units(gates, n), f = load_units(gates + row, n), g = load_units(gates + 2 * row, n);
  const o = load_units(gates + 3 * row, n);
  const cell = settle(madd(i, g, f32x4.mul(f, load_units(c, n))));
  store_units(cn, cell, n);
  store_carried(h, f32x4.mul(o, activate_units(act, cell, usual)), n);
}
