import { SIGMOID, TANH } from "../math/activation";
import { add, mul } from "../linalg/elementwise";
import { gemm } from "../linalg/gemm";
import { madd } from "../simd";
import { clear_rows, keep_rows, restore_rows } from "./valid";
import { activate_units, load_units, slope_units, store_carried, units_left } from "./units";

/**
 * LSTM back through time, from the last step to the first; y = act(c_t), and f' is written with f's value:
 *   dh += dy_t,   dc += dh ⊙ o ⊙ act'(y)
 *   dz_i = dc ⊙ g ⊙ ract'(i),   dz_f = dc ⊙ c_{t-1} ⊙ ract'(f)
 *   dz_c = dc ⊙ i ⊙ act'(g),    dz_o = dh ⊙ y ⊙ ract'(o)
 *   dc = dc ⊙ f,   dh = rmask ⊙ (dz·Uᵀ)
 * out  dz [T, BS, 4H]: gradient of the pre-activations; may be gates
 *      dh, dc [BS, H]: gradient of the final state on entry, of the initial state on exit
 * in   dy [T, BS, H]: gradient of every output, or 0;  gates i, f, g, o [T, BS, 4H];  c [T+1, BS, H]
 *      ut: Uᵀ [4H, H] packed with G = 1;  rmask [BS, H] or 0;  valid [T, BS] or 0: see valid.ts
 * scratch [2, B, H], with valid only
 * All pointers are to the first of B samples of a batch of BS. The rest is left to gemm_tn and colsum over
 * T·B rows: dU += Aᵀ·dz with A = hm, or h slots 0 to T-1 without a mask; dW += xᵀ·dz; dbias += column sums
 * of dz; dx = dz·Wᵀ.
 */
export function lstm_backward(
  dz: usize, dh: usize, dc: usize, dy: usize, gates: usize, c: usize, ut: usize, rmask: usize,
  valid: usize, scratch: usize,
  T: i32, B: i32, BS: i32, H: i32, act: i32, ract: i32,
): void {
  const n = B * H;
  const state = (<usize>BS * H) << 2;
  for (let t = <usize>T; t > 0; t--) {
    const before = (t - 1) * state;
    const counts = valid + (((t - 1) * BS) << 2);
    const dzt = dz + 4 * before;
    if (dy) add(dh, dh, dy + before, n);
    if (valid) {
      keep_rows(scratch, dh, counts, B, H);
      keep_rows(scratch + (<usize>n << 2), dc, counts, B, H);
    }
    lstm_backward_gates(dzt, dh, dc, gates + 4 * before, c + before, c + t * state, B, H, H, act, ract);
    if (valid) clear_rows(dzt, counts, B, 4 * H);
    gemm(dh, dzt, ut, 0, B, H, 4 * H, 1, 4 * H, H, 0);
    if (rmask) mul(dh, dh, rmask, n);
    if (valid) {
      restore_rows(dh, scratch, counts, B, H);
      restore_rows(dc, scratch + (<usize>n << 2), counts, B, H);
    }
  }
}

/**
 * dz and dc of one step; c is the old cell state, cn the new.
 * n of H units, whose first the pointers are to.
 */
export function lstm_backward_gates(
  dz: usize, dh: usize, dc: usize, gates: usize, c: usize, cn: usize,
  B: i32, H: i32, n: i32, act: i32, ract: i32,
): void {
  const row = <usize>H << 2;
  const units = <usize>n << 2;
  const body = act == TANH && ract == SIGMOID ? units & ~15 : 0;
  for (; B > 0; B--) {
    let j: usize = 0;
    if (body) {
      do {
        backward_unit(dz + j, dh + j, dc + j, gates + j, c + j, cn + j, row, TANH, SIGMOID, 1, 4);
        j += 16;
      } while (j < body);
    }
    for (; j < units; j += 16) {
      const w = units_left(units, j);
      backward_unit(dz + j, dh + j, dc + j, gates + j, c + j, cn + j, row, act, ract, 0, w);
    }
    dz += 4 * row; gates += 4 * row;
    dh += row; dc += row; c += row; cn += row;
  }
}

// @ts-ignore: decorator
@inline
function backward_unit(
  dz: usize, dh: usize, dc: usize, gates: usize, c: usize, cn: usize, row: usize,
  act: i32, ract: i32, usual: i32, n: i32,
): void {
  const i = load_units(gates, n), f = load_units(gates + row, n);
  const g = load_units(gates + 2 * row, n), o = load_units(gates + 3 * row, n);
  const y = activate_units(act, load_units(cn, n), usual);
  const dhj = load_units(dh, n);
  const dcj = madd(f32x4.mul(dhj, o), slope_units(act, y, usual), load_units(dc, n));
  const dzi = f32x4.mul(f32x4.mul(dcj, g), slope_units(ract, i, usual));
  const dzf = f32x4.mul(f32x4.mul(dcj, load_units(c, n)), slope_units(ract, f, usual));
  const dzg = f32x4.mul(f32x4.mul(dcj, i), slope_units(act, g, usual));
  const dzo = f32x4.mul(f32x4.mul(dhj, y), slope_units(ract, o, usual));
  store_carried(dz, dzi, n);
  store_carried(dz + row, dzf, n);
  store_carried(dz + 2 * row, dzg, n);
  store_carried(dz + 3 * row, dzo, n);
  store_carried(dc, f32x4.mul(dcj, f), n);
}
