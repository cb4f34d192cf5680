import { load_tail, store_tail } from "../simd";

/** Row number coded as a float; what is no row of the table (NaN included) gives -1. */
// @ts-ignore: decorator
@inline
export function row_of(id: f32, V: i32): i32 {
  return id >= 0 && id < <f32>V ? <i32>id : -1;
}

/**
 * y_r = table[ids_r]
 * out  y [R, O]
 * in   ids [R], whole numbers 0 … V − 1 as floats (exact up to 2^24)
 * weights  table [V, O]
 * An id outside the table reads nothing: its row is zero.
 */
export function embedding_forward(y: usize, ids: usize, table: usize, R: i32, O: i32, V: i32): void {
  const body = O & ~3;
  const tail = O - body;
  let p = y;
  for (let r = 0; r < R; r++) {
    const row = row_of(load<f32>(ids + (<usize>r << 2)), V);
    if (row < 0) {
      memory.fill(p, 0, <usize>O << 2);
      p += <usize>O << 2;
      continue;
    }
    let q = table + (<usize>row * <usize>O << 2);
    const end = p + (<usize>body << 2);
    for (; p < end; p += 16, q += 16) v128.store(p, v128.load(q));
    if (tail > 0) store_tail(p, load_tail(q, tail), tail);
    p += <usize>tail << 2;
  }
}

/**
 * dtable[ids_r] += dy_r, by rising r
 * out  dtable [V, O], row stride ld, added to
 * in   dy [R, O], row stride ld;  ids [R] as in embedding_forward; an id outside the table adds nothing
 */
export function embedding_backward(
  dtable: usize, dy: usize, ids: usize, R: i32, O: i32, V: i32, ld: i32,
): void {
  const body = <usize>(O & ~3) << 2;
  const tail = O & 3;
  for (let r = 0; r < R; r++, dy += <usize>ld << 2) {
    const row = row_of(load<f32>(ids + (<usize>r << 2)), V);
    if (row < 0) continue;
    let p = dy;
    let q = dtable + (<usize>row * <usize>ld << 2);
    const end = p + body;
    for (; p < end; p += 16, q += 16) v128.store(q, f32x4.add(v128.load(q), v128.load(p)));
    if (tail > 0) store_tail(q, f32x4.add(load_tail(q, tail), load_tail(p, tail)), tail);
  }
}
