/**
 * Sequences of unequal length in one batch. valid [T, BS] holds 1 where a step counts and 0 where it is
 * padding or masked; at such a step a sample's state stays as it is, and its gradients pass by unchanged:
 *   valid_t = 1:  h_t = cell(x_t, h_{t-1})        valid_t = 0:  h_t = h_{t-1},   dz_t = 0,   dh_{t-1} = dh_t
 * Where valid is 2 the step counts, and the gradients of the state in front of it are cut (truncation).
 * A cell's forward calls hold_rows after each step, for every state. Its backward keeps dh (and dc) aside
 * with keep_rows once dy_t is in, and after the step restores them and clears dz_t. What a cell computes
 * for a step that does not count may be any number: it is overwritten, never multiplied.
 * The forms `_part` take n of the H columns of a row, whose first the pointers are to.
 */

/** to_b = from_b where valid_b = 0.   to, from [B, H];  valid [B] */
export function hold_rows(to: usize, from: usize, valid: usize, B: i32, H: i32): void {
  hold_part(to, from, valid, B, H, H);
}

export function hold_part(to: usize, from: usize, valid: usize, B: i32, H: i32, n: i32): void {
  const row = <usize>H << 2;
  for (; B > 0; B--) {
    if (load<f32>(valid) == 0) memory.copy(to, from, <usize>n << 2);
    valid += 4; to += row; from += row;
  }
}

/** Sets aside the gradients that a step must not change: kept_b = d_b where valid_b = 0.   kept, d [B, H] */
export function keep_rows(kept: usize, d: usize, valid: usize, B: i32, H: i32): void {
  hold_part(kept, d, valid, B, H, H);
}

/** Brings them back: d_b = kept_b where valid_b = 0; cuts: d_b = 0 where valid_b = 2.   d, kept [B, H] */
export function restore_rows(d: usize, kept: usize, valid: usize, B: i32, H: i32): void {
  restore_part(d, kept, valid, B, H, H);
}

export function restore_part(d: usize, kept: usize, valid: usize, B: i32, H: i32, n: i32): void {
  const row = <usize>H << 2;
  for (; B > 0; B--) {
    const counts = load<f32>(valid);
    if (counts == 0) memory.copy(d, kept, <usize>n << 2);
    else if (counts == 2) memory.fill(d, 0, <usize>n << 2);
    valid += 4; d += row; kept += row;
  }
}

/** x_b = 0 where valid_b = 0.   x [B, N];  valid [B] */
export function clear_rows(x: usize, valid: usize, B: i32, N: i32): void {
  clear_part(x, valid, B, 1, N, N);
}

/** The same for n columns of each of G groups.   x [B, G·H] */
export function clear_part(x: usize, valid: usize, B: i32, G: i32, H: i32, n: i32): void {
  for (; B > 0; B--) {
    const clears = load<f32>(valid) == 0;
    for (let g = 0; g < G; g++) {
      if (clears) memory.fill(x, 0, <usize>n << 2);
      x += <usize>H << 2;
    }
    valid += 4;
  }
}
