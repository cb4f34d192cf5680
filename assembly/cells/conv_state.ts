import { fill } from "../linalg/fill";
import { gemm } from "../linalg/gemm";
import { conv1d_forward, conv1d_transpose } from "../layers/conv1d";
import { copy_block } from "../linalg/layout";

/*
 * The recurrent kernel has K taps and keeps the width: tap k at a position reads the one k − (K − 1)/2
 * (rounded down) further on; positions outside count as zero.
 */

/**
 * z += a ∗ U, sample by sample, by rising tap.
 * out  z [B, W, N], row stride ldz
 * in   a [B, W, H]
 *      u [K][G][ceil(N/G/8)][H][8]: each tap packed as for gemm
 */
export function convolve_state(
  z: usize, a: usize, u: usize, B: i32, W: i32, H: i32, N: i32, G: i32, K: i32, ldz: i32,
): void {
  const rowZ = <usize>ldz << 2;
  const rowA = <usize>H << 2;
  const panels = (<usize>(G * ((N / G + 7) & ~7)) * H) << 2;
  const left = (K - 1) >> 1;
  for (let b = 0; b < B; b++) {
    for (let k = 0; k < K; k++) {
      const first = max(left - k, 0);
      const count = W - abs(k - left);
      if (count <= 0) continue;
      const from = a + <usize>(first + k - left) * rowA;
      gemm(z + <usize>first * rowZ, from, u + <usize>k * panels, 0, count, N, H, G, H, ldz, 1);
    }
    z += <usize>W * rowZ;
    a += <usize>W * rowA;
  }
}

/**
 * The way back:   da += Σ_k dz · U_kᵀ at the positions that tap k reads; from 0 without `accumulate`
 * out  da [B, W, H]
 * in   dz [B, W, N], row stride ldz
 *      ut [K][ceil(H/8)][N][8]
 */
export function convolve_back(
  da: usize, dz: usize, ut: usize, B: i32, W: i32, H: i32, N: i32, K: i32, ldz: i32, accumulate: i32,
): void {
  const rowZ = <usize>ldz << 2;
  const rowA = <usize>H << 2;
  const panels = (<usize>((H + 7) & ~7) * N) << 2;
  const left = (K - 1) >> 1;
  if (!accumulate) fill(da, B * W * H, 0);
  for (let b = 0; b < B; b++) {
    for (let k = 0; k < K; k++) {
      const first = max(left - k, 0);
      const count = W - abs(k - left);
      if (count <= 0) continue;
      const to = da + <usize>(first + k - left) * rowA;
      gemm(to, dz + <usize>first * rowZ, ut + <usize>k * panels, 0, count, H, N, 1, ldz, H, 1);
    }
    dz += <usize>W * rowZ;
    da += <usize>W * rowA;
  }
}

/**
 * conv1d_forward (conv1d_transpose with `transposed`) of every sample by itself, along its positions.
 * out  y [R, W, O]
 * in   x [R, WX, C], packed, bias [O] or 0
 */
export function conv_samples(
  y: usize, x: usize, packed: usize, bias: usize,
  R: i32, W: i32, WX: i32, C: i32, O: i32, K: i32, stride: i32, dilation: i32, offset: i32, transposed: i32,
): void {
  for (; R > 0; R--) {
    if (transposed) conv1d_transpose(y, x, packed, bias, W, WX, 1, 1, C, O, K, stride, dilation, offset);
    else conv1d_forward(y, x, packed, bias, W, WX, 1, 1, C, O, K, stride, dilation, offset);
    y += <usize>(W * O) << 2;
    x += <usize>(WX * C) << 2;
  }
}

/**
 * What one tap sees: out_{r,w} = x_{r, w·stride + at}, zeros outside. Weight gradients are products with it.
 * out  out [R, W, C]
 * in   x [R, WX, C]
 */
export function conv_shifted(
  out: usize, x: usize, R: i32, W: i32, WX: i32, C: i32, stride: i32, at: i32,
): void {
  const row = <usize>C << 2;
  for (; R > 0; R--) {
    for (let w = 0; w < W; w++) {
      const from = w * stride + at;
      if (from >= 0 && from < WX) copy_block(out, x + <usize>from * row, C);
      else fill(out, C, 0);
      out += row;
    }
    x += <usize>WX * row;
  }
}
