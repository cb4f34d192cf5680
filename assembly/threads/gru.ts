import { activate_rows } from "../cells/activate_rows";
import { gru_backward_gates, gru_backward_reset } from "../cells/gru_backward";
import { gru_blend_part } from "../cells/gru_blend";
import { clear_part, hold_part, restore_part } from "../cells/valid";
import { barrier } from "./barrier";
import { add_units, gemm_units, mul_units } from "./units";

/** gru_forward for the units `from` to `to` (units.ts). Uses T tickets, 2T without resetAfter. */
export function gru_forward_units(
  words: usize, self: i32, threads: i32, ticket: i32, from: i32, to: i32,
  h: usize, gates: usize, q: usize, u: usize, rbias: usize, rmask: usize, valid: usize,
  hm: usize,
  T: i32, B: i32, BS: i32, H: i32, act: i32, ract: i32, resetAfter: i32, candidateGate: i32,
): bool {
  const state = (<usize>BS * H) << 2;
  const own = <usize>from << 2;
  const n = to - from;
  for (let t = 0; t < T; t++) {
    let a = h;
    if (rmask) {
      mul_units(hm + own, h + own, rmask + own, B, H, n);
      a = hm;
      hm += state;
    }
    // The first step reads what was there before, unless it is masked here.
    if ((t > 0 || rmask) && !barrier(words, self, threads, ticket)) return false;
    ticket++;
    const met = candidate(
      words, self, threads, ticket, from, to, gates, q, a, u, rbias, B, H, ract, resetAfter);
    if (!met) return false;
    if (!resetAfter) ticket++;
    gru_blend_part(
      h + state + own, gates + own, q + own, h + own, B, H, n, act, resetAfter, candidateGate);
    if (valid) {
      hold_part(h + state + own, h + own, valid, B, H, n);
      valid += <usize>BS << 2;
    }
    h += state;
    q += state;
    gates += 3 * state;
  }
  return true;
}

/** gru_step for the units `from` to `to` (units.ts). Uses two tickets. */
export function gru_step_units(
  words: usize, self: i32, threads: i32, ticket: i32, from: i32, to: i32,
  h: usize, x: usize, w: usize, u: usize, bias: usize, rbias: usize, scratch: usize,
  B: i32, I: i32, H: i32, act: i32, ract: i32, resetAfter: i32, candidateGate: i32,
): bool {
  const own = <usize>from << 2;
  const q = scratch + ((<usize>B * 3 * H) << 2);
  gemm_units(scratch, x, w, bias, B, H, I, 3, I, 3 * H, 0, from, to);
  const met = candidate(
    words, self, threads, ticket, from, to, scratch, q, h, u, rbias, B, H, ract, resetAfter);
  if (!met) return false;
  if (!barrier(words, self, threads, ticket + 1)) return false;
  gru_blend_part(h + own, scratch + own, q + own, h + own, B, H, to - from, act, resetAfter, candidateGate);
  return true;
}

/**
 * z, r and what goes into hh, from the projections; a is h or its masked copy. Uses one ticket without
 * resetAfter. Gives false when a thread has given up.
 */
function candidate(
  words: usize, self: i32, threads: i32, ticket: i32, from: i32, to: i32,
  gates: usize, q: usize, a: usize, u: usize, rbias: usize, B: i32, H: i32, ract: i32, resetAfter: i32,
): bool {
  const row = <usize>H << 2;
  const own = <usize>from << 2;
  const n = to - from;
  const uh = u + ((<usize>((H + 7) >> 3) * 2 * H) << 5);
  gemm_units(gates, a, u, 0, B, H, H, 2, H, 3 * H, 1, from, to);
  activate_rows(ract, gates + own, B, 3 * row, n);
  activate_rows(ract, gates + row + own, B, 3 * row, n);
  if (resetAfter) {
    gemm_units(q, a, uh, rbias ? rbias + 2 * row : 0, B, H, H, 1, H, H, 0, from, to);
    return true;
  }
  for (let b: usize = 0; b < <usize>B; b++) {
    mul_units(q + b * row + own, gates + (3 * b + 1) * row + own, a + b * row + own, 1, H, n);
  }
  if (!barrier(words, self, threads, ticket)) return false;
  gemm_units(gates + 2 * row, q, uh, 0, B, H, H, 1, H, 3 * H, 1, from, to);
  return true;
}

/** gru_backward for the units `from` to `to` (units.ts). Uses T tickets, 2T without resetAfter. */
export function gru_backward_units(
  words: usize, self: i32, threads: i32, ticket: i32, from: i32, to: i32,
  dz: usize, dq: usize, dh: usize, dy: usize, gates: usize, q: usize, h: usize, hm: usize,
  ut: usize, rmask: usize, valid: usize, scratch: usize,
  T: i32, B: i32, BS: i32, H: i32, act: i32, ract: i32, resetAfter: i32, candidateGate: i32,
): bool {
  const n = to - from;
  const row = <usize>H << 2;
  const own = <usize>from << 2;
  const state = <usize>BS * row;
  const uth = ut + ((<usize>((H + 7) >> 3) * 2 * H) << 5);
  const a = hm ? hm : h;
  const kept = scratch + ((<usize>B * H) << 2) + own;
  for (let t = T - 1; t >= 0; t--) {
    const at = <usize>t * state;
    const dzt = dz + 3 * at, gt = gates + 3 * at;
    const counts = valid + ((<usize>t * BS) << 2);
    if (dy) add_units(dh + own, dh + own, dy + at + own, B, H, n);
    if (valid) hold_part(kept, dh + own, counts, B, H, n);
    gru_backward_gates(
      dzt + own, dq + at + own, dh + own, gt + own, q + at + own, h + at + own,
      B, H, n, act, ract, resetAfter, candidateGate);
    if (valid) {
      clear_part(dzt + own, counts, B, 3, H, n);
      if (resetAfter) clear_part(dq + at + own, counts, B, 1, H, n);
    }
    if (!barrier(words, self, threads, ticket++)) return false;
    if (resetAfter) {
      gemm_units(scratch, dzt, ut, 0, B, H, 2 * H, 1, 3 * H, H, 0, from, to);
      gemm_units(scratch, dq + at, uth, 0, B, H, H, 1, H, H, 1, from, to);
    } else {
      gemm_units(scratch, dzt + 2 * row, uth, 0, B, H, H, 1, 3 * H, H, 0, from, to);
      gru_backward_reset(dzt + own, scratch + own, gt + own, a + at + own, B, H, n, ract);
      if (valid) clear_part(dzt + row + own, counts, B, 1, 3 * H, n);
      if (!barrier(words, self, threads, ticket++)) return false;
      gemm_units(scratch, dzt, ut, 0, B, H, 2 * H, 1, 3 * H, H, 1, from, to);
    }
    if (rmask) mul_units(scratch + own, scratch + own, rmask + own, B, H, n);
    add_units(dh + own, dh + own, scratch + own, B, H, n);
    if (valid) restore_part(dh + own, kept, counts, B, H, n);
  }
  return true;
}
