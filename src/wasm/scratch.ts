/** Depth of a block of `gemm_tn`, and floats between rows of its packed A (assembly/linalg/gemm_tn.ts). */
const KC = 256;
const LDT = KC + 16;

/**
 * Scratch of the kernel `gemm_tn` for C [M, N], in floats, whatever the depth of the product:
 * a block of B in panels of 8 columns, then a block of Aᵀ by rows.
 */
export function gemmTnScratch(M: number, N: number): number {
  return KC * 8 * Math.ceil(N / 8) + LDT * M;
}

/** Scratch of the kernel `lstm_step` in floats: the gates of one step. */
export function lstmStepScratch(B: number, H: number): number {
  return B * 4 * H;
}

/** Scratch of the kernel `gru_step` in floats: the gates of one step and q. */
export function gruStepScratch(B: number, H: number): number {
  return B * 4 * H;
}

/** Scratch of the kernel `gru_backward` in floats: the gradient of the state through the products. */
export function gruBackwardScratch(B: number, H: number): number {
  return B * H;
}

/** Scratch of the kernel `rnn_step` in floats: the new state. */
export function rnnStepScratch(B: number, H: number): number {
  return B * H;
}
