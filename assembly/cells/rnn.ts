import { add, mul } from "../linalg/elementwise";
import { gemm } from "../linalg/gemm";
import { activate_rows } from "./activate_rows";
import { clear_rows, hold_rows, keep_rows, restore_rows } from "./valid";
import { load_units, slope_units, store_carried, units_left } from "./units";

/**
 * Simple RNN over a whole sequence:   h_t = act(bias + x_t·W + h_{t-1}·U)
 * out  h [T+1, BS, H]: slot 0 is the initial state (read); slots t+1 hold bias + x_t·W on entry and the
 *      state after step t on exit
 *      hm [T, BS, H]: rmask ⊙ h_{t-1}, which then replaces h_{t-1} in the product; 0 if rmask is 0
 * in   u: recurrent kernel [H, H] packed with G = 1;  rmask [BS, H] or 0;  valid [T, BS] or 0: see valid.ts
 * act: activation code. All pointers are to the first of B samples of a batch of BS.
 * Source: Elman 1990. Error: FORWARD_BOUND in test/cells/rnn.test.ts.
 */
export function rnn_forward(
  h: usize, u: usize, rmask: usize, valid: usize, hm: usize,
  T: i32, B: i32, BS: i32, H: i32, act: i32,
): void {
  const state = (<usize>BS * H) << 2;
  for (let t = 0; t < T; t++) {
    let a = h;
    if (rmask) {
      mul(hm, h, rmask, B * H);
      a = hm;
      hm += state;
    }
    h += state;
    gemm(h, a, u, 0, B, H, H, 1, H, H, 1);
    activate_rows(act, h, 1, 0, B * H);
    settle_states(h, B * H);
    if (valid) {
      hold_rows(h, h - state, valid, B, H);
      valid += <usize>BS << 2;
    }
  }
}

/**
 * Simple RNN back through time, from the last step to the first; act' is written with act's value:
 *   dh += dy_t,   dz_t = dh ⊙ act'(h_t),   dh = rmask ⊙ (dz_t·Uᵀ)
 * out  dz [T, BS, H]: gradient of the pre-activations
 *      dh [BS, H]: gradient of the final state on entry, of the initial state on exit
 * in   dy [T, BS, H]: gradient of every output, or 0, may be dz;  h [T+1, BS, H]
 *      ut: Uᵀ [H, H] packed with G = 1;  rmask [BS, H] or 0;  valid [T, BS] or 0: see valid.ts
 * scratch [B, H], with valid only
 * All pointers are to the first of B samples of a batch of BS. The rest is left to gemm_tn and colsum over
 * T·B rows: dU += Aᵀ·dz with A = hm, or h slots 0 to T-1 without a mask; dW += xᵀ·dz; dbias += column sums
 * of dz; dx = dz·Wᵀ.
 */
export function rnn_backward(
  dz: usize, dh: usize, dy: usize, h: usize, ut: usize, rmask: usize, valid: usize, scratch: usize,
  T: i32, B: i32, BS: i32, H: i32, act: i32,
): void {
  const n = B * H;
  const state = (<usize>BS * H) << 2;
  for (let t = <usize>T; t > 0; t--) {
    const before = (t - 1) * state;
    const counts = valid + (((t - 1) * BS) << 2);
    if (dy) add(dh, dh, dy + before, n);
    if (valid) keep_rows(scratch, dh, counts, B, H);
    rnn_backward_states(dz + before, dh, h + t * state, n, act);
    if (valid) clear_rows(dz + before, counts, B, H);
    gemm(dh, dz + before, ut, 0, B, H, H, 1, H, H, 0);
    if (rmask) mul(dh, dh, rmask, n);
    if (valid) restore_rows(dh, scratch, counts, B, H);
  }
}

/**
 * One step of a simple RNN, with the bits of rnn_forward.
 * out  h [B, H]: the old state on entry, the new on exit
 * in   x [B, I];  w: kernel [I, H] and u: recurrent kernel [H, H], both packed with G = 1;  bias [H]
 * scratch [B, H]
 */
export function rnn_step(
  h: usize, x: usize, w: usize, u: usize, bias: usize, scratch: usize, B: i32, I: i32, H: i32, act: i32,
): void {
  gemm(scratch, x, w, bias, B, H, I, 1, I, H, 0);
  gemm(scratch, h, u, 0, B, H, H, 1, H, H, 1);
  activate_rows(act, scratch, 1, 0, B * H);
  settle_states(scratch, B * H);
  memory.copy(h, scratch, (<usize>B * H) << 2);
}

/** Clears what is too small to be carried on. */
export function settle_states(h: usize, n: i32): void {
  const row = <usize>n << 2;
  for (let j: usize = 0; j < row; j += 16) {
    const w = units_left(row, j);
    store_carried(h + j, load_units(h + j, w), w);
  }
}

/** dz = dh ⊙ act'(h) over n units. */
export function rnn_backward_states(dz: usize, dh: usize, h: usize, n: i32, act: i32): void {
  const row = <usize>n << 2;
  for (let j: usize = 0; j < row; j += 16) {
    const w = units_left(row, j);
    store_carried(dz + j, f32x4.mul(load_units(dh + j, w), slope_units(act, load_units(h + j, w), 1)), w);
  }
}
