import { activate_rows } from "../cells/activate_rows";
import { settle_states } from "../cells/rnn";
import { hold_rows } from "../cells/valid";
import { int8_gemm } from "./gemm";

/**
 * rnn_forward with an 8-bit recurrent kernel: h_{t-1} is quantised row by row, the state stays in f32.
 * out  h [T+1, BS, H]: slot 0 is the initial state (read); slots t+1 hold bias + x_t·W on entry and the
 *      state after step t on exit
 * in   u: recurrent kernel [H, H] as int8_pack lays it out for G = 1;  uadjust [2, H] or 0: see int8_gemm
 *      valid [T, BS] or 0: see cells/valid.ts
 * scratch int8Scratch(B, H)
 * act: activation code. All pointers are to the first of B samples of a batch of BS.
 */
export function rnn_int8_forward(
  h: usize, u: usize, uadjust: usize, valid: usize, scratch: usize,
  T: i32, B: i32, BS: i32, H: i32, act: i32,
): void {
  const state = (<usize>BS * H) << 2;
  for (let t = 0; t < T; t++) {
    int8_gemm(h + state, h, u, uadjust, 0, scratch, B, H, H, 1, H, H, 1);
    h += state;
    activate_rows(act, h, 1, 0, B * H);
    settle_states(h, B * H);
    if (valid) {
      hold_rows(h, h - state, valid, B, H);
      valid += <usize>BS << 2;
    }
  }
}

/**
 * rnn_step with 8-bit kernels, with the bits of rnn_int8_forward.
 * out  h [B, H]: the old state on entry, the new on exit
 * in   x [B, I];  w: kernel [I, H] and u: recurrent kernel [H, H] as int8_pack lays them out for G = 1
 *      wadjust [2, I] or 0;  uadjust [2, H] or 0;  bias [H] or 0
 * scratch z [B, H], then int8Scratch(B, max(I, H))
 */
export function rnn_int8_step(
  h: usize, x: usize, w: usize, wadjust: usize, u: usize, uadjust: usize, bias: usize, scratch: usize,
  B: i32, I: i32, H: i32, act: i32,
): void {
  const state = (<usize>B * H) << 2;
  const rows = scratch + state;
  int8_gemm(scratch, x, w, wadjust, bias, rows, B, H, I, 1, I, H, 0);
  int8_gemm(scratch, h, u, uadjust, 0, rows, B, H, H, 1, H, H, 1);
  activate_rows(act, scratch, 1, 0, B * H);
  settle_states(scratch, B * H);
  memory.copy(h, scratch, state);
}
