import { mul } from "../linalg/elementwise";
import { gemm } from "../linalg/gemm";
import { RELU } from "../math/activation";
import { madd } from "../simd";
import { activate_units, load_units, slope_units, store_carried, units_left } from "./units";
import { hold_rows } from "./valid";

/**
 * Independently recurrent network over a whole sequence:   h_t = act(bias + x_t·W + u ⊙ h_{t-1})
 * out  h [T+1, BS, H]: slot 0 is the initial state (read); slots t+1 hold bias + x_t·W on entry and the
 *      state after step t on exit
 *      hm [T, BS, H]: rmask ⊙ h_{t-1}, which then replaces h_{t-1} beside u; 0 if rmask is 0
 * in   u [H];  rmask [BS, H] or 0;  valid [T, BS] or 0 (valid.ts)
 * act: activation code. All pointers are to the first of B samples of a batch of BS.
 * Source: Li et al. 2018. Error: FORWARD_BOUND in test/cells/ind-rnn.test.ts.
 */
export function ind_rnn_forward(
  h: usize, u: usize, rmask: usize, valid: usize, hm: usize, T: i32, B: i32, BS: i32, H: i32, act: i32,
): void {
  const state = (<usize>BS * H) << 2;
  for (let t = 0; t < T; t++) {
    let a = h;
    if (rmask) {
      mul(hm, h, rmask, B * H);
      a = hm;
      hm += state;
    }
    advance(h + state, h + state, a, u, B, H, act);
    if (valid) {
      hold_rows(h + state, h, valid, B, H);
      valid += <usize>BS << 2;
    }
    h += state;
  }
}

/**
 * Independently recurrent network back through time, from the last step to the first; act' is written with
 * act's value:
 *   dh += dy_t,   dz_t = dh ⊙ act'(h_t),   dh = rmask ⊙ u ⊙ dz_t
 * out  dz [T, BS, H]: gradient of the pre-activations
 *      dh [BS, H]: gradient of the final state on entry, of the initial state on exit
 * in   dy [T, BS, H]: gradient of every output, or 0, may be dz;  h [T+1, BS, H];  u [H]
 *      rmask [BS, H] or 0;  valid [T, BS] or 0
 * All pointers are to the first of B samples of a batch of BS. The rest is left to gemm_tn and column sums
 * over T·B rows: du += column sums of A ⊙ dz with A = hm, or h slots 0 to T-1 without a mask; dW += xᵀ·dz;
 * dbias += column sums of dz; dx = dz·Wᵀ.
 */
export function ind_rnn_backward(
  dz: usize, dh: usize, dy: usize, h: usize, u: usize, rmask: usize, valid: usize,
  T: i32, B: i32, BS: i32, H: i32, act: i32,
): void {
  const row = <usize>H << 2;
  const state = <usize>BS * row;
  for (let t = <usize>T; t > 0; t--) {
    const before = (t - 1) * state;
    const flags = valid ? valid + (((t - 1) * <usize>BS) << 2) : 0;
    for (let b: usize = 0; b < <usize>B; b++) {
      const at = b * row;
      const counts: f32 = flags ? load<f32>(flags + (b << 2)) : 1;
      const dyb = dy ? dy + before + at : 0;
      const mask = rmask ? rmask + at : 0;
      if (counts != 0) retreat(dz + before + at, dh + at, dyb, h + t * state + at, u, mask, H, act);
      else pass_by(dz + before + at, dh + at, dyb, H);
      if (counts == 2) memory.fill(dh + at, 0, row);
    }
  }
}

/**
 * One step, with the bits of ind_rnn_forward.
 * out  h [B, H]: the old state on entry, the new on exit
 * in   x [B, I];  w: kernel [I, H] packed with G = 1;  u [H];  bias [H]
 * scratch [B, H]
 */
export function ind_rnn_step(
  h: usize, x: usize, w: usize, u: usize, bias: usize, scratch: usize, B: i32, I: i32, H: i32, act: i32,
): void {
  gemm(scratch, x, w, bias, B, H, I, 1, I, H, 0);
  advance(h, scratch, h, u, B, H, act);
}

/** hn = act(z + u ⊙ a).   hn, z, a [B, H], hn may be z or a;  u [H] */
function advance(hn: usize, z: usize, a: usize, u: usize, B: i32, H: i32, act: i32): void {
  const row = <usize>H << 2;
  const body = act == RELU ? row & ~15 : 0;
  const zero = f32x4.splat(0);
  for (; B > 0; B--) {
    let j: usize = 0;
    for (; j < body; j += 16) {
      const x = madd(v128.load(u + j), v128.load(a + j), v128.load(z + j));
      store_carried(hn + j, f32x4.pmax(x, zero), 4);
    }
    for (; j < row; j += 16) {
      const n = units_left(row, j);
      const x = madd(load_units(u + j, n), load_units(a + j, n), load_units(z + j, n));
      store_carried(hn + j, activate_units(act, x, 0), n);
    }
    hn += row; z += row; a += row;
  }
}

/** One sample's step back: dz and dh from dh + dy. */
function retreat(
  dz: usize, dh: usize, dy: usize, h: usize, u: usize, rmask: usize, H: i32, act: i32,
): void {
  const row = <usize>H << 2;
  for (let j: usize = 0; j < row; j += 16) {
    const n = units_left(row, j);
    let d = load_units(dh + j, n);
    if (dy) d = f32x4.add(d, load_units(dy + j, n));
    d = f32x4.mul(d, slope_units(act, load_units(h + j, n), 0));
    store_carried(dz + j, d, n);
    d = f32x4.mul(d, load_units(u + j, n));
    if (rmask) d = f32x4.mul(d, load_units(rmask + j, n));
    store_carried(dh + j, d, n);
  }
}

/** One sample's step that does not count: dz = 0, dh += dy. */
function pass_by(dz: usize, dh: usize, dy: usize, H: i32): void {
  const row = <usize>H << 2;
  for (let j: usize = 0; j < row; j += 16) {
    const n = units_left(row, j);
    if (dy) store_carried(dh + j, f32x4.add(load_units(dh + j, n), load_units(dy + j, n)), n);
    store_carried(dz + j, f32x4.splat(0), n);
  }
}
