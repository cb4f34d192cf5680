/**
 * The states that a label of U classes goes through under CTC, and how likely they are.
 *
 *   state  0      1      2      3      …   2U − 1   2U
 *   class  blank  y_1    blank  y_2        y_U      blank        S = 2U + 1 states
 *
 * A step stays in its state, goes to the next, or from one class over the blank to the next where the two
 * differ. A row over the states has `EDGE` floats before state 0 and at least as many behind the last, all of
 * them NOTHING: what comes from outside is impossible. Rows are in logarithms, and shifted so that their
 * largest is 0.
 */
import { HARDLY, log_sum_3, max_lanes, NOTHING } from "./log_sum";

/** Floats on either side of the states. */
export const EDGE = 4;

/** Floats of a row for labels of up to L classes. */
// @ts-ignore: decorator
@inline
export function row_floats(L: i32): i32 {
  return ((2 * L + 1 + 3) & ~3) + 2 * EDGE;
}

/** n floats of NOTHING; n is a multiple of 4. */
// @ts-ignore: decorator
@inline
export function clear_row(row: usize, n: i32): void {
  for (let p = row; p < row + (<usize>n << 2); p += 16) v128.store(p, f32x4.splat(NOTHING));
}

/** Number of classes of a label [L] that ends where `blank` begins. */
// @ts-ignore: decorator
@inline
export function label_length(label: usize, L: i32, blank: f32): i32 {
  let U = 0;
  while (U < L && load<f32>(label + (<usize>U << 2)) != blank) U++;
  return U;
}

/**
 * out  skip [W]: 0 where state s can follow s − 2, NOTHING elsewhere
 * in   label [U]
 */
export function skips(skip: usize, label: usize, U: i32, W: i32): void {
  clear_row(skip, W);
  for (let u = 1; u < U; u++) {
    const y = label + (<usize>u << 2);
    if (load<f32>(y) != load<f32>(y - 4)) store<f32>(skip + (<usize>(EDGE + 2 * u + 1) << 2), 0);
  }
}

/** Takes the largest of a row of S states from all of them, and gives it. */
// @ts-ignore: decorator
@inline
function shift(row: usize, S: i32): f32 {
  const begin = row + (EDGE << 2);
  const end = begin + (<usize>S << 2);
  let top = f32x4.splat(NOTHING);
  for (let p = begin; p < end; p += 16) top = f32x4.pmax(top, v128.load(p));
  const m = max_lanes(top);
  if (m <= HARDLY) return 0;
  const by = f32x4.splat(m);
  for (let p = begin; p < end; p += 16) v128.store(p, f32x4.sub(v128.load(p), by));
  return m;
}

/**
 * How likely the steps so far end in each state.
 *   α_s = e_s · (α'_s + α'_{s−1} + [s can follow s − 2] α'_{s−2})
 * out  alpha [W]; gives what it was shifted by
 * in   before [W] of the step before, e [W] of this step, skip [W]
 */
export function alpha_step(alpha: usize, before: usize, e: usize, skip: usize, S: i32): f32 {
  const end = <usize>(EDGE + S) << 2;
  for (let p: usize = EDGE << 2; p < end; p += 16) {
    const a = before + p;
    const over = f32x4.add(v128.load(a - 8), v128.load(skip + p));
    const sum = log_sum_3(v128.load(a), v128.load(a - 4), over);
    v128.store(alpha + p, f32x4.add(sum, v128.load(e + p)));
  }
  return shift(alpha, S);
}

/**
 * How likely the steps behind are, from each state.   β_s = b_s + b_{s+1} + [s + 2 can follow s] b_{s+2}
 * out  beta [W]
 * in   b [W]: β · e of the step behind, skip [W]
 */
export function beta_step(beta: usize, b: usize, skip: usize, S: i32): void {
  const end = <usize>(EDGE + S) << 2;
  for (let p: usize = EDGE << 2; p < end; p += 16) {
    const over = f32x4.add(v128.load(b + p, 8), v128.load(skip + p, 8));
    v128.store(beta + p, log_sum_3(v128.load(b + p), v128.load(b + p, 4), over));
  }
}

/** b = β · e, shifted; b [W], beta [W], e [W] */
export function beta_emit(b: usize, beta: usize, e: usize, S: i32): void {
  const end = <usize>(EDGE + S) << 2;
  for (let p: usize = EDGE << 2; p < end; p += 16) {
    v128.store(b + p, f32x4.add(v128.load(beta + p), v128.load(e + p)));
  }
  shift(b, S);
}
