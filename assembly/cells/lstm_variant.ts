import { copy, mul } from "../linalg/elementwise";
import { gemm } from "../linalg/gemm";
import { settle } from "../simd";
import { activate_rows } from "./activate_rows";
import { add_peepholes, cell_output, next_cell } from "./lstm_variant_units";
import { norm_rows } from "./norm_rows";
import { load_units, store_units, units_left } from "./units";
import { clear_rows, hold_rows } from "./valid";

/**
 * LSTM with peepholes, coupled gates, projection, bounded cell state and layer normalisation, each or all of
 * them, over a whole sequence; z = bias + x_t·W, normalised where the rest is, on entry:
 *   z += h_{t-1}·U,  or  z += rgain ⊙ norm(h_{t-1}·U)
 *   i, f = ract(z_i + p_i ⊙ c_{t-1}, z_f + p_f ⊙ c_{t-1}),   g = act(z_c);   G = 3: i = 1 − f
 *   c_t = f ⊙ c_{t-1} + i ⊙ g, held within ±clip
 *   o = ract(z_o + p_o ⊙ c_t),   m_t = o ⊙ act(c_t),  or  o ⊙ act(cgain ⊙ norm(c_t) + cbias)
 *   h_t = m_t·V,  or  m_t without projection
 * out  h [T+1, BS, P], c [T+1, BS, H]: slot 0 is the initial state (read), slot t+1 the state after step t
 *      gates [T, BS, G·H]: z in the order i, f, c, o (G = 4) or f, c, o (G = 3) on entry; activated on exit
 *      m [T, BS, H] or 0 without projection, where P = H
 *      rhat [T, BS, G·H], chat [T, BS, H]: what is normalised of h·U and of c; 0 without normalisation
 *      inv [T, BS, 2]: 1 / √(σ² + epsilon) of both; 0 without
 *      hm [T, BS, P]: rmask ⊙ h_{t-1}, which then replaces h_{t-1} in the product; 0 if rmask is 0
 * in   u: recurrent kernel [P, G·H] packed with its G;  p [G−1, H] or 0: peepholes in the order of the gates
 *      v: projection [H, P] packed with G = 1, or 0;  rgain [G·H], cgain [H], cbias [H] or all 0
 *      rmask [BS, P] or 0;  valid [T, BS] or 0
 * act, ract: activation codes; clip 0: none. All pointers are to the first of B samples of a batch of BS.
 * Source: Gers, Schmidhuber 2000; Greff et al. 2017 (coupled); Sak et al. 2014 (projection); Ba et al. 2016.
 * Error: FORWARD_BOUND in test/cells/lstm-variant.test.ts.
 */
export function lstm_variant_forward(
  h: usize, c: usize, gates: usize, m: usize, rhat: usize, chat: usize, inv: usize,
  u: usize, p: usize, v: usize, rgain: usize, cgain: usize, cbias: usize,
  rmask: usize, valid: usize, hm: usize,
  T: i32, B: i32, BS: i32, H: i32, P: i32, G: i32, act: i32, ract: i32, clip: f32, epsilon: f32,
): void {
  const output = (<usize>BS * P) << 2;
  const state = (<usize>BS * H) << 2;
  for (; T > 0; T--) {
    let a = h;
    if (rmask) {
      mul(hm, h, rmask, B * P);
      a = hm;
      hm += output;
    }
    const hn = h + output, cn = c + state;
    variant_cell(
      hn, cn, gates, m, rhat, chat, inv, a, c, u, p, v, rgain, cgain, cbias,
      B, H, P, G, act, ract, clip, epsilon);
    if (valid) {
      hold_rows(hn, h, valid, B, P);
      hold_rows(cn, c, valid, B, H);
      if (v) clear_rows(m, valid, B, H);
      if (rgain) clear_rows(rhat, valid, B, G * H);
      if (rgain) clear_rows(chat, valid, B, H);
      valid += <usize>BS << 2;
    }
    h = hn;
    c = cn;
    gates += <usize>G * state;
    if (v) m += state;
    if (rgain) {
      rhat += <usize>G * state;
      chat += state;
      inv += <usize>BS << 3;
    }
  }
}

/**
 * in   x [B, I];  w: kernel [I, G·H] packed with its G;  u, p, v, rgain, cgain, cbias as in forward
 * out  h [B, P], c [B, H]: the old state on entry, the new on exit
 * in   x [B, I];  w: kernel [I, G·H] packed with its G;  u, p, v, rgain, cgain, cbias as there
 *      bias [G·H] or 0;  kgain [G·H], 0 where rgain is
 * scratch [B, (2·G + 2)·H + 2]
 */
export function lstm_variant_step(
  h: usize, c: usize, x: usize, w: usize, u: usize, bias: usize, p: usize, v: usize,
  kgain: usize, rgain: usize, cgain: usize, cbias: usize, scratch: usize,
  B: i32, I: i32, H: i32, P: i32, G: i32, act: i32, ract: i32, clip: f32, epsilon: f32,
): void {
  const N = G * H;
  const state = (<usize>B * H) << 2;
  const rhat = scratch + <usize>G * state;
  const m = rhat + <usize>G * state;
  const chat = m + state;
  const inv = chat + state;
  if (kgain) {
    gemm(rhat, x, w, 0, B, N, I, G, I, N, 0);
    norm_rows(scratch, rhat, inv, kgain, bias, B, N, N, 2, 0, epsilon);
  } else {
    gemm(scratch, x, w, bias, B, N, I, G, I, N, 0);
  }
  variant_cell(
    h, c, scratch, m, rhat, chat, inv, h, c, u, p, v, rgain, cgain, cbias,
    B, H, P, G, act, ract, clip, epsilon);
}

/** One step from the projections of the input; a is h or its masked copy; hn may be a and cn may be c. */
function variant_cell(
  hn: usize, cn: usize, gates: usize, m: usize, rhat: usize, chat: usize, inv: usize, a: usize, c: usize,
  u: usize, p: usize, v: usize, rgain: usize, cgain: usize, cbias: usize,
  B: i32, H: i32, P: i32, G: i32, act: i32, ract: i32, clip: f32, epsilon: f32,
): void {
  const row = <usize>H << 2;
  const N = G * H;
  const candidate = gates + <usize>(G - 2) * row;
  if (rgain) {
    gemm(rhat, a, u, 0, B, N, P, G, P, N, 0);
    norm_rows(gates, rhat, inv, rgain, 0, B, N, N, 2, 1, epsilon);
  } else {
    gemm(gates, a, u, 0, B, N, P, G, P, N, 1);
  }
  if (p) add_peepholes(gates, c, p, B, H, G);
  activate_rows(ract, gates, B, <usize>G * row, (G - 2) * H);
  activate_rows(act, candidate, B, <usize>G * row, H);
  next_cell(cn, gates, c, p, B, H, G, clip);
  activate_rows(ract, candidate + row, B, <usize>G * row, H);
  const y = v ? m : hn;
  let seen = cn;
  if (rgain) {
    copy(chat, cn, B * H);
    norm_rows(y, chat, inv + 4, cgain, cbias, B, H, H, 2, 0, epsilon);
    seen = y;
  }
  cell_output(y, candidate + row, seen, B, H, G, act);
  if (v) {
    gemm(hn, m, v, 0, B, P, H, 1, H, P, 0);
    settle_all(hn, B * P);
  }
}

/** Clears values so small that products with them are slow. */
function settle_all(x: usize, n: i32): void {
  const size = <usize>n << 2;
  for (let j: usize = 0; j < size; j += 16) {
    const w = units_left(size, j);
    store_units(x + j, settle(load_units(x + j, w)), w);
  }
}
