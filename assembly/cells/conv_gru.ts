import { add, mul } from "../linalg/elementwise";
import { activate_rows } from "./activate_rows";
import { conv_samples, convolve_back, convolve_state } from "./conv_state";
import { gru_backward_gates, gru_backward_reset } from "./gru_backward";
import { gru_blend } from "./gru_blend";
import { clear_rows, hold_rows, keep_rows, restore_rows } from "./valid";

/**
 * GRU with convolutions, which resets in front of the product; bias + W ∗ x_t is in gates on entry:
 *   z, r = ract(proj_z,r + U_z,r ∗ h_{t-1}),   q = r ⊙ h_{t-1},   hh = act(proj_h + U_h ∗ q)
 *   candidateGate 0:  h_t = z ⊙ h_{t-1} + (1 − z) ⊙ hh
 *   candidateGate 1:  h_t = z ⊙ hh + (1 − z) ⊙ h_{t-1}
 * out  h [T+1, BS, W, H]: slot 0 is the initial state (read), slot t+1 the state after step t
 *      gates [T, BS, W, 3H]: projections in the order z, r, h on entry; z, r, hh on exit
 *      q [T, BS, W, H]
 *      hm [T, BS, W, H]: rmask ⊙ h_{t-1}, which then replaces h_{t-1} in the products; 0 if rmask is 0
 * in   u: taps of U_z,r packed with G = 2;  uh: of U_h with G = 1;  rmask [BS, W, H] or 0
 *      valid [T, BS] or 0: see valid.ts
 * act, ract: activation codes. All pointers are to the first of B samples of a batch of BS.
 * Source: Ballas et al. 2016; docs/equations/conv-recurrent.md.
 * Error: MAX_DIFFERENCE in test/layers/recurrent/conv.test.ts.
 */
export function conv_gru_forward(
  h: usize, gates: usize, q: usize, u: usize, uh: usize, rmask: usize, valid: usize, hm: usize,
  T: i32, B: i32, BS: i32, W: i32, H: i32, K: i32, act: i32, ract: i32, candidateGate: i32,
): void {
  const S = W * H;
  const state = (<usize>BS * S) << 2;
  for (let t = 0; t < T; t++) {
    let a = h;
    if (rmask) {
      mul(hm, h, rmask, B * S);
      a = hm;
      hm += state;
    }
    conv_gru_cell(h + state, gates, q, h, a, u, uh, B, W, H, K, act, ract, candidateGate);
    if (valid) {
      hold_rows(h + state, h, valid, B, S);
      valid += <usize>BS << 2;
    }
    h += state;
    q += state;
    gates += 3 * state;
  }
}

/**
 * Its way back, from the last step to the first, as gru_backward with resetAfter 0.
 * out  dz [T, BS, W, 3H]: gradient of the projections; may be gates
 *      dh [BS, W, H]: gradient of the final state on entry, of the initial state on exit
 * in   dy [T, BS, W, H]: gradient of every output, or 0;  gates z, r, hh [T, BS, W, 3H];  q [T, BS, W, H]
 *      h [T+1, BS, W, H];  hm [T, BS, W, H] or 0;  ut, uth: transposed taps of U_z,r and of U_h
 *      rmask [BS, W, H] or 0;  valid [T, BS] or 0: see valid.ts
 * scratch [B, W, H], and with valid another [B, W, H]
 */
export function conv_gru_backward(
  dz: usize, dh: usize, dy: usize, gates: usize, q: usize, h: usize, hm: usize, ut: usize, uth: usize,
  rmask: usize, valid: usize, scratch: usize,
  T: i32, B: i32, BS: i32, W: i32, H: i32, K: i32, act: i32, ract: i32, candidateGate: i32,
): void {
  const S = W * H;
  const n = B * S;
  const R = B * W;
  const row = <usize>H << 2;
  const state = (<usize>BS * S) << 2;
  const a = hm ? hm : h;
  const kept = scratch + (<usize>n << 2);
  for (let t = T - 1; t >= 0; t--) {
    const at = <usize>t * state;
    const dzt = dz + 3 * at, gt = gates + 3 * at;
    const counts = valid + ((<usize>t * BS) << 2);
    if (dy) add(dh, dh, dy + at, n);
    if (valid) keep_rows(kept, dh, counts, B, S);
    gru_backward_gates(dzt, 0, dh, gt, q + at, h + at, R, H, H, act, ract, 0, candidateGate);
    convolve_back(scratch, dzt + 2 * row, uth, B, W, H, H, K, 3 * H, 0);
    gru_backward_reset(dzt, scratch, gt, a + at, R, H, H, ract);
    convolve_back(scratch, dzt, ut, B, W, H, 2 * H, K, 3 * H, 1);
    if (rmask) mul(scratch, scratch, rmask, n);
    add(dh, dh, scratch, n);
    if (valid) {
      restore_rows(dh, kept, counts, B, S);
      clear_rows(dzt, counts, B, 3 * S);
    }
  }
}

/**
 * One step, with the bits of conv_gru_forward.
 * out  h [B, W, H]: the old state on entry, the new on exit
 * in   x [B, WX, C];  w: kernel, taps packed with G = 1;  u, uh: as in conv_gru_forward;  bias [3H] or 0
 * scratch [B, W, 4H]
 */
export function conv_gru_step(
  h: usize, x: usize, w: usize, u: usize, uh: usize, bias: usize, scratch: usize,
  B: i32, W: i32, WX: i32, C: i32, H: i32, K: i32, stride: i32, dilation: i32, offset: i32,
  act: i32, ract: i32, candidateGate: i32,
): void {
  const q = scratch + ((<usize>(B * W) * 3 * H) << 2);
  conv_samples(scratch, x, w, bias, B, W, WX, C, 3 * H, K, stride, dilation, offset, 0);
  conv_gru_cell(h, scratch, q, h, h, u, uh, B, W, H, K, act, ract, candidateGate);
}

/** One step from the projections; a is h or its masked copy, hn may be h. */
function conv_gru_cell(
  hn: usize, gates: usize, q: usize, h: usize, a: usize, u: usize, uh: usize,
  B: i32, W: i32, H: i32, K: i32, act: i32, ract: i32, candidateGate: i32,
): void {
  const R = B * W;
  const row = <usize>H << 2;
  convolve_state(gates, a, u, B, W, H, 2 * H, 2, K, 3 * H);
  activate_rows(ract, gates, R, 3 * row, 2 * H);
  for (let r: usize = 0; r < <usize>R; r++) mul(q + r * row, gates + (3 * r + 1) * row, a + r * row, H);
  convolve_state(gates + 2 * row, q, uh, B, W, H, H, 1, K, 3 * H);
  gru_blend(hn, gates, q, h, R, H, act, 0, candidateGate);
}
