import { SIGMOID, TANH } from "../math/activation";
import { add, mul } from "../linalg/elementwise";
import { gemm } from "../linalg/gemm";
import { clear_rows, keep_rows, restore_rows } from "./valid";
import { load_units, slope_units, store_carried, units_left } from "./units";

/**
 * GRU back through time, from the last step to the first; f' is written with f's value:
 *   dh += dy_t
 *   candidateGate 0:  d_z = dh ⊙ (h_{t-1} − hh),  d_hh = dh ⊙ (1 − z),  dh = dh ⊙ z
 *   candidateGate 1:  d_z = dh ⊙ (hh − h_{t-1}),  d_hh = dh ⊙ z,        dh = dh ⊙ (1 − z)
 *   dz_z = d_z ⊙ ract'(z),   dz_h = d_hh ⊙ act'(hh),   dz_r = d_r ⊙ ract'(r)
 *   resetAfter 1:  d_r = dz_h ⊙ q,   dq = dz_h ⊙ r,   s = [dz_z, dz_r, dq]·Uᵀ
 *   resetAfter 0:  d_q = dz_h·U_hᵀ,  d_r = d_q ⊙ (rmask ⊙ h_{t-1}),   s = d_q ⊙ r + [dz_z, dz_r]·U_z,rᵀ
 *   dh += rmask ⊙ s
 * out  dz [T, BS, 3H]: gradient of the projections; may be gates
 *      dq [T, BS, H]: gradient of q with resetAfter, may be q; not touched without
 *      dh [BS, H]: gradient of the final state on entry, of the initial state on exit
 * in   dy [T, BS, H]: gradient of every output, or 0;  gates z, r, hh [T, BS, 3H];  q [T, BS, H]
 *      h [T+1, BS, H];  hm [T, BS, H] or 0
 *      ut: two packings with G = 1 one after the other, U_z,rᵀ [2H, H] and U_hᵀ [H, H];  rmask [BS, H] or 0
 *      valid [T, BS] or 0: see valid.ts
 * scratch [B, H], and with valid another [B, H]
 * All pointers are to the first of B samples of a batch of BS. The rest is left to gemm_tn and colsum over
 * T·B rows, with A = hm, or h slots 0 to T-1 without a mask:
 *   dW += xᵀ·dz,   dx = dz·Wᵀ,   dbias += column sums of dz,   dU_z,r += Aᵀ·dz_z,r
 *   resetAfter 1:  dU_h += Aᵀ·dq,   drbias_z,r as dbias_z,r,   drbias_h += column sums of dq
 *   resetAfter 0:  dU_h += qᵀ·dz_h
 */
export function gru_backward(
  dz: usize, dq: usize, dh: usize, dy: usize, gates: usize, q: usize, h: usize, hm: usize,
  ut: usize, rmask: usize, valid: usize, scratch: usize,
  T: i32, B: i32, BS: i32, H: i32, act: i32, ract: i32, resetAfter: i32, candidateGate: i32,
): void {
  const n = B * H;
  const row = <usize>H << 2;
  const state = <usize>BS * row;
  const uth = ut + ((<usize>((H + 7) >> 3) * 2 * H) << 5);
  const a = hm ? hm : h;
  const kept = scratch + (<usize>n << 2);
  for (let t = T - 1; t >= 0; t--) {
    const at = <usize>t * state;
    const dzt = dz + 3 * at, gt = gates + 3 * at;
    const counts = valid + ((<usize>t * BS) << 2);
    if (dy) add(dh, dh, dy + at, n);
    if (valid) keep_rows(kept, dh, counts, B, H);
    gru_backward_gates(dzt, dq + at, dh, gt, q + at, h + at, B, H, H, act, ract, resetAfter, candidateGate);
    if (resetAfter) {
      gemm(scratch, dzt, ut, 0, B, H, 2 * H, 1, 3 * H, H, 0);
      gemm(scratch, dq + at, uth, 0, B, H, H, 1, H, H, 1);
    } else {
      gemm(scratch, dzt + 2 * row, uth, 0, B, H, H, 1, 3 * H, H, 0);
      gru_backward_reset(dzt, scratch, gt, a + at, B, H, H, ract);
      gemm(scratch, dzt, ut, 0, B, H, 2 * H, 1, 3 * H, H, 1);
    }
    if (rmask) mul(scratch, scratch, rmask, n);
    add(dh, dh, scratch, n);
    if (valid) {
      restore_rows(dh, kept, counts, B, H);
      clear_rows(dzt, counts, B, 3 * H);
      if (resetAfter) clear_rows(dq + at, counts, B, H);
    }
  }
}

/**
 * dz_z, dz_h and what of dh goes straight to the old state; with resetAfter dz_r and dq as well.
 * n of H units, whose first the pointers are to.
 */
export function gru_backward_gates(
  dz: usize, dq: usize, dh: usize, gates: usize, q: usize, h: usize, B: i32, H: i32, n: i32,
  act: i32, ract: i32, resetAfter: i32, candidateGate: i32,
): void {
  const row = <usize>H << 2;
  const usual = act == TANH && ract == SIGMOID && resetAfter && !candidateGate;
  const units = <usize>n << 2;
  const body = usual ? units & ~15 : 0;
  for (; B > 0; B--) {
    let j: usize = 0;
    for (; j < body; j += 16) {
      gates_unit(dz + j, dq + j, dh + j, gates + j, q + j, h + j, row, TANH, SIGMOID, 1, 0, 1, 4);
    }
    for (; j < units; j += 16) {
      const w = units_left(units, j);
      gates_unit(
        dz + j, dq + j, dh + j, gates + j, q + j, h + j, row, act, ract, resetAfter, candidateGate, 0, w);
    }
    dz += 3 * row; gates += 3 * row;
    dq += row; dh += row; q += row; h += row;
  }
}

// @ts-ignore: decorator
@inline
function gates_unit(
  dz: usize, dq: usize, dh: usize, gates: usize, q: usize, h: usize, row: usize,
  act: i32, ract: i32, resetAfter: i32, candidateGate: i32, usual: i32, n: i32,
): void {
  const z = load_units(gates, n), hh = load_units(gates + 2 * row, n);
  const d = load_units(dh, n), old = load_units(h, n);
  const keep = f32x4.sub(f32x4.splat(1), z);
  const change = candidateGate ? f32x4.sub(hh, old) : f32x4.sub(old, hh);
  const dzh = f32x4.mul(f32x4.mul(d, candidateGate ? z : keep), slope_units(act, hh, usual));
  const dzz = f32x4.mul(f32x4.mul(d, change), slope_units(ract, z, usual));
  if (resetAfter) {
    const r = load_units(gates + row, n);
    const dzr = f32x4.mul(f32x4.mul(dzh, load_units(q, n)), slope_units(ract, r, usual));
    store_carried(dz + row, dzr, n);
    store_carried(dq, f32x4.mul(dzh, r), n);
  }
  store_carried(dz, dzz, n);
  store_carried(dz + 2 * row, dzh, n);
  store_carried(dh, f32x4.mul(d, candidateGate ? keep : z), n);
}

/**
 * Without resetAfter: dz_r = dq ⊙ a ⊙ ract'(r), then dq = dq ⊙ r; a is what r multiplied.
 * n of H units, whose first the pointers are to.
 */
export function gru_backward_reset(
  dz: usize, dq: usize, gates: usize, a: usize, B: i32, H: i32, n: i32, ract: i32,
): void {
  const row = <usize>H << 2;
  const units = <usize>n << 2;
  for (; B > 0; B--) {
    for (let j: usize = 0; j < units; j += 16) {
      const w = units_left(units, j);
      const r = load_units(gates + row + j, w);
      const d = load_units(dq + j, w);
      const slope = slope_units(ract, r, 1);
      store_carried(dz + row + j, f32x4.mul(f32x4.mul(d, load_units(a + j, w)), slope), w);
      store_carried(dq + j, f32x4.mul(d, r), w);
    }
    dz += 3 * row; gates += 3 * row;
    dq += row; a += row;
  }
}
