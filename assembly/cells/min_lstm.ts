import { LINEAR } from "../math/activation";
import { sigmoid } from "../math/sigmoid";
import { madd } from "../simd";
import { activate_candidate, slope_candidate } from "./candidate";
import { pass_row, state_gradient } from "./scan_rows";
import { load_units, store_carried, store_units, units_left } from "./units";

/**
 * minLSTM over a whole sequence; bias + x_t·W is in gates on entry, and nothing else is multiplied:
 *   f, i = σ(proj_f,i),   hh = act(proj_h),   f' = f / (f + i),   i' = i / (f + i)
 *   h_t = f' ⊙ h_{t-1} + i' ⊙ hh
 * Where both projections lie below −30, where σ(x) = e^x in f32, the larger is raised to −30 and the other
 * by as much: f' and i' are those of any pair, however small both gates are.
 * out  h [T, BS, HS]: the state after each step
 *      gates [T, BS, 3·HS]: projections in the order f, i, h on entry; f, i, hh on exit, but where valid is 0
 * in   h0 [BS, HS]: the state before the first step; with T = 1 it may be h
 *      valid [T, BS] or 0 (cells/valid.ts)
 * act: code of cells/candidate.ts. Pointers are to the first of H units, of HS, of the first of B samples, of
 * BS. Each unit goes through time by itself: any share of units or samples gives the same bits.
 * Source: Feng et al. 2024, "Were RNNs all we needed?", section 3.2; docs/equations/min-lstm.md
 * Error: FORWARD_BOUND in test/cells/scans.test.ts.
 */
export function min_lstm_forward(
  h: usize, gates: usize, h0: usize, valid: usize, T: i32, B: i32, BS: i32, H: i32, HS: i32, act: i32,
): void {
  const row = <usize>H << 2, stride = <usize>HS << 2;
  const rest = <usize>(BS - B);
  const body = act == LINEAR ? row & ~15 : 0;
  for (; T > 0; T--) {
    let old = h0;
    h0 = h;
    for (let b = B; b > 0; b--) {
      if (valid && load<f32>(valid) == 0) {
        memory.copy(h, old, row);
      } else {
        let j: usize = 0;
        if (body) {
          do {
            forward_unit(h + j, gates + j, old + j, stride, LINEAR, 1, 4);
            j += 16;
          } while (j < body);
        }
        for (; j < row; j += 16) {
          forward_unit(h + j, gates + j, old + j, stride, act, 0, units_left(row, j));
        }
      }
      h += stride; old += stride; gates += 3 * stride;
      if (valid) valid += 4;
    }
    h += rest * stride; gates += 3 * rest * stride;
    if (valid) valid += rest << 2;
  }
}

// @ts-ignore: decorator
@inline
function forward_unit(
  h: usize, gates: usize, old: usize, stride: usize, act: i32, usual: i32, n: i32,
): void {
  const pf = load_units(gates, n), pi = load_units(gates + stride, n);
  const low = f32x4.add(f32x4.pmax(pf, pi), f32x4.splat(30));
  const raise = f32x4.pmin(low, f32x4.splat(0));
  const f = sigmoid(f32x4.sub(pf, raise)), i = sigmoid(f32x4.sub(pi, raise));
  const hh = activate_candidate(act, load_units(gates + 2 * stride, n), usual);
  const both = f32x4.add(f, i);
  const kept = f32x4.mul(f32x4.div(f, both), load_units(old, n));
  store_units(gates, f, n);
  store_units(gates + stride, i, n);
  if (!usual) store_units(gates + 2 * stride, hh, n);
  store_carried(h, madd(f32x4.div(i, both), hh, kept), n);
}

/**
 * minLSTM back through time, from the last step to the first:
 *   dh += dy_t,   e = dh ⊙ (h_{t-1} − hh) ⊙ f' ⊙ i'
 *   dz_f = e ⊙ (1 − f),   dz_i = −e ⊙ (1 − i),   dz_h = dh ⊙ i' ⊙ act'(hh),   dh = dh ⊙ f'
 * out  dz [T, BS, 3·HS]: gradient of the projections; may be gates
 *      dh [BS, HS]: gradient of the final state on entry, of the initial state on exit
 * in   dy [T, BS, HS]: gradient of every output, or 0;  gates [T, BS, 3·HS]: f, i, hh
 *      h [T+1, BS, HS]: the initial state, then those after each step;  valid [T, BS] or 0
 * H, HS, B, BS as in min_lstm_forward. The rest is left to gemm_tn, gemm and colsum over T·B rows.
 */
export function min_lstm_backward(
  dz: usize, dh: usize, dy: usize, gates: usize, h: usize, valid: usize,
  T: i32, B: i32, BS: i32, H: i32, HS: i32, act: i32,
): void {
  const row = <usize>H << 2, stride = <usize>HS << 2;
  const state = <usize>BS * stride;
  const body = act == LINEAR ? row & ~15 : 0;
  for (let t = T - 1; t >= 0; t--) {
    const frame = <usize>t * state;
    for (let b = 0; b < B; b++) {
      const at = frame + <usize>b * stride;
      const d = dh + <usize>b * stride, dyt = dy ? dy + at : 0, old = h + at;
      const dzt = dz + 3 * at, gt = gates + 3 * at;
      const counts: f32 = valid ? load<f32>(valid + ((<usize>t * BS + b) << 2)) : 1;
      if (counts == 0) {
        pass_row(dzt, d, dyt, 3, row, stride);
        continue;
      }
      let j: usize = 0;
      if (body) {
        do {
          backward_unit(dzt, d, dyt, gt, old, j, stride, LINEAR, 1, 4);
          j += 16;
        } while (j < body);
      }
      for (; j < row; j += 16) {
        backward_unit(dzt, d, dyt, gt, old, j, stride, act, 0, units_left(row, j));
      }
      if (counts == 2) memory.fill(d, 0, row);
    }
  }
}

// @ts-ignore: decorator
@inline
function backward_unit(
  dz: usize, dh: usize, dy: usize, gates: usize, old: usize, j: usize, stride: usize,
  act: i32, usual: i32, n: i32,
): void {
  const f = load_units(gates + j, n), i = load_units(gates + stride + j, n);
  const hh = load_units(gates + 2 * stride + j, n);
  const d = state_gradient(dh, dy, j, n);
  const one = f32x4.splat(1);
  const both = f32x4.add(f, i);
  const share = f32x4.div(i, both);
  const back = f32x4.mul(d, f32x4.div(f, both));
  const e = f32x4.mul(f32x4.mul(back, share), f32x4.sub(load_units(old + j, n), hh));
  store_carried(dz + j, f32x4.mul(e, f32x4.sub(one, f)), n);
  store_carried(dz + stride + j, f32x4.mul(e, f32x4.sub(i, one)), n);
  store_carried(dz + 2 * stride + j, slope_candidate(act, f32x4.mul(d, share), hh, usual), n);
  store_carried(dh + j, back, n);
}
