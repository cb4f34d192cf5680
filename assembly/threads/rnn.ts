import { activate_rows } from "../cells/activate_rows";
import { rnn_backward_states, settle_states } from "../cells/rnn";
import { clear_part, hold_part, restore_part } from "../cells/valid";
import { barrier } from "./barrier";
import { add_units, gemm_units, mul_units } from "./units";

/** rnn_forward for the units `from` to `to` (units.ts). Uses T tickets. */
export function rnn_forward_units(
  words: usize, self: i32, threads: i32, ticket: i32, from: i32, to: i32,
  h: usize, u: usize, rmask: usize, valid: usize, hm: usize,
  T: i32, B: i32, BS: i32, H: i32, act: i32,
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
    h += state;
    gemm_units(h, a, u, 0, B, H, H, 1, H, H, 1, from, to);
    states(h + own, B, H, n, act);
    if (valid) {
      hold_part(h + own, h - state + own, valid, B, H, n);
      valid += <usize>BS << 2;
    }
  }
  return true;
}

/** rnn_backward for the units `from` to `to` (units.ts). Uses T tickets. */
export function rnn_backward_units(
  words: usize, self: i32, threads: i32, ticket: i32, from: i32, to: i32,
  dz: usize, dh: usize, dy: usize, h: usize, ut: usize, rmask: usize,
  valid: usize, scratch: usize,
  T: i32, B: i32, BS: i32, H: i32, act: i32,
): bool {
  const row = <usize>H << 2;
  const state = <usize>BS * row;
  const own = <usize>from << 2;
  const n = to - from;
  for (let t = <usize>T; t > 0; t--) {
    const before = (t - 1) * state;
    const counts = valid + (((t - 1) * BS) << 2);
    if (dy) add_units(dh + own, dh + own, dy + before + own, B, H, n);
    if (valid) hold_part(scratch + own, dh + own, counts, B, H, n);
    for (let at = own; at < <usize>B * row; at += row) {
      rnn_backward_states(dz + before + at, dh + at, h + t * state + at, n, act);
    }
    if (valid) clear_part(dz + before + own, counts, B, 1, H, n);
    if (!barrier(words, self, threads, ticket++)) return false;
    gemm_units(dh, dz + before, ut, 0, B, H, H, 1, H, H, 0, from, to);
    if (rmask) mul_units(dh + own, dh + own, rmask + own, B, H, n);
    if (valid) restore_part(dh + own, scratch + own, counts, B, H, n);
  }
  return true;
}

/** rnn_step for the units `from` to `to` (units.ts). Uses one ticket. */
export function rnn_step_units(
  words: usize, self: i32, threads: i32, ticket: i32, from: i32, to: i32,
  h: usize, x: usize, w: usize, u: usize, bias: usize, scratch: usize, B: i32, I: i32, H: i32, act: i32,
): bool {
  const row = <usize>H << 2;
  const own = <usize>from << 2;
  const n = to - from;
  gemm_units(scratch, x, w, bias, B, H, I, 1, I, H, 0, from, to);
  gemm_units(scratch, h, u, 0, B, H, H, 1, H, H, 1, from, to);
  if (!barrier(words, self, threads, ticket)) return false;
  states(scratch + own, B, H, n, act);
  for (let at = own; at < <usize>B * row; at += row) memory.copy(h + at, scratch + at, <usize>n << 2);
  return true;
}

/** h = act(h), without what is too small to be carried on, for n of H units of B samples. */
function states(h: usize, B: i32, H: i32, n: i32, act: i32): void {
  activate_rows(act, h, B, <usize>H << 2, n);
  for (; B > 0; B--) {
    settle_states(h, n);
    h += <usize>H << 2;
  }
}
