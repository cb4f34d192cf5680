import { mul } from "../linalg/elementwise";
import { gemm } from "../linalg/gemm";
import { madd } from "../simd";
import { activate_rows } from "./activate_rows";
import { load_units, store_carried, store_units, units_left } from "./units";
import { hold_rows } from "./valid";

/**
 * Minimal gated unit over a whole sequence, and the GRU whose update gate also opens the candidate: one
 * recurrence, read from either side of the gate. bias + x_t·W is in gates on entry, a = h_{t-1}:
 *   g = ract(proj_g + a·U_g),   c = g with candidateGate 1 (MGU: the forget gate), 1 − g with 0 (GRU: z)
 *   q = c ⊙ a,   hh = act(proj_h + q·U_h),   h_t = (1 − c) ⊙ h_{t-1} + c ⊙ hh
 * out  h [T+1, BS, H]: slot 0 is the initial state (read), slot t+1 the state after step t
 *      gates [T, BS, 2H]: projections in the order g, h on entry; g, hh on exit
 *      q [T, BS, H]
 *      hm [T, BS, H]: rmask ⊙ h_{t-1}, which then is a; 0 if rmask is 0
 * in   u: recurrent kernel [H, 2H] packed with G = 2;  rmask [BS, H] or 0;  valid [T, BS] or 0 (valid.ts)
 * act, ract: activation codes. All pointers are to the first of B samples of a batch of BS.
 * Source: Zhou et al. 2016 (MGU). Error: FORWARD_BOUND in test/cells/mgu.test.ts.
 */
export function mgu_forward(
  h: usize, gates: usize, q: usize, u: usize, rmask: usize, valid: usize, hm: usize,
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
    mgu_cell(h + state, gates, q, h, a, u, B, H, act, ract, candidateGate);
    if (valid) {
      hold_rows(h + state, h, valid, B, H);
      valid += <usize>BS << 2;
    }
    h += state;
    q += state;
    gates += 2 * state;
  }
}

/**
 * One step: gates = bias + x·W and then as mgu_forward, whose bits it gives.
 * out  h [B, H]: the old state on entry, the new on exit
 * in   x [B, I];  w: kernel [I, 2H] and u: recurrent kernel [H, 2H], both packed with G = 2;  bias [2H]
 * scratch [B, 3H]
 */
export function mgu_step(
  h: usize, x: usize, w: usize, u: usize, bias: usize, scratch: usize,
  B: i32, I: i32, H: i32, act: i32, ract: i32, candidateGate: i32,
): void {
  const q = scratch + ((<usize>B * 2 * H) << 2);
  gemm(scratch, x, w, bias, B, 2 * H, I, 2, I, 2 * H, 0);
  mgu_cell(h, scratch, q, h, h, u, B, H, act, ract, candidateGate);
}

/** One step from the projections; a is h or its masked copy, hn may be h. */
function mgu_cell(
  hn: usize, gates: usize, q: usize, h: usize, a: usize, u: usize, B: i32, H: i32,
  act: i32, ract: i32, candidateGate: i32,
): void {
  const row = <usize>H << 2;
  gemm(gates, a, u, 0, B, H, H, 1, H, 2 * H, 1);
  activate_rows(ract, gates, B, 2 * row, H);
  open(q, gates, a, B, H, candidateGate);
  gemm(gates + row, q, u + ((<usize>((H + 7) >> 3) * H) << 5), 0, B, H, H, 1, H, 2 * H, 1);
  activate_rows(act, gates + row, B, 2 * row, H);
  blend(hn, gates, h, B, H, candidateGate);
}

/** q = c ⊙ a.   q, a [B, H];  gates [B, 2H], the gate first */
function open(q: usize, gates: usize, a: usize, B: i32, H: i32, candidateGate: i32): void {
  const row = <usize>H << 2;
  for (; B > 0; B--) {
    for (let j: usize = 0; j < row; j += 16) {
      const n = units_left(row, j);
      const g = load_units(gates + j, n);
      const c = candidateGate ? g : f32x4.sub(f32x4.splat(1), g);
      store_units(q + j, f32x4.mul(c, load_units(a + j, n)), n);
    }
    gates += 2 * row;
    q += row; a += row;
  }
}

/** hn = g ⊙ hh + (1 − g) ⊙ h with candidateGate, else g ⊙ h + (1 − g) ⊙ hh.   gates [B, 2H]: g, hh */
function blend(hn: usize, gates: usize, h: usize, B: i32, H: i32, candidateGate: i32): void {
  const row = <usize>H << 2;
  for (; B > 0; B--) {
    for (let j: usize = 0; j < row; j += 16) {
      const n = units_left(row, j);
      const g = load_units(gates + j, n), hh = load_units(gates + row + j, n);
      const old = load_units(h + j, n);
      const rest = f32x4.sub(f32x4.splat(1), g);
      const next = candidateGate ? madd(g, hh, f32x4.mul(rest, old)) : madd(g, old, f32x4.mul(rest, hh));
      store_carried(hn + j, next, n);
    }
    gates += 2 * row;
    hn += row; h += row;
  }
}
