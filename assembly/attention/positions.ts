import { add } from "../linalg/elementwise";

// Rows that depend on the number of a step. A stream has it at `place`, else the first is 0.

// @ts-ignore: decorator
@inline
function first_step(place: usize): i32 {
  return place ? <i32>load<f32>(place) : 0;
}

/**
 * y_{t,b} = table_{p + t}, p the number of the first step
 * out  y [T, B, O]
 * in   table [≥ p + T, O]; place [1], or 0 for p = 0
 */
export function position_rows(y: usize, table: usize, place: usize, T: i32, B: i32, O: i32): void {
  const row = <usize>O << 2;
  table += row * first_step(place);
  for (let t = 0; t < T; t++, table += row) {
    for (let b = 0; b < B; b++, y += row) memory.copy(y, table, row);
  }
}

/**
 * dtable_t += Σ_b dy_{t,b}, by rising sample
 * out  dtable [≥ T, O]
 * in   dy [T, B, O]
 */
export function position_gradient(dtable: usize, dy: usize, T: i32, B: i32, O: i32): void {
  const row = <usize>O << 2;
  for (let t = 0; t < T; t++, dtable += row) {
    for (let b = 0; b < B; b++, dy += row) add(dtable, dtable, dy, O);
  }
}

/**
 * Goes on to the next step.   place_b += 1
 * in, out  place [B]
 */
export function position_advance(place: usize, B: i32): void {
  for (const end = place + (<usize>B << 2); place < end; place += 4) store<f32>(place, load<f32>(place) + 1);
}

/**
 * Turns each head by the angles of its step (Su et al. 2021), elements i and i + D/2 with each other.
 *   y_i = x_i cos a_i − x_{i+D/2} sin a_i,   y_{i+D/2} = x_{i+D/2} cos a_i + x_i sin a_i
 * with sin times `way`, 1 forward and −1 for gradients.
 * out  y [T, B, N, D]; may be x
 * in   x [T, B, N, D], table [≥ p + T, D]: D/2 cosines, then D/2 sines; place [1], or 0 for p = 0
 */
export function rotary_turn(
  y: usize, x: usize, table: usize, place: usize, T: i32, R: i32, D: i32, way: f32,
): void {
  const half = <usize>(D >> 1) << 2;
  const body = <usize>((D >> 1) & ~3) << 2;
  const w = f32x4.splat(way);
  table += (<usize>D << 2) * first_step(place);
  for (let t = 0; t < T; t++, table += half << 1) {
    for (let r = 0; r < R; r++, x += half << 1, y += half << 1) {
      let j: usize = 0;
      for (; j < body; j += 16) {
        const a = v128.load(x + j);
        const b = v128.load(x + half + j);
        const c = v128.load(table + j);
        const s = f32x4.mul(v128.load(table + half + j), w);
        v128.store(y + j, f32x4.sub(f32x4.mul(a, c), f32x4.mul(b, s)));
        v128.store(y + half + j, f32x4.add(f32x4.mul(b, c), f32x4.mul(a, s)));
      }
      for (; j < half; j += 4) {
        const a = load<f32>(x + j);
        const b = load<f32>(x + half + j);
        const c = load<f32>(table + j);
        const s = load<f32>(table + half + j) * way;
        store<f32>(y + j, a * c - b * s);
        store<f32>(y + half + j, b * c + a * s);
      }
    }
  }
}
