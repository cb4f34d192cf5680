import { add, copy, mul } from "../linalg/elementwise";
import { gemm } from "../linalg/gemm";
import { cell_backward, output_backward } from "./lstm_variant_units";
import { norm_rows_backward } from "./norm_rows";
import { clear_rows, keep_rows, restore_rows } from "./valid";

/**
 * lstm_variant_forward back through time, from the last step to the first (the pointwise parts are those of
 * lstm_variant_units):
 *   dh += dy_t,   dm = dh·Vᵀ, or dh without projection
 *   dz_o and dn, the gradient of what act sees of c_t, from dm;   dc += dn, through the normalisation if any
 *   dz_i, dz_f, dz_c and the new dc from dc
 *   e = dz, or its way back through the normalisation of h_{t-1}·U;   dh = rmask ⊙ (e·Uᵀ)
 * out  dz [T, BS, G·H]: gradient of z; may be gates
 *      dh [BS, P], dc [BS, H]: gradient of the final state on entry, of the initial state on exit
 *      dhs [T, BS, P]: gradient of every h_t; 0 without projection
 *      e [T, BS, G·H], dn [T, BS, H]; 0 without normalisation
 * in   dy [T, BS, P]: gradient of every output, or 0;  gates, rhat, chat, inv, c as forward leaves them
 *      ut: Uᵀ [G·H, P], vt: Vᵀ [P, H], each packed with G = 1;  p, rgain, cgain, cbias, rmask, valid as there
 * scratch [B, 2·H + P]
 * All pointers are to the first of B samples of a batch of BS. Left to products and sums over T·B rows:
 * dU += Aᵀ·e with A = hm, or h slots 0 to T-1 without a mask; dV += mᵀ·dhs; dW, dbias, dx from dz;
 * dp_i, dp_f += Σ dz_i,f ⊙ c_{t-1}, dp_o += Σ dz_o ⊙ c_t; drgain += Σ dz ⊙ rhat; dcgain += Σ dn ⊙ chat;
 * dcbias += Σ dn.
 */
export function lstm_variant_backward(
  dz: usize, dh: usize, dc: usize, dhs: usize, e: usize, dn: usize,
  dy: usize, gates: usize, c: usize, rhat: usize, chat: usize, inv: usize,
  ut: usize, p: usize, vt: usize, rgain: usize, cgain: usize, cbias: usize,
  rmask: usize, valid: usize, scratch: usize,
  T: i32, B: i32, BS: i32, H: i32, P: i32, G: i32, act: i32, ract: i32, clip: f32,
): void {
  const N = G * H;
  const row = <usize>H << 2;
  const output = (<usize>BS * P) << 2;
  const state = <usize>BS * row;
  const last = <usize>(G - 1) * row;
  const keptC = scratch + <usize>B * row;
  const keptH = keptC + <usize>B * row;
  for (let t = T - 1; t >= 0; t--) {
    const at = <usize>t * state;
    const ct = c + at, gt = gates + <usize>G * at, dzt = dz + <usize>G * at;
    const counts = valid ? valid + ((<usize>t * BS) << 2) : 0;
    const stats = inv + ((<usize>t * BS) << 3);
    if (dy) add(dh, dh, dy + <usize>t * output, B * P);
    if (counts) {
      keep_rows(keptH, dh, counts, B, P);
      keep_rows(keptC, dc, counts, B, H);
    }
    let d = dh;
    if (vt) {
      const own = dhs + <usize>t * output;
      copy(own, dh, B * P);
      if (counts) clear_rows(own, counts, B, P);
      gemm(scratch, dh, vt, 0, B, H, P, 1, P, H, 0);
      d = scratch;
    }
    if (rgain) {
      output_backward(dzt + last, dn + at, gt + last, chat + at, d, cgain, cbias, B, H, G, act, ract);
      norm_rows_backward(dc, dn + at, cgain, chat + at, stats + 4, B, H, H, H, 2, 1);
      if (counts) clear_rows(dn + at, counts, B, H);
    } else {
      output_backward(dzt + last, dc, gt + last, ct + state, d, 0, 0, B, H, G, act, ract);
    }
    cell_backward(dzt, dc, gt, ct, ct + state, p, B, H, G, act, ract, clip);
    let through = dzt;
    if (rgain) {
      through = e + <usize>G * at;
      norm_rows_backward(through, dzt, rgain, rhat + <usize>G * at, stats, B, N, N, N, 2, 0);
    }
    if (counts) {
      clear_rows(dzt, counts, B, N);
      if (rgain) clear_rows(through, counts, B, N);
    }
    gemm(dh, through, ut, 0, B, P, N, 1, N, P, 0);
    if (rmask) mul(dh, dh, rmask, B * P);
    if (counts) {
      restore_rows(dh, keptH, counts, B, P);
      restore_rows(dc, keptC, counts, B, H);
    }
  }
}
