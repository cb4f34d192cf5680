import { store_tail } from "../simd";

/**
 * out_j = value
 * out  out [n]
 */
export function fill(out: usize, n: i32, value: f32): void {
  const v = f32x4.splat(value);
  const body = n & ~3;
  let p = out;
  const end = out + (<usize>body << 2);
  for (; p < end; p += 16) v128.store(p, v);
  if (n > body) store_tail(p, v, n - body);
}
