import { load_lanes, store_lanes } from "../optimizers/lanes";
import { madd } from "../simd";
import { end_pair, fill_rows, first_pair } from "./conv1d";

/**
 * Convolution of every channel by itself:   y_t = bias + Σ_k x_{t·stride + offset + k·dilation} ⊙ w_k
 * out  y [T, B, C]
 * in   x [TX, B, C], w [K, C], bias [C] or 0
 * Taps by rising k; steps outside of x count as zero and are left out. dilation is 1 or more.
 * Source: docs/equations/convolution.md. Error: MAX_DIFFERENCE in test/layers/convolution/depthwise.test.ts.
 */
export function depthwise_forward(
  y: usize, x: usize, w: usize, bias: usize,
  T: i32, TX: i32, B: i32, C: i32, K: i32, stride: i32, dilation: i32, offset: i32,
): void {
  const row = <usize>C << 2;
  for (let t = 0; t < T; t++) {
    const at = t * stride + offset;
    const first = min(first_pair(at, dilation), K);
    const n = end_pair(at, dilation, TX, K) - first;
    let from = x + <usize>((at + first * dilation) * B) * row;
    for (let b = 0; b < B; b++) {
      channels(y, from, w + <usize>first * row, bias, n, C, <usize>(dilation * B) * row);
      from += row;
      y += row;
    }
  }
}

/**
 * The gradient of its input, or the transposed convolution:   y_{t·stride + offset + k·dilation} += x_t ⊙ w_k
 * out  y [T, B, C]
 * in   x [TX, B, C], w [K, C]
 */
export function depthwise_transpose(
  y: usize, x: usize, w: usize,
  T: i32, TX: i32, B: i32, C: i32, K: i32, stride: i32, dilation: i32, offset: i32,
): void {
  const row = <usize>C << 2;
  fill_rows(y, 0, T * B, C);
  for (let k = 0; k < K; k++) {
    const at = offset + k * dilation;
    const first = first_pair(at, stride);
    const end = end_pair(at, stride, T, TX);
    for (let t = first; t < end; t++) {
      let to = y + <usize>((t * stride + at) * B) * row;
      let from = x + <usize>(t * B) * row;
      for (let b = 0; b < B; b++) {
        channels(to, from, w, to, 1, C, row);
        to += row;
        from += row;
      }
    }
    w += row;
  }
}

/**
 * dw_k += Σ_t Σ_b x_{t·stride + offset + k·dilation} ⊙ dy_t, by rising step and sample
 * out  dw [K, C], row stride ld
 * in   x [TX, B, C], dy [T, B, C], both with row stride ld
 */
export function depthwise_weights(
  dw: usize, x: usize, dy: usize,
  T: i32, TX: i32, B: i32, C: i32, ld: i32, K: i32, stride: i32, dilation: i32, offset: i32,
): void {
  const row = <usize>ld << 2;
  const skip = <usize>((stride - 1) * B) * row;
  for (let k = 0; k < K; k++) {
    const at = offset + k * dilation;
    const first = first_pair(at, stride);
    const end = end_pair(at, stride, TX, T);
    for (let c = 0; c < C; c += 4) {
      const count = min(C - c, 4);
      const place = <usize>c << 2;
      let sum = load_lanes(dw + place, count);
      let p = x + <usize>((first * stride + at) * B) * row + place;
      let q = dy + <usize>(first * B) * row + place;
      for (let t = first; t < end; t++) {
        for (let b = 0; b < B; b++) {
          sum = madd(load_lanes(p, count), load_lanes(q, count), sum);
          p += row;
          q += row;
        }
        p += skip;
      }
      store_lanes(dw + place, sum, count);
    }
    dw += row;
  }
}

/**
 * One step of a causal one without stride, with the bits of depthwise_forward; see conv1d_step.
 * out     y [B, C]
 * in/out  ring [P, B, C] with P = (K − 1)·dilation, place [1]
 * in      x [B, C], w [K, C], bias [C] or 0
 */
export function depthwise_step(
  y: usize, ring: usize, place: usize, x: usize, w: usize, bias: usize, B: i32, C: i32, K: i32, dilation: i32,
): void {
  const row = <usize>C << 2;
  const frame = <usize>B * row;
  const P = (K - 1) * dilation;
  const oldest = P > 0 ? <i32>load<f32>(place) : 0;
  fill_rows(y, bias, B, C);
  for (let k = 0; k < K; k++) {
    let slot = oldest + k * dilation;
    if (slot >= P) slot -= P;
    const a = k == K - 1 ? x : ring + <usize>slot * frame;
    for (let b: usize = 0; b < frame; b += row) channels(y + b, a + b, w, y + b, 1, C, row);
    w += row;
  }
  if (P == 0) return;
  memory.copy(ring + <usize>oldest * frame, x, frame);
  store<f32>(place, oldest + 1 == P ? 0 : <f32>(oldest + 1));
}

/** y = init + Σ_i x_i ⊙ w_i for n rows of C channels: those of x `step` bytes apart, of w in a run. */
// @ts-ignore: decorator
@inline
function channels(y: usize, x: usize, w: usize, init: usize, n: i32, C: i32, step: usize): void {
  const row = <usize>C << 2;
  for (let c = 0; c < C; c += 4) {
    const count = min(C - c, 4);
    const place = <usize>c << 2;
    let sum = init ? load_lanes(init + place, count) : f32x4.splat(0);
    let p = x + place;
    let q = w + place;
    for (let i = 0; i < n; i++) {
      sum = madd(load_lanes(p, count), load_lanes(q, count), sum);
      p += step;
      q += row;
    }
    store_lanes(y + place, sum, count);
  }
}
