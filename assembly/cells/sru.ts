import { LINEAR } from "../math/activation";
import { sigmoid } from "../math/sigmoid";
import { madd } from "../simd";
import { activate_candidate, slope_candidate } from "./candidate";
import { pass_row, state_gradient } from "./scan_rows";
import { load_units, store_carried, store_units, units_left } from "./units";

/**
 * SRU over a whole sequence; bias + x_t·W is in gates on entry, and nothing else but v is multiplied:
 *   f, r = σ(proj_f,r + v_f,r ⊙ c_{t-1})
 *   c_t = f ⊙ c_{t-1} + (1 − f) ⊙ proj_c,   h_t = r ⊙ act(c_t) + (1 − r) ⊙ s_t
 *   s_t = x_t where inputs have the size of outputs, else proj_s
 * out  h, c [T, BS, HS]: the states after each step
 *      gates [T, BS, G·HS], G = 3 with x, else 4: projections in the order f, r, c, s on entry; the first two
 *      are f and r on exit, but where valid is 0
 * in   x [T, BS, HS], or 0 where s is a projection;  v [2, HS]: of f and r, or 0
 *      h0, c0 [BS, HS]: the states before the first step; with T = 1 they may be h and c
 *      valid [T, BS] or 0 (cells/valid.ts)
 * act: activation code. Pointers are to the first of H units, of HS, of the first of B samples, of BS.
 * Each unit goes through time by itself: any share of units or samples gives the same bits.
 * Source: Lei et al. 2018, "Simple recurrent units for highly parallelizable recurrence"; without v and with
 * an activation Lei et al. 2017, v1; docs/equations/sru.md
 * Error: FORWARD_BOUND in test/cells/sru.test.ts.
 */
export function sru_forward(
  h: usize, c: usize, gates: usize, x: usize, v: usize, h0: usize, c0: usize, valid: usize,
  T: i32, B: i32, BS: i32, H: i32, HS: i32, act: i32,
): void {
  const row = <usize>H << 2, stride = <usize>HS << 2;
  const rest = <usize>(BS - B);
  const wide = (x ? 3 : 4) * stride;
  const body = act == LINEAR ? row & ~15 : 0;
  for (; T > 0; T--) {
    let oldH = h0, old = c0;
    h0 = h;
    c0 = c;
    for (let b = B; b > 0; b--) {
      if (valid && load<f32>(valid) == 0) {
        memory.copy(h, oldH, row);
        memory.copy(c, old, row);
      } else {
        const s = x ? x : gates + 3 * stride;
        let j: usize = 0;
        if (body) {
          do {
            forward_unit(h, c, gates, s, v, old, j, stride, LINEAR, 1, 4);
            j += 16;
          } while (j < body);
        }
        for (; j < row; j += 16) {
          forward_unit(h, c, gates, s, v, old, j, stride, act, 0, units_left(row, j));
        }
      }
      h += stride; c += stride; oldH += stride; old += stride; gates += wide;
      if (x) x += stride;
      if (valid) valid += 4;
    }
    h += rest * stride; c += rest * stride; gates += rest * wide;
    if (x) x += rest * stride;
    if (valid) valid += rest << 2;
  }
}

// @ts-ignore: decorator
@inline
function forward_unit(
  h: usize, c: usize, gates: usize, s: usize, v: usize, old: usize, j: usize, stride: usize,
  act: i32, usual: i32, n: i32,
): void {
  const one = f32x4.splat(1);
  const before = load_units(old + j, n);
  let f = load_units(gates + j, n), r = load_units(gates + stride + j, n);
  if (v) {
    f = madd(load_units(v + j, n), before, f);
    r = madd(load_units(v + stride + j, n), before, r);
  }
  f = sigmoid(f);
  r = sigmoid(r);
  const added = f32x4.mul(f32x4.sub(one, f), load_units(gates + 2 * stride + j, n));
  const next = madd(f, before, added);
  const passed = f32x4.mul(f32x4.sub(one, r), load_units(s + j, n));
  store_units(gates + j, f, n);
  store_units(gates + stride + j, r, n);
  store_carried(c + j, next, n);
  store_carried(h + j, madd(r, activate_candidate(act, next, usual), passed), n);
}

/**
 * SRU back through time, from the last step to the first, a = act(c_t):
 *   d = dh + dy_t,   dz_r = d ⊙ (a − s_t) ⊙ r ⊙ (1 − r),   ds_t = d ⊙ (1 − r)
 *   dc += d ⊙ r ⊙ act'(a),   dz_f = dc ⊙ (c_{t-1} − proj_c) ⊙ f ⊙ (1 − f),   dz_c = dc ⊙ (1 − f)
 *   dc = dc ⊙ f + v_f ⊙ dz_f + v_r ⊙ dz_r,   dh = 0
 * out  dz [T, BS, G·HS]: gradient of the projections, ds among them where s is one; may be gates
 *      dx [T, BS, HS]: ds where s is x; 0 where nobody needs it
 *      dh, dc [BS, HS]: gradients of the final states on entry, of the initial states on exit
 * in   dy [T, BS, HS]: gradient of every output, or 0;  gates as sru_forward leaves them;  x, v as there
 *      c [T+1, BS, HS]: the initial state, then those after each step;  valid [T, BS] or 0
 * H, HS, B, BS as in sru_forward. The rest is left to gemm_tn, gemm, colsum and colsum_mul over T·B rows:
 *   dv_f,r += column sums of c_{t-1} ⊙ dz_f,r
 */
export function sru_backward(
  dz: usize, dx: usize, dh: usize, dc: usize, dy: usize, gates: usize, x: usize, v: usize, c: usize,
  valid: usize, T: i32, B: i32, BS: i32, H: i32, HS: i32, act: i32,
): void {
  const row = <usize>H << 2, stride = <usize>HS << 2;
  const state = <usize>BS * stride;
  const G = x ? 3 : 4;
  const body = act == LINEAR ? row & ~15 : 0;
  for (let t = T - 1; t >= 0; t--) {
    const frame = <usize>t * state;
    for (let b = 0; b < B; b++) {
      const at = frame + <usize>b * stride;
      const dht = dh + <usize>b * stride, dct = dc + <usize>b * stride, dyt = dy ? dy + at : 0;
      const dzt = dz + <usize>G * at, gt = gates + <usize>G * at;
      const s = x ? x + at : gt + 3 * stride;
      const ds = x ? (dx ? dx + at : 0) : dzt + 3 * stride;
      if (valid && load<f32>(valid + ((<usize>t * BS + b) << 2)) == 0) {
        pass_row(dzt, dht, dyt, G, row, stride);
        if (ds) memory.fill(ds, 0, row);
        continue;
      }
      let j: usize = 0;
      if (body) {
        do {
          backward_unit(dzt, ds, dht, dct, dyt, gt, s, v, c + at, state, j, stride, LINEAR, 1, 4);
          j += 16;
        } while (j < body);
      }
      for (; j < row; j += 16) {
        const n = units_left(row, j);
        backward_unit(dzt, ds, dht, dct, dyt, gt, s, v, c + at, state, j, stride, act, 0, n);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function backward_unit(
  dz: usize, ds: usize, dh: usize, dc: usize, dy: usize, gates: usize, s: usize, v: usize, c: usize,
  state: usize, j: usize, stride: usize, act: i32, usual: i32, n: i32,
): void {
  const one = f32x4.splat(1);
  const f = load_units(gates + j, n), r = load_units(gates + stride + j, n);
  const passed = load_units(s + j, n);
  const a = activate_candidate(act, load_units(c + state + j, n), usual);
  const d = state_gradient(dh, dy, j, n);
  const dr = f32x4.mul(d, r);
  const closed = f32x4.sub(one, r), forgets = f32x4.sub(one, f);
  const dzr = f32x4.mul(f32x4.mul(dr, closed), f32x4.sub(a, passed));
  const dct = f32x4.add(load_units(dc + j, n), slope_candidate(act, dr, a, usual));
  const dcf = f32x4.mul(dct, f);
  const change = f32x4.sub(load_units(c + j, n), load_units(gates + 2 * stride + j, n));
  const dzf = f32x4.mul(f32x4.mul(dcf, forgets), change);
  let back = dcf;
  if (v) {
    back = madd(load_units(v + j, n), dzf, back);
    back = madd(load_units(v + stride + j, n), dzr, back);
  }
  store_carried(dz + j, dzf, n);
  store_carried(dz + stride + j, dzr, n);
  store_carried(dz + 2 * stride + j, f32x4.mul(dct, forgets), n);
  if (ds) store_carried(ds + j, f32x4.mul(d, closed), n);
  store_carried(dc + j, back, n);
  store_units(dh + j, f32x4.splat(0), n);
}
