import { axpy } from "../linalg/elementwise";
import { fill } from "../linalg/fill";
import { dot_of } from "../linalg/reduce";

/**
 * Products of the rows of two sequences, sample by sample.   y_{t,b,s} = Σ_d a_{t,b,d} · c_{s,b,d}
 * out  y [T, B, S]
 * in   a [T, B, D], c [S, B, D]
 * Each sum has the order of linalg/reduce.
 */
export function batch_dot_forward(y: usize, a: usize, c: usize, T: i32, S: i32, B: i32, D: i32): void {
  const row = <usize>D << 2;
  for (let t = 0; t < T; t++) {
    for (let b = 0; b < B; b++, a += row) {
      let other = c + row * b;
      for (let s = 0; s < S; s++, y += 4, other += row * B) store<f32>(y, <f32>dot_of(a, other, D));
    }
  }
}

/**
 * da_{t,b} = Σ_s dy_{t,b,s} · c_{s,b},   dc_{s,b} = Σ_t dy_{t,b,s} · a_{t,b}
 * One multiply-add a term, by rising index.
 * out  da [T, B, D] or 0, dc [S, B, D] or 0
 * in   dy [T, B, S], a [T, B, D], c [S, B, D]
 */
export function batch_dot_backward(
  da: usize, dc: usize, dy: usize, a: usize, c: usize, T: i32, S: i32, B: i32, D: i32,
): void {
  const row = <usize>D << 2;
  if (da) fill(da, T * B * D, 0);
  if (dc) fill(dc, S * B * D, 0);
  for (let t = 0; t < T; t++) {
    for (let b = 0; b < B; b++) {
      const own = row * (t * B + b);
      for (let s = 0; s < S; s++, dy += 4) {
        const other = row * (s * B + b);
        const d = load<f32>(dy);
        if (da) axpy(da + own, c + other, D, d);
        if (dc) axpy(dc + other, a + own, D, d);
      }
    }
  }
}
