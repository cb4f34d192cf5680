import { mul } from "../linalg/elementwise";
import { gemm } from "../linalg/gemm";
import { TANH } from "../math/activation";
import { madd } from "../simd";
import { activate_rows } from "./activate_rows";
import { activate_units, load_units, store_carried, store_units, units_left } from "./units";
import { hold_rows } from "./valid";

/**
 * GRU with the split candidate over a whole sequence: r weighs what comes from the input, the share c of the
 * candidate what comes from the state. b + x_t·W is in gates on entry, without a bias for the candidate;
 * a = h_{t-1}:
 *   z, r = ract(proj_z,r + a·U_z,r),   c = z with candidateGate 1, 1 − z with 0
 *   p = proj_h,   q = a·U_h,   hh = act((bias + r ⊙ p) + c ⊙ q),   h_t = (1 − c) ⊙ h_{t-1} + c ⊙ hh
 * out  h [T+1, BS, H]: slot 0 is the initial state (read), slot t+1 the state after step t
 *      gates [T, BS, 3H]: projections in the order z, r, h on entry; z, r, hh on exit
 *      p [T, BS, H], q [T, BS, H]
 *      hm [T, BS, H]: rmask ⊙ h_{t-1}, which then is a; 0 if rmask is 0
 * in   u: recurrent kernel [H, 3H] packed with G = 3;  bias [H] of the candidate
 *      rmask [BS, H] or 0;  valid [T, BS] or 0 (valid.ts)
 * act, ract: activation codes. All pointers are to the first of B samples of a batch of BS.
 * Source: docs/equations/gru.md. Error: FORWARD_BOUND in test/cells/gru-split.test.ts.
 */
export function gru_split_forward(
  h: usize, gates: usize, p: usize, q: usize, u: usize, bias: usize, rmask: usize, valid: usize, hm: usize,
  T: i32, B: i32, BS: i32, H: i32, act: i32, ract: i32, candidateGate: i32,
): void {
  const state = (<usize>BS * H) << 2;
  for (let t = 0; t < T; t++) {
    let a = h;
    if (rmask) {
      mul(hm, h, rmask, B * H);
      a = hm;
      hm += state;
    }
    split_cell(h + state, gates, p, q, h, a, u, bias, B, H, act, ract, candidateGate);
    if (valid) {
      hold_rows(h + state, h, valid, B, H);
      valid += <usize>BS << 2;
    }
    h += state;
    p += state;
    q += state;
    gates += 3 * state;
  }
}

/**
 * One step: gates = input bias + x·W and then as gru_split_forward, whose bits it gives.
 * out  h [B, H]: the old state on entry, the new on exit
 * in   x [B, I];  w: kernel [I, 3H] and u: recurrent kernel [H, 3H], both packed with G = 3
 *      inputBias [3H], with zeros for the candidate;  bias [H] of the candidate
 * scratch [B, 5H]
 */
export function gru_split_step(
  h: usize, x: usize, w: usize, u: usize, inputBias: usize, bias: usize, scratch: usize,
  B: i32, I: i32, H: i32, act: i32, ract: i32, candidateGate: i32,
): void {
  const state = (<usize>B * H) << 2;
  gemm(scratch, x, w, inputBias, B, 3 * H, I, 3, I, 3 * H, 0);
  const p = scratch + 3 * state;
  split_cell(h, scratch, p, p + state, h, h, u, bias, B, H, act, ract, candidateGate);
}

/** One step from the projections; a is h or its masked copy, hn may be h. */
function split_cell(
  hn: usize, gates: usize, p: usize, q: usize, h: usize, a: usize, u: usize, bias: usize,
  B: i32, H: i32, act: i32, ract: i32, candidateGate: i32,
): void {
  const row = <usize>H << 2;
  gemm(gates, a, u, 0, B, 2 * H, H, 2, H, 3 * H, 1);
  activate_rows(ract, gates, B, 3 * row, 2 * H);
  gemm(q, a, u + ((<usize>((H + 7) >> 3) * 2 * H) << 5), 0, B, H, H, 1, H, H, 0);
  const body = act == TANH ? row & ~15 : 0;
  for (; B > 0; B--) {
    let j: usize = 0;
    for (; j < body; j += 16) {
      split_unit(hn + j, gates + j, p + j, q + j, h + j, bias + j, row, TANH, candidateGate, 1, 4);
    }
    for (; j < row; j += 16) {
      const n = units_left(row, j);
      split_unit(hn + j, gates + j, p + j, q + j, h + j, bias + j, row, act, candidateGate, 0, n);
    }
    gates += 3 * row;
    hn += row; p += row; q += row; h += row;
  }
}

// @ts-ignore: decorator
@inline
function split_unit(
  hn: usize, gates: usize, p: usize, q: usize, h: usize, bias: usize, row: usize,
  act: i32, candidateGate: i32, usual: i32, n: i32,
): void {
  const z = load_units(gates, n), r = load_units(gates + row, n);
  const own = load_units(gates + 2 * row, n), old = load_units(h, n);
  const rest = f32x4.sub(f32x4.splat(1), z);
  const c = candidateGate ? z : rest;
  const hh = activate_units(act, madd(c, load_units(q, n), madd(r, own, load_units(bias, n))), usual);
  store_units(p, own, n);
  store_units(gates + 2 * row, hh, n);
  const next = candidateGate ? madd(z, hh, f32x4.mul(rest, old)) : madd(z, old, f32x4.mul(rest, hh));
  store_carried(hn, next, n);
}
