import { lstm_gates } from "../cells/lstm_gates";
import { hold_rows } from "../cells/valid";
import { int8_gemm } from "./gemm";

/**
 * lstm_forward with an 8-bit recurrent kernel: h_{t-1} is quantised row by row, gates and state stay in f32.
 * out  h, c [T+1, BS, H]: slot 0 is the initial state (read), slot t+1 the state after step t
 *      gates [T, BS, 4H]: bias + x_t·W on entry; i, f, g, o on exit
 * in   u: recurrent kernel [H, 4H] as int8_pack lays it out for G = 4;  uadjust [2, H] or 0: see int8_gemm
 *      valid [T, BS] or 0: see cells/valid.ts
 * scratch int8Scratch(B, H)
 * act, ract: activation codes. All pointers are to the first of B samples of a batch of BS.
 */
export function lstm_int8_forward(
  h: usize, c: usize, gates: usize, u: usize, uadjust: usize, valid: usize, scratch: usize,
  T: i32, B: i32, BS: i32, H: i32, act: i32, ract: i32,
): void {
  const state = (<usize>BS * H) << 2;
  for (let t = 0; t < T; t++) {
    int8_gemm(gates, h, u, uadjust, 0, scratch, B, 4 * H, H, 4, H, 4 * H, 1);
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
 * lstm_step with 8-bit kernels, with the bits of lstm_int8_forward.
 * out  h, c [B, H]: the old state on entry, the new on exit
 * in   x [B, I];  w: kernel [I, 4H] and u: recurrent kernel [H, 4H] as int8_pack lays them out for G = 4
 *      wadjust [2, I] or 0;  uadjust [2, H] or 0;  bias [4H] or 0
 * scratch gates [B, 4H], then int8Scratch(B, max(I, H))
 */
export function lstm_int8_step(
  h: usize, c: usize, x: usize, w: usize, wadjust: usize, u: usize, uadjust: usize, bias: usize,
  scratch: usize,
  B: i32, I: i32, H: i32, act: i32, ract: i32,
): void {
  const rows = scratch + ((<usize>B * H) << 4);
  int8_gemm(scratch, x, w, wadjust, bias, rows, B, 4 * H, I, 4, I, 4 * H, 0);
  int8_gemm(scratch, h, u, uadjust, 0, rows, B, 4 * H, H, 4, H, 4 * H, 1);
  lstm_gates(h, c, scratch, c, B, H, act, ract);
}
