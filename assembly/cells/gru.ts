import { mul } from "../linalg/elementwise";
import { gemm } from "../linalg/gemm";
import { activate_rows } from "./activate_rows";
import { gru_blend } from "./gru_blend";
import { hold_rows } from "./valid";

/**
 * GRU over a whole sequence; bias + x_t·W is in gates on entry:
 *   z, r = ract(proj_z,r + h_{t-1}·U_z,r)
 *   resetAfter 1:  q = rbias_h + h_{t-1}·U_h,   hh = act(proj_h + r ⊙ q)
 *   resetAfter 0:  q = r ⊙ h_{t-1},             hh = act(proj_h + q·U_h)
 *   candidateGate 0:  h_t = z ⊙ h_{t-1} + (1 − z) ⊙ hh
 *   candidateGate 1:  h_t = z ⊙ hh + (1 − z) ⊙ h_{t-1}
 * out  h [T+1, BS, H]: slot 0 is the initial state (read), slot t+1 the state after step t
 *      gates [T, BS, 3H]: projections in the order z, r, h on entry; z, r, hh on exit
 *      q [T, BS, H]
 *      hm [T, BS, H]: rmask ⊙ h_{t-1}, which then replaces h_{t-1} in the products; 0 if rmask is 0
 * in   u: recurrent kernel [H, 3H] packed with G = 3
 *      rbias [3H] or 0: only its last H are read, and only with resetAfter; those of z and r are in the
 *      projections already;  rmask [BS, H] or 0;  valid [T, BS] or 0: see valid.ts
 * act, ract: activation codes. All pointers are to the first of B samples of a batch of BS.
 * Source: Cho et al. 2014, v1 (resetAfter 0) and v3 (1); Chung et al. 2014 (candidateGate 1).
 * Error: FORWARD_BOUND in test/cells/gru.test.ts.
 */
export function gru_forward(
  h: usize, gates: usize, q: usize, u: usize, rbias: usize, rmask: usize, valid: usize,
  hm: usize,
  T: i32, B: i32, BS: i32, H: i32, act: i32, ract: i32, resetAfter: i32, candidateGate: i32,
): void {
  const state = (<usize>BS * H) << 2;
  for (let t = 0; t < T; t++) {
    let a = h;
    if (rmask) {
      mul(hm, h, rmask, B * H);
      a = hm;
      hm += state;
    }
    gru_cell(h + state, gates, q, h, a, u, rbias, B, H, act, ract, resetAfter, candidateGate);
    if (valid) {
      hold_rows(h + state, h, valid, B, H);
      valid += <usize>BS << 2;
    }
    h += state;
    q += state;
    gates += 3 * state;
  }
}

/**
 * One step of a GRU: gates = bias + x·W and then as gru_forward, whose bits it gives.
 * out  h [B, H]: the old state on entry, the new on exit
 * in   x [B, I];  w: kernel [I, 3H] packed with G = 3;  u: recurrent kernel [H, 3H] packed with G = 3
 *      bias [3H]: with resetAfter the sum of both biases for z and r, the input bias for h;  rbias [3H] or 0
 * scratch [B, 4H]
 */
export function gru_step(
  h: usize, x: usize, w: usize, u: usize, bias: usize, rbias: usize, scratch: usize,
  B: i32, I: i32, H: i32, act: i32, ract: i32, resetAfter: i32, candidateGate: i32,
): void {
  const q = scratch + ((<usize>B * 3 * H) << 2);
  gemm(scratch, x, w, bias, B, 3 * H, I, 3, I, 3 * H, 0);
  gru_cell(h, scratch, q, h, h, u, rbias, B, H, act, ract, resetAfter, candidateGate);
}

/** One step from the projections; a is h or its masked copy, hn may be h. */
function gru_cell(
  hn: usize, gates: usize, q: usize, h: usize, a: usize, u: usize, rbias: usize,
  B: i32, H: i32, act: i32, ract: i32, resetAfter: i32, candidateGate: i32,
): void {
  const row = <usize>H << 2;
  const uh = u + ((<usize>((H + 7) >> 3) * 2 * H) << 5);
  gemm(gates, a, u, 0, B, 2 * H, H, 2, H, 3 * H, 1);
  activate_rows(ract, gates, B, 3 * row, 2 * H);
  if (resetAfter) {
    gemm(q, a, uh, rbias ? rbias + 2 * row : 0, B, H, H, 1, H, H, 0);
  } else {
    for (let b: usize = 0; b < <usize>B; b++) mul(q + b * row, gates + 3 * b * row + row, a + b * row, H);
    gemm(gates + 2 * row, q, uh, 0, B, H, H, 1, H, 3 * H, 1);
  }
  gru_blend(hn, gates, q, h, B, H, act, resetAfter, candidateGate);
}
