import { load_lanes, store_lanes } from "../optimizers/lanes";
import { madd } from "../simd";

/**
 * A product for each of O blocks:   y_o[m, n] = Σ_k a_o[m, k] · b_o[k, n], by rising k
 * out  y, block o at o·yo, row stride yr
 * in   a, block o at o·ao, strides am and ak; b, block o at o·bo, row stride bk
 * Strides in elements; nothing may overlap y.
 */
export function block_product(
  y: usize, a: usize, b: usize, O: i32, M: i32, N: i32, K: i32,
  yo: i32, yr: i32, ao: i32, am: i32, ak: i32, bo: i32, bk: i32,
): void {
  for (let o = 0; o < O; o++) {
    for (let m = 0; m < M; m++) {
      const to = y + (<usize>(o * yo + m * yr) << 2);
      const from = a + (<usize>(o * ao + m * am) << 2);
      const factor = b + (<usize>(o * bo) << 2);
      let n = 0;
      for (; n <= N - 16; n += 16) wide(to + (<usize>n << 2), from, factor + (<usize>n << 2), K, ak, bk);
      for (; n < N; n += 4) {
        narrow(to + (<usize>n << 2), from, factor + (<usize>n << 2), K, ak, bk, min(N - n, 4));
      }
    }
  }
}

function wide(y: usize, a: usize, b: usize, K: i32, ak: i32, bk: i32): void {
  let y0 = f32x4.splat(0);
  let y1 = y0;
  let y2 = y0;
  let y3 = y0;
  for (let k = 0; k < K; k++, a += <usize>ak << 2, b += <usize>bk << 2) {
    const s = v128.load32_splat(a);
    y0 = madd(s, v128.load(b), y0);
    y1 = madd(s, v128.load(b, 16), y1);
    y2 = madd(s, v128.load(b, 32), y2);
    y3 = madd(s, v128.load(b, 48), y3);
  }
  v128.store(y, y0);
  v128.store(y, y1, 16);
  v128.store(y, y2, 32);
  v128.store(y, y3, 48);
}

function narrow(y: usize, a: usize, b: usize, K: i32, ak: i32, bk: i32, count: i32): void {
  let v = f32x4.splat(0);
  for (let k = 0; k < K; k++, a += <usize>ak << 2, b += <usize>bk << 2) {
    v = madd(v128.load32_splat(a), load_lanes(b, count), v);
  }
  store_lanes(y, v, count);
}
