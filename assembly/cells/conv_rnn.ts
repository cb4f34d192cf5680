import { add, mul } from "../linalg/elementwise";
import { activate_rows } from "./activate_rows";
import { conv_samples, convolve_back, convolve_state } from "./conv_state";
import { rnn_backward_states, settle_states } from "./rnn";
import { clear_rows, hold_rows, keep_rows, restore_rows } from "./valid";

/**
 * Simple RNN with convolutions:   h_t = act(bias + W ∗ x_t + U ∗ h_{t-1})
 * out  h [T+1, BS, W, H]: slot 0 is the initial state (read); slots t+1 hold bias + W ∗ x_t on entry and the
 *      state after step t on exit
 *      hm [T, BS, W, H]: rmask ⊙ h_{t-1}, which then replaces h_{t-1} in the product; 0 if rmask is 0
 * in   u: recurrent kernel, taps packed with G = 1;  rmask [BS, W, H] or 0;  valid [T, BS] or 0: see valid.ts
 * act: activation code. All pointers are to the first of B samples of a batch of BS.
 * Source: docs/equations/conv-recurrent.md. Error: MAX_DIFFERENCE in test/layers/recurrent/conv.test.ts.
 */
export function conv_rnn_forward(
  h: usize, u: usize, rmask: usize, valid: usize, hm: usize,
  T: i32, B: i32, BS: i32, W: i32, H: i32, K: i32, act: i32,
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
    h += state;
    convolve_state(h, a, u, B, W, H, H, 1, K, H);
    activate_rows(act, h, 1, 0, B * S);
    settle_states(h, B * S);
    if (valid) {
      hold_rows(h, h - state, valid, B, S);
      valid += <usize>BS << 2;
    }
  }
}

/**
 * Its way back, from the last step to the first:
 *   dh += dy_t,   dz_t = dh ⊙ act'(h_t),   dh = rmask ⊙ (Uᵀ ∗ dz_t)
 * out  dz [T, BS, W, H]: gradient of the pre-activations
 *      dh [BS, W, H]: gradient of the final state on entry, of the initial state on exit
 * in   dy [T, BS, W, H]: gradient of every output, or 0;  h [T+1, BS, W, H]
 *      ut: transposed taps packed with G = 1;  rmask [BS, W, H] or 0;  valid [T, BS] or 0: see valid.ts
 * scratch [B, W, H], with valid only
 * Weight gradients are left to conv_shifted and gemm_tn over all T·B·W rows.
 */
export function conv_rnn_backward(
  dz: usize, dh: usize, dy: usize, h: usize, ut: usize, rmask: usize, valid: usize, scratch: usize,
  T: i32, B: i32, BS: i32, W: i32, H: i32, K: i32, act: i32,
): void {
  const S = W * H;
  const n = B * S;
  const state = (<usize>BS * S) << 2;
  for (let t = <usize>T; t > 0; t--) {
    const before = (t - 1) * state;
    const counts = valid + (((t - 1) * BS) << 2);
    if (dy) add(dh, dh, dy + before, n);
    if (valid) keep_rows(scratch, dh, counts, B, S);
    rnn_backward_states(dz + before, dh, h + t * state, n, act);
    if (valid) clear_rows(dz + before, counts, B, S);
    convolve_back(dh, dz + before, ut, B, W, H, H, K, H, 0);
    if (rmask) mul(dh, dh, rmask, n);
    if (valid) restore_rows(dh, scratch, counts, B, S);
  }
}

/**
 * One step, with the bits of conv_rnn_forward.
 * out  h [B, W, H]: the old state on entry, the new on exit
 * in   x [B, WX, C];  w: kernel and u: recurrent kernel, taps packed with G = 1;  bias [H] or 0
 * scratch [B, W, H]
 */
export function conv_rnn_step(
  h: usize, x: usize, w: usize, u: usize, bias: usize, scratch: usize,
  B: i32, W: i32, WX: i32, C: i32, H: i32, K: i32, stride: i32, dilation: i32, offset: i32, act: i32,
): void {
  const n = B * W * H;
  conv_samples(scratch, x, w, bias, B, W, WX, C, H, K, stride, dilation, offset, 0);
  convolve_state(scratch, h, u, B, W, H, H, 1, K, H);
  activate_rows(act, scratch, 1, 0, n);
  settle_states(scratch, n);
  memory.copy(h, scratch, <usize>n << 2);
}
