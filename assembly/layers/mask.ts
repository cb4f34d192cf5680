/**
 * Masks of sequences: mask [R] holds 1 for a row that counts and 0 for one that does not, R being T·B (or B
 * for one step). Rows are kept or replaced, never multiplied, so that what a row without meaning holds may be
 * any number.
 */

/** y_r = x_r where mask_r ≠ 0, else 0.   y, x [R, N], y may be x;  mask [R] */
export function mask_rows(y: usize, x: usize, mask: usize, R: i32, N: i32): void {
  const row = <usize>N << 2;
  for (; R > 0; R--) {
    if (load<f32>(mask) == 0) memory.fill(y, 0, row);
    else if (y != x) memory.copy(y, x, row);
    mask += 4; y += row; x += row;
  }
}

/** y_r = x_r where mask_r ≠ 0, else other_r, or `value` where other is 0.   y, x, other [R, N], y may be x */
export function choose_rows(
  y: usize, x: usize, other: usize, mask: usize, R: i32, N: i32, value: f32,
): void {
  const row = <usize>N << 2;
  for (; R > 0; R--) {
    if (load<f32>(mask) != 0) {
      if (y != x) memory.copy(y, x, row);
    } else if (other) {
      memory.copy(y, other, row);
    } else {
      for (let j: usize = 0; j < row; j += 4) store<f32>(y + j, value);
    }
    mask += 4; y += row; x += row;
    if (other) other += row;
  }
}

/** mask_r = 1 where any of x_r is not `value`, else 0.   x [R, N];  NaN is not `value` */
export function mask_equal(mask: usize, x: usize, R: i32, N: i32, value: f32): void {
  const row = <usize>N << 2;
  for (; R > 0; R--) {
    let counts: f32 = 0;
    for (let j: usize = 0; j < row; j += 4) {
      if (load<f32>(x + j) != value) {
        counts = 1;
        break;
      }
    }
    store<f32>(mask, counts);
    mask += 4; x += row;
  }
}

/** seen_t = 1 from the first step on that counts, 0 before.   seen, mask [T, B] */
export function mask_seen(seen: usize, mask: usize, T: i32, B: i32): void {
  const row = <usize>B << 2;
  for (let t = 0; t < T; t++) {
    for (let b: usize = 0; b < row; b += 4) {
      let any = load<f32>(mask + b);
      if (t > 0 && load<f32>(seen + b - row) != 0) any = 1;
      store<f32>(seen + b, any);
    }
    seen += row; mask += row;
  }
}

/**
 * Where truncation cuts the gradients of states: marks_t = 2 at every n-th step that counts, from the last
 * one backwards, unless it is the first of its sample; elsewhere the mask.   marks, mask [T, B]
 * seen [T, B] as mask_seen gives it
 */
export function mask_cuts(marks: usize, mask: usize, seen: usize, T: i32, B: i32, n: i32): void {
  const row = <usize>B << 2;
  for (let b: usize = 0; b < row; b += 4) {
    let count = 0;
    for (let t = T - 1; t >= 0; t--) {
      const at = <usize>t * row + b;
      let mark = load<f32>(mask + at);
      if (mark != 0) {
        count++;
        if (count % n == 0 && t > 0 && load<f32>(seen + at - row) != 0) mark = 2;
      }
      store<f32>(marks + at, mark);
    }
  }
}

/**
 * y_b = x_{t, b} for the last step t that counts, 0 where none does.
 * y [B, N];  x [T, B, N];  mask [T, B] or 0
 */
export function last_forward(y: usize, x: usize, mask: usize, T: i32, B: i32, N: i32): void {
  const row = <usize>N << 2;
  for (let b = 0; b < B; b++) {
    const t = last_of(mask, b, T, B);
    if (t < 0) memory.fill(y, 0, row);
    else memory.copy(y, x + (<usize>t * B + b) * row, row);
    y += row;
  }
}

/** dx_{t, b} = dy_b for that step, 0 elsewhere.   dx [T, B, N];  dy [B, N];  mask [T, B] or 0 */
export function last_backward(dx: usize, dy: usize, mask: usize, T: i32, B: i32, N: i32): void {
  const row = <usize>N << 2;
  memory.fill(dx, 0, <usize>T * B * row);
  for (let b = 0; b < B; b++) {
    const t = last_of(mask, b, T, B);
    if (t >= 0) memory.copy(dx + (<usize>t * B + b) * row, dy, row);
    dy += row;
  }
}

/** The last step of sample b that counts, or -1. */
function last_of(mask: usize, b: i32, T: i32, B: i32): i32 {
  let t = T - 1;
  if (mask) while (t >= 0 && load<f32>(mask + ((<usize>t * B + b) << 2)) == 0) t--;
  return t;
}
