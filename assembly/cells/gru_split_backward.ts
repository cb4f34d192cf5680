import { add, mul } from "../linalg/elementwise";
import { gemm } from "../linalg/gemm";
import { SIGMOID, TANH } from "../math/activation";
import { madd } from "../simd";
import { load_units, slope_units, store_carried, units_left } from "./units";
import { clear_rows, keep_rows, restore_rows } from "./valid";

/**
 * gru_split_forward back through time, from the last step to the first; f' is written with f's value, s is 1
 * with candidateGate and −1 without, c as there:
 *   dh += dy_t
 *   db = dh ⊙ c ⊙ act'(hh),   dz_r = db ⊙ p ⊙ ract'(r),   dz_h = db ⊙ r,   dq = db ⊙ c
 *   dz_z = s (dh ⊙ (hh − h_{t-1}) + db ⊙ q) ⊙ ract'(z)
 *   dh = dh ⊙ (1 − c) + rmask ⊙ ([dz_z, dz_r, dq]·Uᵀ)
 * out  dz [T, BS, 3H]: gradient of the projections; may be gates
 *      db [T, BS, H]: gradient of the candidate's argument, may be p;  dq [T, BS, H]: of q, may be q
 *      dh [BS, H]: gradient of the final state on entry, of the initial state on exit
 * in   dy [T, BS, H]: gradient of every output, or 0;  gates z, r, hh [T, BS, 3H];  p, q [T, BS, H]
 *      h [T+1, BS, H]
 *      ut: two packings with G = 1 one after the other, U_z,rᵀ [2H, H] and U_hᵀ [H, H]
 *      rmask [BS, H] or 0;  valid [T, BS] or 0
 * scratch [B, 2H]
 * All pointers are to the first of B samples of a batch of BS. The rest is left to gemm_tn and colsum over
 * T·B rows, with A = hm, or h slots 0 to T-1 without a mask:
 *   dW += xᵀ·dz,   dx = dz·Wᵀ,   dbias += column sums of dz for z and r, of db for the candidate
 *   dU_z,r += Aᵀ·dz_z,r,   dU_h += Aᵀ·dq
 */
export function gru_split_backward(
  dz: usize, db: usize, dq: usize, dh: usize, dy: usize, gates: usize, p: usize, q: usize, h: usize,
  ut: usize, rmask: usize, valid: usize, scratch: usize,
  T: i32, B: i32, BS: i32, H: i32, act: i32, ract: i32, candidateGate: i32,
): void {
  const n = B * H;
  const row = <usize>H << 2;
  const state = <usize>BS * row;
  const uth = ut + ((<usize>((H + 7) >> 3) * 2 * H) << 5);
  const kept = scratch + ((<usize>n) << 2);
  for (let t = T - 1; t >= 0; t--) {
    const at = <usize>t * state;
    const flags = valid + ((<usize>t * BS) << 2);
    const dzt = dz + 3 * at, dbt = db + at, dqt = dq + at;
    if (dy) add(dh, dh, dy + at, n);
    if (valid) keep_rows(kept, dh, flags, B, H);
    backward_units(dzt, dbt, dqt, dh, gates + 3 * at, p + at, q + at, h + at, B, H, act, ract, candidateGate);
    gemm(scratch, dzt, ut, 0, B, H, 2 * H, 1, 3 * H, H, 0);
    gemm(scratch, dqt, uth, 0, B, H, H, 1, H, H, 1);
    if (rmask) mul(scratch, scratch, rmask, n);
    add(dh, dh, scratch, n);
    if (valid) {
      restore_rows(dh, kept, flags, B, H);
      clear_rows(dzt, flags, B, 3 * H);
      clear_rows(dbt, flags, B, H);
      clear_rows(dqt, flags, B, H);
    }
  }
}

function backward_units(
  dz: usize, db: usize, dq: usize, dh: usize, gates: usize, p: usize, q: usize, h: usize,
  B: i32, H: i32, act: i32, ract: i32, candidateGate: i32,
): void {
  const row = <usize>H << 2;
  const body = act == TANH && ract == SIGMOID ? row & ~15 : 0;
  for (; B > 0; B--) {
    let j: usize = 0;
    for (; j < body; j += 16) {
      backward_unit(
        dz + j, db + j, dq + j, dh + j, gates + j, p + j, q + j, h + j, row,
        TANH, SIGMOID, candidateGate, 1, 4);
    }
    for (; j < row; j += 16) {
      const n = units_left(row, j);
      backward_unit(
        dz + j, db + j, dq + j, dh + j, gates + j, p + j, q + j, h + j, row, act, ract, candidateGate, 0, n);
    }
    dz += 3 * row; gates += 3 * row;
    db += row; dq += row; dh += row; p += row; q += row; h += row;
  }
}

// @ts-ignore: decorator
@inline
function backward_unit(
  dz: usize, db: usize, dq: usize, dh: usize, gates: usize, p: usize, q: usize, h: usize, row: usize,
  act: i32, ract: i32, candidateGate: i32, usual: i32, n: i32,
): void {
  const z = load_units(gates, n), r = load_units(gates + row, n), hh = load_units(gates + 2 * row, n);
  const d = load_units(dh, n);
  const rest = f32x4.sub(f32x4.splat(1), z);
  const c = candidateGate ? z : rest;
  const inner = f32x4.mul(f32x4.mul(d, c), slope_units(act, hh, usual));
  const change = f32x4.mul(d, f32x4.sub(hh, load_units(h, n)));
  const dc = madd(inner, load_units(q, n), change);
  const dzz = f32x4.mul(candidateGate ? dc : f32x4.neg(dc), slope_units(ract, z, usual));
  const dzr = f32x4.mul(f32x4.mul(inner, load_units(p, n)), slope_units(ract, r, usual));
  store_carried(dz, dzz, n);
  store_carried(dz + row, dzr, n);
  store_carried(dz + 2 * row, f32x4.mul(inner, r), n);
  store_carried(db, inner, n);
  store_carried(dq, f32x4.mul(inner, c), n);
  store_carried(dh, f32x4.mul(d, candidateGate ? rest : z), n);
}
