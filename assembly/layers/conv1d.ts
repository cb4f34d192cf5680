import { gemm_group } from "../linalg/gemm";
import { gemm_tn } from "../linalg/gemm_tn";
import { pack_panels } from "../linalg/pack";
import { copy_block } from "../linalg/layout";
import { fill } from "../linalg/fill";

/*
 * Convolution over time as products of rows. Step t of one sequence and step t·stride + offset + k·dilation
 * of the other belong together under tap k; steps outside a sequence count as zero and are left out.
 * Memory is [T, B, C]: without stride the rows of a tap are one run, and a tap is one product over all.
 *
 * G groups: columns g·CG … of x and g·OG … of y. C = G·CG, O = G·OG.
 * packed: what conv1d_pack lays out, [K][G][ceil(OG/8)][CG][8]
 */

/** Floats of both sequences that a block of steps touches: they stay in cache for all taps. */
const BLOCK: i32 = 1 << 15;
/** From so many samples on a product takes one step of all samples, below that all steps of one. */
const ENOUGH_SAMPLES: i32 = 4;

/**
 * Packs the taps of a kernel, each group as a matrix:
 *   b(row, column) = w[k·tap + g·group + row·ldk + column·ldn]
 * out  packed [K][G][ceil(columns/8)][rows][8]
 * in   w
 */
export function conv1d_pack(
  packed: usize, w: usize, K: i32, G: i32, rows: i32, columns: i32, tap: i32, group: i32, ldk: i32, ldn: i32,
): void {
  const size = (<usize>((columns + 7) & ~7) * rows) << 2;
  for (let k = 0; k < K; k++) {
    for (let g = 0; g < G; g++) {
      const from = w + ((<usize>k * tap + <usize>g * group) << 2);
      pack_panels(packed, from, rows, columns, 1, ldk, ldn);
      packed += size;
    }
  }
}

/**
 * y_t = bias + Σ_k x_{t·stride + offset + k·dilation} · W_k, by rising k, in each tap by rising input.
 * out  y [T, B, O]
 * in   x [TX, B, C], packed, bias [O] or 0
 * dilation may be negative: the input's gradient without stride is this of dy with −offset and −dilation.
 * Source: docs/equations/convolution.md. Error: MAX_DIFFERENCE in test/layers/convolution/conv1d.test.ts.
 */
export function conv1d_forward(
  y: usize, x: usize, packed: usize, bias: usize,
  T: i32, TX: i32, B: i32, G: i32, CG: i32, OG: i32, K: i32, stride: i32, dilation: i32, offset: i32,
): void {
  const rowX = <usize>(G * CG) << 2;
  const rowY = <usize>(G * OG) << 2;
  const panels = (<usize>((OG + 7) & ~7) * CG) << 2;
  const steps = max(1, BLOCK / (B * G * (CG + OG)));
  for (let start = 0; start < T; start += steps) {
    const count = min(steps, T - start);
    const to = y + <usize>(start * B) * rowY;
    for (let k = 0; k < K; k++) {
      const at = start * stride + offset + k * dilation;
      const first = min(first_pair(at, stride), count);
      const end = max(end_pair(at, stride, TX, count), first);
      if (k == 0) {
        fill_rows(to, bias, first * B, G * OG);
        fill_rows(to + <usize>(end * B) * rowY, bias, (count - end) * B, G * OG);
      }
      if (end == first) continue;
      const c = to + <usize>(first * B) * rowY;
      const a = x + <usize>((first * stride + at) * B) * rowX;
      for (let g: usize = 0; g < <usize>G; g++) {
        const p = packed + (<usize>k * G + g) * panels;
        const init = k == 0 && bias ? bias + ((g * OG) << 2) : 0;
        products(
          c + ((g * OG) << 2), a + ((g * CG) << 2), p, init, end - first, B, OG, CG, 1, stride, rowY, rowX,
          <i32>(k > 0),
        );
      }
    }
  }
}

/**
 * The other way round:   y_{t·stride + offset + k·dilation} += x_t · W_k, from the bias on, by rising k.
 * out  y [T, B, O]
 * in   x [TX, B, C], packed, bias [O] or 0
 * A transposed convolution, and the input's gradient of one with stride.
 */
export function conv1d_transpose(
  y: usize, x: usize, packed: usize, bias: usize,
  T: i32, TX: i32, B: i32, G: i32, CG: i32, OG: i32, K: i32, stride: i32, dilation: i32, offset: i32,
): void {
  const rowX = <usize>(G * CG) << 2;
  const rowY = <usize>(G * OG) << 2;
  const panels = (<usize>((OG + 7) & ~7) * CG) << 2;
  const steps = max(1, BLOCK / (B * G * (CG + OG)));
  for (let start = 0; start < T; start += steps) {
    const count = min(steps, T - start);
    const to = y + <usize>(start * B) * rowY;
    fill_rows(to, bias, count * B, G * OG);
    for (let k = 0; k < K; k++) {
      const at = offset + k * dilation - start;
      const first = first_pair(at, stride);
      const end = end_pair(at, stride, count, TX);
      if (end <= first) continue;
      const c = to + <usize>((first * stride + at) * B) * rowY;
      const a = x + <usize>(first * B) * rowX;
      for (let g: usize = 0; g < <usize>G; g++) {
        const p = packed + (<usize>k * G + g) * panels;
        products(
          c + ((g * OG) << 2), a + ((g * CG) << 2), p, 0, end - first, B, OG, CG, stride, 1, rowY, rowX, 1,
        );
      }
    }
  }
}

/**
 * dW_k += Σ_t x_{t·stride + offset + k·dilation}ᵀ · dy_t for every tap, group by group
 * out      dw [K, CG, OG], row stride ldo
 * in       x [TX, B, G·CG], row stride ldx;  dy [T, B, G·OG], row stride ldo
 * scratch  gemmTnScratch(CG, OG) floats
 * Rows by rising step and sample; with stride sample by sample, or step by step where samples are more.
 */
export function conv1d_weights(
  dw: usize, x: usize, dy: usize, scratch: usize,
  T: i32, TX: i32, B: i32, G: i32, CG: i32, OG: i32, ldx: i32, ldo: i32,
  K: i32, stride: i32, dilation: i32, offset: i32,
): void {
  const rowX = <usize>ldx << 2;
  const rowY = <usize>ldo << 2;
  for (let k = 0; k < K; k++) {
    const at = offset + k * dilation;
    const first = first_pair(at, stride);
    const n = end_pair(at, stride, TX, T) - first;
    if (n > 0) {
      const a = x + <usize>((first * stride + at) * B) * rowX;
      const b = dy + <usize>(first * B) * rowY;
      for (let g: usize = 0; g < <usize>G; g++) {
        const into = dw + ((g * OG) << 2);
        let from = a + ((g * CG) << 2);
        let by = b + ((g * OG) << 2);
        if (stride == 1) gemm_tn(into, from, by, scratch, CG, OG, n * B, ldx, ldo, ldo);
        else if (n < B) {
          for (let t = 0; t < n; t++) {
            gemm_tn(into, from, by, scratch, CG, OG, B, ldx, ldo, ldo);
            from += <usize>(stride * B) * rowX;
            by += <usize>B * rowY;
          }
        } else {
          for (let s = 0; s < B; s++) {
            gemm_tn(into, from, by, scratch, CG, OG, n, stride * B * ldx, B * ldo, ldo);
            from += rowX;
            by += rowY;
          }
        }
      }
    }
    dw += <usize>CG * rowY;
  }
}

/** First t >= 0 with t·step + at >= 0. */
// @ts-ignore: decorator
@inline
export function first_pair(at: i32, step: i32): i32 {
  return at >= 0 ? 0 : (step - 1 - at) / step;
}

/** The t from 0 to n with t·step + at < size end here. */
// @ts-ignore: decorator
@inline
export function end_pair(at: i32, step: i32, size: i32, n: i32): i32 {
  return at >= size ? 0 : min(n, (size - at + step - 1) / step);
}

/** `rows` rows of O floats, each the bias, or zeros where there is none. */
export function fill_rows(y: usize, bias: usize, rows: i32, O: i32): void {
  if (rows <= 0) return;
  if (!bias) {
    fill(y, rows * O, 0);
    return;
  }
  for (; rows > 0; rows--) {
    copy_block(y, bias, O);
    y += <usize>O << 2;
  }
}

/**
 * Products of n steps of B rows: c_{t·sc} = init + a_{t·sa} · panels, init as gemm takes it.
 * Row strides are in bytes.
 */
function products(
  c: usize, a: usize, panels: usize, bias: usize, n: i32, B: i32, N: i32, K: i32, sc: i32, sa: i32,
  ldc: usize, lda: usize, accumulate: i32,
): void {
  if (sc == 1 && sa == 1) {
    gemm_group(c, a, panels, bias, n * B, N, K, lda, ldc, accumulate);
  } else if (B >= ENOUGH_SAMPLES || n < B) {
    for (let t = 0; t < n; t++) {
      gemm_group(c, a, panels, bias, B, N, K, lda, ldc, accumulate);
      c += <usize>(sc * B) * ldc;
      a += <usize>(sa * B) * lda;
    }
  } else {
    for (let b = 0; b < B; b++) {
      gemm_group(c, a, panels, bias, n, N, K, <usize>(sa * B) * lda, <usize>(sc * B) * ldc, accumulate);
      c += ldc;
      a += lda;
    }
  }
}
