import { mul } from "../linalg/elementwise";
import { gemm } from "../linalg/gemm";
import { lstm_gates } from "./lstm_gates";
import { hold_rows } from "./valid";

/**
 * LSTM over a whole sequence, z = bias + x_t·W on entry:
 *   z += h_{t-1}·U,   i, f, o = ract(z_i, z_f, z_o),   g = act(z_c)
 *   c_t = f ⊙ c_{t-1} + i ⊙ g,   h_t = o ⊙ act(c_t)
 * out  h, c [T+1, BS, H]: slot 0 is the initial state (read), slot t+1 the state after step t
 *      gates [T, BS, 4H]: z in the order i, f, c, o on entry; i, f, g, o on exit
 *      hm [T, BS, H]: rmask ⊙ h_{t-1}, which then replaces h_{t-1} in the product; 0 if rmask is 0
 * in   u: recurrent kernel [H, 4H] packed with G = 4;  rmask [BS, H] or 0;  valid [T, BS] or 0: see valid.ts
 * act, ract: activation codes. All pointers are to the first of B samples of a batch of BS.
 * Source: Hochreiter & Schmidhuber 1997; Gers et al. 2000. Error: FORWARD_BOUND in test/cells/lstm.test.ts.
 */
export function lstm_forward(
  h: usize, c: usize, gates: usize, u: usize, rmask: usize, valid: usize, hm: usize,
  T: i32, B: i32, BS: i32, H: i32, act: i32, ract: i32,
): void {
  const state = (<usize>BS * H) << 2;
  for (let t = 0; t < T; t++) {
    let a = h;
    if (rmask) {
      mul(hm, h, rmask, B * H);
      a = hm;
      hm += state;
    }
    gemm(gates, a, u, 0, B, 4 * H, H, 4, H, 4 * H, 1);
    lstm_gates(h + state, c + state, gates, c, B, H, act, ract);
    if (valid) {
      hold_rows(h + state, h, valid, B, H);
      hold_rows(c + state, c, valid, B, H);
      valid += <usize>BS << 2;
    }
    h += state;
    c += state;
    gates += 4 * state;
  }
}

/**
 * One step of an LSTM: z = bias + x·W + h·U and then as lstm_forward, whose bits it gives.
 * out  h, c [B, H]: the old state on entry, the new on exit
 * in   x [B, I];  w: kernel [I, 4H] packed with G = 4;  u: recurrent kernel [H, 4H] packed with G = 4
 *      bias [4H]
 * scratch [B, 4H]
 */
export function lstm_step(
  h: usize, c: usize, x: usize, w: usize, u: usize, bias: usize, scratch: usize,
  B: i32, I: i32, H: i32, act: i32, ract: i32,
): void {
  gemm(scratch, x, w, bias, B, 4 * H, I, 4, I, 4 * H, 0);
  gemm(scratch, h, u, 0, B, 4 * H, H, 4, H, 4 * H, 1);
  lstm_gates(h, c, scratch, c, B, H, act, ract);
}
