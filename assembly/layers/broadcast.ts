import { load_lanes, store_lanes } from "../optimizers/lanes";

// Two operands element by element, each repeated along the axes where its stride is 0. The last axis of an
// operand has stride 1, or 0 where the operand has one element there.

// The numbers of src/layers/arithmetic/operations.ts.
const ADD: i32 = 0;
const SUB: i32 = 1;
const MUL: i32 = 2;
const DIV: i32 = 3;
const MAX: i32 = 4;
const MIN: i32 = 5;

/**
 * y[i, j, k, l] = a at (i·ai + j·aj + k·ak + l·al)  op  b likewise
 * out  y [I, J, K, L]
 * in   a, b; strides in elements, al and bl 0 or 1
 */
export function broadcast_forward(
  y: usize, a: usize, b: usize, I: i32, J: i32, K: i32, L: i32,
  ai: i32, aj: i32, ak: i32, al: i32, bi: i32, bj: i32, bk: i32, bl: i32, op: i32,
): void {
  for (let i = 0; i < I; i++) {
    for (let j = 0; j < J; j++) {
      for (let k = 0; k < K; k++) {
        const p = a + (<usize>(i * ai + j * aj + k * ak) << 2);
        const q = b + (<usize>(i * bi + j * bj + k * bk) << 2);
        for (let l = 0; l < L; l += 4, y += 16) {
          const count = min(L - l, 4);
          store_lanes(y, combine(op, lanes(p, l, al, count), lanes(q, l, bl, count)), count);
        }
        y -= <usize>(-L & 3) << 2;
      }
    }
  }
}

/**
 * Adds to the gradient of one operand, a where `second` is 0, else b: the sum over the axes along which it is
 * repeated.
 * out  d, as the operand lies
 * in   dy [I, J, K, L], a, b
 */
export function broadcast_backward(
  d: usize, dy: usize, a: usize, b: usize, I: i32, J: i32, K: i32, L: i32,
  ai: i32, aj: i32, ak: i32, al: i32, bi: i32, bj: i32, bk: i32, bl: i32, op: i32, second: i32,
): void {
  for (let i = 0; i < I; i++) {
    for (let j = 0; j < J; j++) {
      for (let k = 0; k < K; k++) {
        const fromA = <usize>(i * ai + j * aj + k * ak) << 2;
        const fromB = <usize>(i * bi + j * bj + k * bk) << 2;
        const to = d + (second ? fromB : fromA);
        const own = second ? bl : al;
        let total = f32x4.splat(0);
        for (let l = 0; l < L; l += 4, dy += 16) {
          const count = min(L - l, 4);
          const g = load_lanes(dy, count);
          const p = lanes(a + fromA, l, al, count);
          const q = lanes(b + fromB, l, bl, count);
          // What stands behind the end is 0 in g; 0 / 0 there must not count.
          const share = select_first(gradient(op, g, p, q, second), count);
          if (own) {
            const place = to + (<usize>l << 2);
            store_lanes(place, f32x4.add(load_lanes(place, count), share), count);
          } else {
            total = f32x4.add(total, share);
          }
        }
        dy -= <usize>(-L & 3) << 2;
        if (!own) store<f32>(to, load<f32>(to) + sum_lanes(total));
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function lanes(p: usize, l: i32, stride: i32, count: i32): v128 {
  return stride ? load_lanes(p + (<usize>l << 2), count) : v128.load32_splat(p);
}

// @ts-ignore: decorator
@inline
function select_first(v: v128, count: i32): v128 {
  return v128.and(v, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count)));
}

// @ts-ignore: decorator
@inline
function sum_lanes(v: v128): f32 {
  const low = f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1);
  return low + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

// @ts-ignore: decorator
@inline
function combine(op: i32, a: v128, b: v128): v128 {
  switch (op) {
    case ADD: return f32x4.add(a, b);
    case SUB: return f32x4.sub(a, b);
    case MUL: return f32x4.mul(a, b);
    case DIV: return f32x4.div(a, b);
    case MAX: return f32x4.max(a, b);
    default: return f32x4.min(a, b);
  }
}

/** Share of g that goes to an operand; of equal ones the first takes all of a maximum or minimum. */
// @ts-ignore: decorator
@inline
function gradient(op: i32, g: v128, a: v128, b: v128, second: i32): v128 {
  switch (op) {
    case ADD: return g;
    case SUB: return second ? f32x4.neg(g) : g;
    case MUL: return f32x4.mul(g, second ? a : b);
    case DIV: return second ? f32x4.neg(f32x4.div(f32x4.mul(g, a), f32x4.mul(b, b))) : f32x4.div(g, b);
    case MAX: return taken(g, f32x4.ge(a, b), second);
    default: return taken(g, f32x4.le(a, b), second);
  }
}

// @ts-ignore: decorator
@inline
function taken(g: v128, byFirst: v128, second: i32): v128 {
  return second ? v128.andnot(g, byFirst) : v128.and(g, byFirst);
}
