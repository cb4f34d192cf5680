import { add, mul } from "../linalg/elementwise";
import { gemm } from "../linalg/gemm";
import { gru_backward_gates } from "./gru_backward";
import { norm_rows_backward } from "./norm_rows";
import { clear_rows, keep_rows, restore_rows } from "./valid";

/**
 * gru_norm_forward back through time, from the last step to the first: dz, dq and dh as in gru_backward with
 * resetAfter, then
 *   eg, eq = dz_z,r and dq back through the normalisations,   dh += rmask ⊙ ([eg, eq]·Uᵀ)
 * out  dz [T, BS, 3H], may be gates;  dq [T, BS, H], may be q;  dh [BS, H]
 *      eg [T, BS, 2H], eq [T, BS, H]
 * in   dy [T, BS, H] or 0;  gates, q, h, ghat, qhat, inv as forward leaves them;  ut as in gru_backward
 *      rgain [3H];  rmask [BS, H] or 0;  valid [T, BS] or 0
 * scratch [B, 2H]
 * All pointers are to the first of B samples of a batch of BS. Left to products and sums over T·B rows:
 * dU_z,r += Aᵀ·eg, dU_h += Aᵀ·eq with A = hm, or h slots 0 to T-1 without a mask;
 * drgain_z,r += Σ dz_z,r ⊙ ghat, drgain_h += Σ dq ⊙ qhat; the biases as in gru_backward.
 */
export function gru_norm_backward(
  dz: usize, dq: usize, dh: usize, eg: usize, eq: usize,
  dy: usize, gates: usize, q: usize, h: usize, ghat: usize, qhat: usize, inv: usize,
  ut: usize, rgain: usize, rmask: usize, valid: usize, scratch: usize,
  T: i32, B: i32, BS: i32, H: i32, act: i32, ract: i32, candidateGate: i32,
): void {
  const n = B * H;
  const row = <usize>H << 2;
  const state = <usize>BS * row;
  const uth = ut + ((<usize>((H + 7) >> 3) * 2 * H) << 5);
  const kept = scratch + (<usize>n << 2);
  for (let t = T - 1; t >= 0; t--) {
    const at = <usize>t * state;
    const dzt = dz + 3 * at, dqt = dq + at, egt = eg + 2 * at, eqt = eq + at;
    const stats = inv + ((<usize>t * BS) << 3);
    const counts = valid + ((<usize>t * BS) << 2);
    if (dy) add(dh, dh, dy + at, n);
    if (valid) keep_rows(kept, dh, counts, B, H);
    gru_backward_gates(dzt, dqt, dh, gates + 3 * at, q + at, h + at, B, H, H, act, ract, 1, candidateGate);
    norm_rows_backward(egt, dzt, rgain, ghat + 2 * at, stats, B, 2 * H, 2 * H, 3 * H, 2, 0);
    norm_rows_backward(eqt, dqt, rgain + 2 * row, qhat + at, stats + 4, B, H, H, H, 2, 0);
    gemm(scratch, egt, ut, 0, B, H, 2 * H, 1, 2 * H, H, 0);
    gemm(scratch, eqt, uth, 0, B, H, H, 1, H, H, 1);
    if (rmask) mul(scratch, scratch, rmask, n);
    add(dh, dh, scratch, n);
    if (valid) {
      restore_rows(dh, kept, counts, B, H);
      clear_rows(dzt, counts, B, 3 * H);
      clear_rows(dqt, counts, B, H);
      clear_rows(egt, counts, B, 2 * H);
      clear_rows(eqt, counts, B, H);
    }
  }
}
