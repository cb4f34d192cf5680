import { load_edge } from "./edge";

/** Rows of B packed before moving to the next panel: their cache lines serve neighbouring panels. */
const ROW_BLOCK: i32 = 64;

/**
 * Packs B(k, n) = b[k·ldk + n·ldn] into panels of 8 columns for gemm.
 * out  packed [G][ceil(N/G/8)][K][8]; columns past the end of a group are zero
 * in   b, read as [K, N]; the N columns are G groups of N/G
 * ldk = N, ldn = 1 packs a row-major [K, N]; ldk = 1, ldn = ldb packs the transpose of a row-major [N, K].
 */
export function pack_panels(packed: usize, b: usize, K: i32, N: i32, G: i32, ldk: i32, ldn: i32): void {
  const columns = G > 0 ? N / G : 0;
  const panels = (columns + 7) >> 3;
  const group = (<usize>panels * K) << 5;
  for (let g = 0; g < G; g++) {
    const from = b + ((<usize>g * columns * ldn) << 2);
    if (ldn == 1) pack_rows(packed, from, K, columns, <usize>ldk << 2);
    else pack_columns(packed, from, K, columns, <usize>ldk << 2, <usize>ldn << 2);
    packed += group;
  }
}

/** One group whose rows are contiguous. Strides in bytes. */
export function pack_rows(packed: usize, b: usize, K: i32, N: i32, ldk: usize): void {
  const full = N & ~7;
  const w = N - full;
  const panel = <usize>K << 5;
  for (let k0 = 0; k0 < K; k0 += ROW_BLOCK) {
    const rows = min(ROW_BLOCK, K - k0);
    const from = b + <usize>k0 * ldk;
    let to = packed + (<usize>k0 << 5);
    for (let n = 0; n < full; n += 8) {
      let p = from + (<usize>n << 2);
      const end = to + (<usize>rows << 5);
      for (let q = to; q < end; q += 32) {
        v128.store(q, v128.load(p));
        v128.store(q, v128.load(p, 16), 16);
        p += ldk;
      }
      to += panel;
    }
    if (w > 0) {
      let p = from + (<usize>full << 2);
      const end = to + (<usize>rows << 5);
      for (let q = to; q < end; q += 32) {
        v128.store(q, load_edge(p, w));
        v128.store(q, load_edge(p + 16, w - 4), 16);
        p += ldk;
      }
    }
  }
}

/** One group read down its columns, four rows and four columns at a time. Strides in bytes. */
function pack_columns(packed: usize, b: usize, K: i32, N: i32, ldk: usize, ldn: usize): void {
  const body = ldk == 4 ? K & ~3 : 0;
  for (let n = 0; n < N; n += 4) {
    const w = N - n;
    const b0 = b + <usize>n * ldn;
    const b1 = w > 1 ? b0 + ldn : b0;
    const b2 = w > 2 ? b1 + ldn : b0;
    const b3 = w > 3 ? b2 + ldn : b0;
    const mask = w < 4 ? i32x4.gt_s(i32x4.splat(w), i32x4(0, 1, 2, 3)) : i32x4.splat(-1);
    let q = packed + ((<usize>(n >> 3) * K) << 5) + (<usize>(n & 4) << 2);
    let k: usize = 0;
    for (const end = <usize>body << 2; k < end; k += 16) {
      const x0 = v128.load(b0 + k);
      const x1 = v128.load(b1 + k);
      const x2 = v128.load(b2 + k);
      const x3 = v128.load(b3 + k);
      const l01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
      const h01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
      const l23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
      const h23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
      v128.store(q, v128.and(mask, v128.shuffle<f32>(l01, l23, 0, 1, 4, 5)));
      v128.store(q, v128.and(mask, v128.shuffle<f32>(l01, l23, 2, 3, 6, 7)), 32);
      v128.store(q, v128.and(mask, v128.shuffle<f32>(h01, h23, 0, 1, 4, 5)), 64);
      v128.store(q, v128.and(mask, v128.shuffle<f32>(h01, h23, 2, 3, 6, 7)), 96);
      q += 128;
    }
    for (const end = <usize>K * ldk; k < end; k += ldk) {
      let x = v128.load32_zero(b0 + k);
      x = v128.load_lane<f32>(b1 + k, x, 1);
      x = v128.load_lane<f32>(b2 + k, x, 2);
      x = v128.load_lane<f32>(b3 + k, x, 3);
      v128.store(q, v128.and(mask, x));
      q += 32;
    }
    // The upper half of the last panel when the group ends in its lower half.
    if (w <= 4 && !(n & 4)) {
      const end = q + 16;
      for (q = end - (<usize>K << 5); q < end; q += 32) v128.store(q, i32x4.splat(0));
    }
  }
}
