import { mul } from "../linalg/elementwise";
import { gemm } from "../linalg/gemm";
import { activate_rows } from "./activate_rows";
import { gru_blend } from "./gru_blend";
import { norm_rows } from "./norm_rows";
import { hold_rows } from "./valid";

/**
 * GRU with layer normalisation over a whole sequence, z and r being normalised together and h by itself;
 * bias + kgain ⊙ norm(x_t·W) is in gates on entry:
 *   z, r = ract(proj_z,r + rgain_z,r ⊙ norm(h_{t-1}·U_z,r))
 *   q = rbias_h + rgain_h ⊙ norm(h_{t-1}·U_h),   hh = act(proj_h + r ⊙ q)
 *   h_t = z ⊙ h_{t-1} + (1 − z) ⊙ hh, or with candidateGate z ⊙ hh + (1 − z) ⊙ h_{t-1}
 * out  h [T+1, BS, H], gates [T, BS, 3H], q [T, BS, H], hm [T, BS, H] or 0 as in gru_forward
 *      ghat [T, BS, 2H], qhat [T, BS, H]: what is normalised; inv [T, BS, 2]: 1 / √(σ² + epsilon) of both
 * in   u: recurrent kernel [H, 3H] packed with G = 3;  rgain [3H];  rbias [3H] or 0: the last H are read
 *      rmask [BS, H] or 0;  valid [T, BS] or 0: see valid.ts
 * All pointers are to the first of B samples of a batch of BS.
 * Source: Ba, Kiros, Hinton 2016.
 */
export function gru_norm_forward(
  h: usize, gates: usize, q: usize, ghat: usize, qhat: usize, inv: usize,
  u: usize, rgain: usize, rbias: usize, rmask: usize, valid: usize, hm: usize,
  T: i32, B: i32, BS: i32, H: i32, act: i32, ract: i32, candidateGate: i32, epsilon: f32,
): void {
  const state = (<usize>BS * H) << 2;
  for (; T > 0; T--) {
    let a = h;
    if (rmask) {
      mul(hm, h, rmask, B * H);
      a = hm;
      hm += state;
    }
    const hn = h + state;
    norm_cell(hn, gates, q, ghat, qhat, inv, h, a, u, rgain, rbias, B, H, act, ract, candidateGate, epsilon);
    if (valid) {
      hold_rows(hn, h, valid, B, H);
      valid += <usize>BS << 2;
    }
    h = hn;
    gates += 3 * state;
    q += state;
    ghat += 2 * state;
    qhat += state;
    inv += <usize>BS << 3;
  }
}

/**
 * One step with the bits of gru_norm_forward.
 * out  h [B, H]: the old state on entry, the new on exit
 * in   x [B, I];  w: kernel [I, 3H] packed with G = 3;  u, rgain, rbias as there
 *      bias [3H]: the sum of both biases for z and r, the input bias for h;  kgain [3H]
 * scratch [B, 7H + 2]
 */
export function gru_norm_step(
  h: usize, x: usize, w: usize, u: usize, bias: usize, kgain: usize, rgain: usize, rbias: usize,
  scratch: usize,
  B: i32, I: i32, H: i32, act: i32, ract: i32, candidateGate: i32, epsilon: f32,
): void {
  const row = <usize>H << 2;
  const state = <usize>B * row;
  const q = scratch + 3 * state;
  const ghat = q + state;
  const qhat = ghat + 2 * state;
  const inv = qhat + state;
  const wh = w + ((<usize>((H + 7) >> 3) * 2 * I) << 5);
  gemm(ghat, x, w, 0, B, 2 * H, I, 2, I, 2 * H, 0);
  norm_rows(scratch, ghat, inv, kgain, bias, B, 2 * H, 3 * H, 2, 0, epsilon);
  gemm(qhat, x, wh, 0, B, H, I, 1, I, H, 0);
  norm_rows(scratch + 2 * row, qhat, inv, kgain + 2 * row, bias + 2 * row, B, H, 3 * H, 2, 0, epsilon);
  norm_cell(h, scratch, q, ghat, qhat, inv, h, h, u, rgain, rbias, B, H, act, ract, candidateGate, epsilon);
}

/** One step from the projections; a is h or its masked copy, hn may be h. */
function norm_cell(
  hn: usize, gates: usize, q: usize, ghat: usize, qhat: usize, inv: usize, h: usize, a: usize,
  u: usize, rgain: usize, rbias: usize,
  B: i32, H: i32, act: i32, ract: i32, candidateGate: i32, epsilon: f32,
): void {
  const row = <usize>H << 2;
  const uh = u + ((<usize>((H + 7) >> 3) * 2 * H) << 5);
  gemm(ghat, a, u, 0, B, 2 * H, H, 2, H, 2 * H, 0);
  norm_rows(gates, ghat, inv, rgain, 0, B, 2 * H, 3 * H, 2, 1, epsilon);
  activate_rows(ract, gates, B, 3 * row, 2 * H);
  gemm(qhat, a, uh, 0, B, H, H, 1, H, H, 0);
  norm_rows(q, qhat, inv + 4, rgain + 2 * row, rbias ? rbias + 2 * row : 0, B, H, H, 2, 0, epsilon);
  gru_blend(hn, gates, q, h, B, H, act, 1, candidateGate);
}
