import { lstm_backward_gates } from "../cells/lstm_backward";
import { lstm_gates_part } from "../cells/lstm_gates";
import { clear_part, hold_part, restore_part } from "../cells/valid";
import { barrier } from "./barrier";
import { add_units, gemm_units, mul_units } from "./units";

/** lstm_forward for the units `from` to `to` (units.ts). Uses T tickets. */
export function lstm_forward_units(
  words: usize, self: i32, threads: i32, ticket: i32, from: i32, to: i32,
  h: usize, c: usize, gates: usize, u: usize, rmask: usize, valid: usize, hm: usize,
  T: i32, B: i32, BS: i32, H: i32, act: i32, ract: i32,
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
    gemm_units(gates, a, u, 0, B, H, H, 4, H, 4 * H, 1, from, to);
    lstm_gates_part(h + state + own, c + state + own, gates + own, c + own, B, H, n, act, ract);
    if (valid) {
      hold_part(h + state + own, h + own, valid, B, H, n);
      hold_part(c + state + own, c + own, valid, B, H, n);
      valid += <usize>BS << 2;
    }
    h += state;
    c += state;
    gates += 4 * state;
  }
  return true;
}

/** lstm_backward for the units `from` to `to` (units.ts). Uses T tickets. */
export function lstm_backward_units(
  words: usize, self: i32, threads: i32, ticket: i32, from: i32, to: i32,
  dz: usize, dh: usize, dc: usize, dy: usize, gates: usize, c: usize, ut: usize, rmask: usize,
  valid: usize, scratch: usize,
  T: i32, B: i32, BS: i32, H: i32, act: i32, ract: i32,
): bool {
  const state = (<usize>BS * H) << 2;
  const own = <usize>from << 2;
  const n = to - from;
  const kept = scratch + own, keptC = kept + ((<usize>B * H) << 2);
  for (let t = <usize>T; t > 0; t--) {
    const before = (t - 1) * state;
    const dzt = dz + 4 * before;
    const counts = valid + (((t - 1) * BS) << 2);
    if (dy) add_units(dh + own, dh + own, dy + before + own, B, H, n);
    if (valid) {
      hold_part(kept, dh + own, counts, B, H, n);
      hold_part(keptC, dc + own, counts, B, H, n);
    }
    lstm_backward_gates(
      dzt + own, dh + own, dc + own, gates + 4 * before + own, c + before + own, c + t * state + own,
      B, H, n, act, ract);
    if (valid) clear_part(dzt + own, counts, B, 4, H, n);
    if (!barrier(words, self, threads, ticket++)) return false;
    gemm_units(dh, dzt, ut, 0, B, H, 4 * H, 1, 4 * H, H, 0, from, to);
    if (rmask) mul_units(dh + own, dh + own, rmask + own, B, H, n);
    if (valid) {
      restore_part(dh + own, kept, counts, B, H, n);
      restore_part(dc + own, keptC, counts, B, H, n);
    }
  }
  return true;
}

/** lstm_step for the units `from` to `to` (units.ts). Uses one ticket. */
export function lstm_step_units(
  words: usize, self: i32, threads: i32, ticket: i32, from: i32, to: i32,
  h: usize, c: usize, x: usize, w: usize, u: usize, bias: usize, scratch: usize,
  B: i32, I: i32, H: i32, act: i32, ract: i32,
): bool {
  const own = <usize>from << 2;
  gemm_units(scratch, x, w, bias, B, H, I, 4, I, 4 * H, 0, from, to);
  gemm_units(scratch, h, u, 0, B, H, H, 4, H, 4 * H, 1, from, to);
  if (!barrier(words, self, threads, ticket)) return false;
  lstm_gates_part(h + own, c + own, scratch + own, c + own, B, H, to - from, act, ract);
  return true;
}
