import { activate_rows } from "../cells/activate_rows";
import { gru_blend } from "../cells/gru_blend";
import { hold_rows } from "../cells/valid";
import { mul } from "../linalg/elementwise";
import { int8_gemm, int8_product, ROWS } from "./gemm";
import { groups_of, quantize_rows } from "./rows";
import { panel_bytes } from "./tile";

/**
 * gru_forward with an 8-bit recurrent kernel: what meets it (h_{t-1}, or r ⊙ h_{t-1} without resetAfter) is
 * quantised row by row, gates and state stay in f32.
 * out  h [T+1, BS, H]: slot 0 is the initial state (read), slot t+1 the state after step t
 *      gates [T, BS, 3H]: projections in the order z, r, h on entry; z, r, hh on exit
 *      q [T, BS, H]
 * in   u: recurrent kernel [H, 3H] as int8_pack lays it out for G = 3
 *      uadjust [2, H] or 0: see int8_gemm; r ⊙ h_{t-1} is taken as it is
 *      rbias [3H] or 0: only its last H are read, and only with resetAfter
 *      valid [T, BS] or 0: see cells/valid.ts
 * scratch int8Scratch(B, H)
 * act, ract: activation codes. All pointers are to the first of B samples of a batch of BS.
 */
export function gru_int8_forward(
  h: usize, gates: usize, q: usize, u: usize, uadjust: usize, rbias: usize, valid: usize,
  scratch: usize,
  T: i32, B: i32, BS: i32, H: i32, act: i32, ract: i32, resetAfter: i32, candidateGate: i32,
): void {
  const state = (<usize>BS * H) << 2;
  for (let t = 0; t < T; t++) {
    cell(h + state, gates, q, h, u, uadjust, rbias, scratch, B, H, act, ract, resetAfter, candidateGate);
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
 * gru_step with 8-bit kernels, with the bits of gru_int8_forward.
 * out  h [B, H]: the old state on entry, the new on exit
 * in   x [B, I];  w: kernel [I, 3H] and u: recurrent kernel [H, 3H] as int8_pack lays them out for G = 3
 *      wadjust [2, I] or 0;  uadjust [2, H] or 0;  bias [3H] or 0;  rbias [3H] or 0: as gru_step has them
 * scratch gates [B, 3H], q [B, H], then int8Scratch(B, max(I, H))
 */
export function gru_int8_step(
  h: usize, x: usize, w: usize, wadjust: usize, u: usize, uadjust: usize, bias: usize, rbias: usize,
  scratch: usize,
  B: i32, I: i32, H: i32, act: i32, ract: i32, resetAfter: i32, candidateGate: i32,
): void {
  const state = (<usize>B * H) << 2;
  const q = scratch + 3 * state;
  const rows = q + state;
  int8_gemm(scratch, x, w, wadjust, bias, rows, B, 3 * H, I, 3, I, 3 * H, 0);
  cell(h, scratch, q, h, u, uadjust, rbias, rows, B, H, act, ract, resetAfter, candidateGate);
}

/** One step from the projections, on as many samples at a time as fit into scratch; hn may be h. */
function cell(
  hn: usize, gates: usize, q: usize, h: usize, u: usize, uadjust: usize, rbias: usize, scratch: usize,
  B: i32, H: i32, act: i32, ract: i32, resetAfter: i32, candidateGate: i32,
): void {
  const row = <usize>H << 2;
  const uh = u + <usize>(((H + 7) >> 3) * 2) * panel_bytes(groups_of(H));
  for (; B > 0; B -= ROWS) {
    const n = min(B, ROWS);
    quantize_rows(scratch, h, uadjust, n, H, H);
    int8_product(gates, scratch, u, 0, n, 2 * H, H, 2, 3 * H, 1);
    activate_rows(ract, gates, n, 3 * row, 2 * H);
    if (resetAfter) {
      int8_product(q, scratch, uh, rbias ? rbias + 2 * row : 0, n, H, H, 1, H, 0);
    } else {
      for (let b: usize = 0; b < <usize>n; b++) mul(q + b * row, gates + 3 * b * row + row, h + b * row, H);
      int8_gemm(gates + 2 * row, q, uh, 0, 0, scratch, n, H, H, 1, H, 3 * H, 1);
    }
    gru_blend(hn, gates, q, h, n, H, act, resetAfter, candidateGate);
    hn += ROWS * row;
    gates += 3 * ROWS * row;
    q += ROWS * row;
    h += ROWS * row;
  }
}
