import { gemm } from "../linalg/gemm";

/**
 * One step of a causal convolution without stride, with the bits of conv1d_forward:
 *   y = bias + Σ_k x_{k·dilation − P} · W_k,  x_0 the new frame and P = (K − 1)·dilation the frames before
 * out     y [B, O]
 * in/out  ring [P, B, C]: the frames before, the oldest in slot `place`, which takes the new one
 *         place [1]: a whole number from 0 to P − 1, which moves on by one
 * in      x [B, C], packed as conv1d_pack lays it out, bias [O] or 0
 */
export function conv1d_step(
  y: usize, ring: usize, place: usize, x: usize, packed: usize, bias: usize,
  B: i32, G: i32, CG: i32, OG: i32, K: i32, dilation: i32,
): void {
  const C = G * CG;
  const O = G * OG;
  const P = (K - 1) * dilation;
  const frame = <usize>(B * C) << 2;
  const panels = (<usize>((OG + 7) & ~7) * CG) << 2;
  const oldest = P > 0 ? <i32>load<f32>(place) : 0;
  for (let k = 0; k < K; k++) {
    let slot = oldest + k * dilation;
    if (slot >= P) slot -= P;
    const a = k == K - 1 ? x : ring + <usize>slot * frame;
    for (let g: usize = 0; g < <usize>G; g++) {
      const init = k == 0 && bias ? bias + ((g * OG) << 2) : 0;
      gemm(y + ((g * OG) << 2), a + ((g * CG) << 2), packed, init, B, OG, CG, 1, C, O, <i32>(k > 0));
      packed += panels;
    }
  }
  if (P == 0) return;
  memory.copy(ring + <usize>oldest * frame, x, frame);
  store<f32>(place, oldest + 1 == P ? 0 : <f32>(oldest + 1));
}
