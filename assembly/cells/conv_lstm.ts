import { add, mul } from "../linalg/elementwise";
import { conv_samples, convolve_back, convolve_state } from "./conv_state";
import { peephole_backward, peephole_gates } from "./conv_peephole";
import { lstm_backward_gates } from "./lstm_backward";
import { lstm_gates } from "./lstm_gates";
import { clear_rows, hold_rows, keep_rows, restore_rows } from "./valid";

/**
 * LSTM with convolutions, z = bias + W ∗ x_t on entry:
 *   z += U ∗ h_{t-1},   i, f, o = ract(z_i, z_f, z_o),   g = act(z_c)
 *   c_t = f ⊙ c_{t-1} + i ⊙ g,   h_t = o ⊙ act(c_t)
 * With peepholes z_i and z_f see p_i, p_f ⊙ c_{t-1} as well, and z_o sees p_o ⊙ c_t.
 * out  h, c [T+1, BS, W, H]: slot 0 is the initial state (read), slot t+1 the state after step t
 *      gates [T, BS, W, 4H]: z in the order i, f, c, o on entry; i, f, g, o on exit
 *      hm [T, BS, W, H]: rmask ⊙ h_{t-1}, which then replaces h_{t-1} in the product; 0 if rmask is 0
 * in   u: recurrent kernel, taps packed with G = 4;  p: peepholes [3, W, H] in the order i, f, o, or 0
 *      rmask [BS, W, H] or 0;  valid [T, BS] or 0: see valid.ts
 * act, ract: activation codes. All pointers are to the first of B samples of a batch of BS.
 * Source: Shi et al. 2015; docs/equations/conv-recurrent.md.
 * Error: MAX_DIFFERENCE in test/layers/recurrent/conv.test.ts.
 */
export function conv_lstm_forward(
  h: usize, c: usize, gates: usize, u: usize, p: usize, rmask: usize, valid: usize, hm: usize,
  T: i32, B: i32, BS: i32, W: i32, H: i32, K: i32, act: i32, ract: i32,
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
    convolve_state(gates, a, u, B, W, H, 4 * H, 4, K, 4 * H);
    if (p) peephole_gates(h + state, c + state, gates, c, p, B, W, H, act, ract);
    else lstm_gates(h + state, c + state, gates, c, B * W, H, act, ract);
    if (valid) {
      hold_rows(h + state, h, valid, B, S);
      hold_rows(c + state, c, valid, B, S);
      valid += <usize>BS << 2;
    }
    h += state;
    c += state;
    gates += 4 * state;
  }
}

/**
 * Its way back, from the last step to the first, as lstm_backward; for peepholes see conv_peephole.ts.
 * out  dz [T, BS, W, 4H]: gradient of the pre-activations; may be gates
 *      dh, dc [BS, W, H]: gradient of the final state on entry, of the initial state on exit
 * in   dy [T, BS, W, H]: gradient of every output, or 0;  gates i, f, g, o [T, BS, W, 4H];  c [T+1, BS, W, H]
 *      ut: transposed taps packed with G = 1;  p: peepholes or 0;  rmask [BS, W, H] or 0
 *      valid [T, BS] or 0: see valid.ts
 * scratch [2, B, W, H], with valid only
 */
export function conv_lstm_backward(
  dz: usize, dh: usize, dc: usize, dy: usize, gates: usize, c: usize, ut: usize, p: usize, rmask: usize,
  valid: usize, scratch: usize,
  T: i32, B: i32, BS: i32, W: i32, H: i32, K: i32, act: i32, ract: i32,
): void {
  const S = W * H;
  const n = B * S;
  const state = (<usize>BS * S) << 2;
  const kept = scratch + (<usize>n << 2);
  for (let t = <usize>T; t > 0; t--) {
    const before = (t - 1) * state;
    const counts = valid + (((t - 1) * BS) << 2);
    const dzt = dz + 4 * before, gt = gates + 4 * before;
    if (dy) add(dh, dh, dy + before, n);
    if (valid) {
      keep_rows(scratch, dh, counts, B, S);
      keep_rows(kept, dc, counts, B, S);
    }
    if (p) peephole_backward(dzt, dh, dc, gt, c + before, c + t * state, p, B, W, H, act, ract);
    else lstm_backward_gates(dzt, dh, dc, gt, c + before, c + t * state, B * W, H, H, act, ract);
    if (valid) clear_rows(dzt, counts, B, 4 * S);
    convolve_back(dh, dzt, ut, B, W, H, 4 * H, K, 4 * H, 0);
    if (rmask) mul(dh, dh, rmask, n);
    if (valid) {
      restore_rows(dh, scratch, counts, B, S);
      restore_rows(dc, kept, counts, B, S);
    }
  }
}

/**
 * One step, with the bits of conv_lstm_forward.
 * out  h, c [B, W, H]: the old state on entry, the new on exit
 * in   x [B, WX, C];  w: kernel, taps packed with G = 1;  u: recurrent kernel, with G = 4;  bias [4H] or 0
 *      p: peepholes or 0
 * scratch [B, W, 4H]
 */
export function conv_lstm_step(
  h: usize, c: usize, x: usize, w: usize, u: usize, bias: usize, p: usize, scratch: usize,
  B: i32, W: i32, WX: i32, C: i32, H: i32, K: i32, stride: i32, dilation: i32, offset: i32,
  act: i32, ract: i32,
): void {
  conv_samples(scratch, x, w, bias, B, W, WX, C, 4 * H, K, stride, dilation, offset, 0);
  convolve_state(scratch, h, u, B, W, H, 4 * H, 4, K, 4 * H);
  if (p) peephole_gates(h, c, scratch, c, p, B, W, H, act, ract);
  else lstm_gates(h, c, scratch, c, B * W, H, act, ract);
}
