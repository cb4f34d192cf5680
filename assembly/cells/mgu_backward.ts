import { add, mul } from "../linalg/elementwise";
import { gemm } from "../linalg/gemm";
import { madd } from "../simd";
import { load_units, slope_units, store_carried, units_left } from "./units";
import { clear_rows, keep_rows, restore_rows } from "./valid";

/**
 * mgu_forward back through time, from the last step to the first; f' is written with f's value, s is 1 with
 * candidateGate and −1 without, c as there:
 *   dh += dy_t
 *   dz_h = dh ⊙ c ⊙ act'(hh),   d_q = dz_h·U_hᵀ
 *   dz_g = s (dh ⊙ (hh − h_{t-1}) + d_q ⊙ a) ⊙ ract'(g)
 *   dh = dh ⊙ (1 − c) + rmask ⊙ (d_q ⊙ c + dz_g·U_gᵀ)
 * out  dz [T, BS, 2H]: gradient of the projections; may be gates
 *      dh [BS, H]: gradient of the final state on entry, of the initial state on exit
 * in   dy [T, BS, H]: gradient of every output, or 0;  gates g, hh [T, BS, 2H];  h [T+1, BS, H]
 *      hm [T, BS, H] or 0
 *      ut: two packings with G = 1 one after the other, U_gᵀ [H, H] and U_hᵀ [H, H]
 *      rmask [BS, H] or 0;  valid [T, BS] or 0
 * scratch [B, 3H]
 * All pointers are to the first of B samples of a batch of BS. The rest is left to gemm_tn and colsum over
 * T·B rows, with A = hm, or h slots 0 to T-1 without a mask:
 *   dW += xᵀ·dz,   dx = dz·Wᵀ,   dbias += column sums of dz,   dU_g += Aᵀ·dz_g,   dU_h += qᵀ·dz_h
 */
export function mgu_backward(
  dz: usize, dh: usize, dy: usize, gates: usize, h: usize, hm: usize, ut: usize, rmask: usize, valid: usize,
  scratch: usize, T: i32, B: i32, BS: i32, H: i32, act: i32, ract: i32, candidateGate: i32,
): void {
  const n = B * H;
  const row = <usize>H << 2;
  const state = <usize>BS * row;
  const uth = ut + ((<usize>((H + 7) >> 3) * H) << 5);
  const change = scratch + ((<usize>n) << 2);
  const kept = change + ((<usize>n) << 2);
  const a = hm ? hm : h;
  for (let t = T - 1; t >= 0; t--) {
    const at = <usize>t * state;
    const flags = valid + ((<usize>t * BS) << 2);
    const dzt = dz + 2 * at;
    if (dy) add(dh, dh, dy + at, n);
    if (valid) keep_rows(kept, dh, flags, B, H);
    backward_candidate(dzt, change, dh, gates + 2 * at, h + at, B, H, act, candidateGate);
    gemm(scratch, dzt + row, uth, 0, B, H, H, 1, 2 * H, H, 0);
    backward_gate(dzt, scratch, change, gates + 2 * at, a + at, B, H, ract, candidateGate);
    gemm(scratch, dzt, ut, 0, B, H, H, 1, 2 * H, H, 1);
    if (rmask) mul(scratch, scratch, rmask, n);
    add(dh, dh, scratch, n);
    if (valid) {
      restore_rows(dh, kept, flags, B, H);
      clear_rows(dzt, flags, B, 2 * H);
    }
  }
}

/** dz_h, change = dh ⊙ (hh − h), and what of dh goes straight to the old state. */
function backward_candidate(
  dz: usize, change: usize, dh: usize, gates: usize, h: usize, B: i32, H: i32, act: i32, candidateGate: i32,
): void {
  const row = <usize>H << 2;
  for (; B > 0; B--) {
    for (let j: usize = 0; j < row; j += 16) {
      const n = units_left(row, j);
      const g = load_units(gates + j, n), hh = load_units(gates + row + j, n);
      const d = load_units(dh + j, n);
      const rest = f32x4.sub(f32x4.splat(1), g);
      const c = candidateGate ? g : rest;
      store_carried(change + j, f32x4.mul(d, f32x4.sub(hh, load_units(h + j, n))), n);
      store_carried(dz + row + j, f32x4.mul(f32x4.mul(d, c), slope_units(act, hh, 0)), n);
      store_carried(dh + j, f32x4.mul(d, candidateGate ? rest : g), n);
    }
    dz += 2 * row; gates += 2 * row;
    change += row; dh += row; h += row;
  }
}

/** dz_g from change and dq, then dq = dq ⊙ c; a is what c multiplied. */
function backward_gate(
  dz: usize, dq: usize, change: usize, gates: usize, a: usize, B: i32, H: i32, ract: i32, candidateGate: i32,
): void {
  const row = <usize>H << 2;
  for (; B > 0; B--) {
    for (let j: usize = 0; j < row; j += 16) {
      const n = units_left(row, j);
      const g = load_units(gates + j, n);
      const d = load_units(dq + j, n);
      const slope = slope_units(ract, g, 0);
      const dc = madd(d, load_units(a + j, n), load_units(change + j, n));
      const dg = candidateGate ? dc : f32x4.neg(dc);
      store_carried(dz + j, f32x4.mul(dg, slope), n);
      store_carried(dq + j, f32x4.mul(d, candidateGate ? g : f32x4.sub(f32x4.splat(1), g)), n);
    }
    dz += 2 * row; gates += 2 * row;
    dq += row; change += row; a += row;
  }
}
