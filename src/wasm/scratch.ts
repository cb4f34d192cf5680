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

/** Scratch of the kernel `lstm_variant_step` in floats: gates, products and states, and two deviations. */
export function lstmVariantStepScratch(B: number, H: number, G: number): number {
  return B * ((2 * G + 2) * H + 2);
}

/** Scratch of the kernel `lstm_variant_backward` in floats: one gradient of the units, two of the states. */
export function lstmVariantBackwardScratch(B: number, H: number, P: number): number {
  return B * (2 * H + P);
}

/** Scratch of the kernel `gru_step` in floats: the gates of one step and q. */
export function gruStepScratch(B: number, H: number): number {
  return B * 4 * H;
}

/** Scratch of the kernel `gru_norm_step` in floats: gates, q, what is normalised of both, two deviations. */
export function gruNormStepScratch(B: number, H: number): number {
  return B * (7 * H + 2);
}

/** Scratch of the kernel `gru_norm_backward` in floats: two gradients of the state. */
export function gruNormBackwardScratch(B: number, H: number): number {
  return B * 2 * H;
}

/** Scratch of the kernel `gru_backward` in floats: the state's gradient through the products, and the one kept. */
export function gruBackwardScratch(B: number, H: number): number {
  return B * 2 * H;
}

/** Scratch of the kernel `lstm_backward` in floats: gradients kept over steps that do not count. */
export function lstmBackwardScratch(B: number, H: number): number {
  return B * 2 * H;
}

/** Scratch of the kernel `rnn_backward` in floats: gradients kept over steps that do not count. */
export function rnnBackwardScratch(B: number, H: number): number {
  return B * H;
}

/** Scratch of the kernel `rnn_step` in floats: the new state. */
export function rnnStepScratch(B: number, H: number): number {
  return B * H;
}

/** Scratch of the kernel `gru_split_step` in floats: the gates of one step, p and q. */
export function gruSplitStepScratch(B: number, H: number): number {
  return B * 5 * H;
}

/** Scratch of the kernel `gru_split_backward` in floats: the gradient through the products, gradients kept. */
export function gruSplitBackwardScratch(B: number, H: number): number {
  return B * 2 * H;
}

/** Scratch of the kernel `mgu_step` in floats: the gate, the candidate and q. */
export function mguStepScratch(B: number, H: number): number {
  return B * 3 * H;
}

/** Scratch of the kernel `mgu_backward` in floats: the gradient of q, that of the change, gradients kept. */
export function mguBackwardScratch(B: number, H: number): number {
  return B * 3 * H;
}

/** Scratch of the kernel `ind_rnn_step` in floats: the projection. */
export function indRnnStepScratch(B: number, H: number): number {
  return B * H;
}

/** Scratch of the kernel `ctc_loss` in floats, for labels of up to L classes (assembly/losses/ctc.ts). */
export function ctcScratch(T: number, L: number): number {
  return (2 * T + 5) * (4 * Math.ceil((2 * L + 1) / 4) + 8) + 2 * T;
}

/** Floats of a padded row over N tags (assembly/crf/chain.ts). */
const tagFloats = (N: number): number => 4 * Math.ceil(N / 4);

/** Scratch of the kernel `crf_loss` in floats. */
export function crfLossScratch(T: number, N: number): number {
  return (2 * N + T + 4) * tagFloats(N);
}

/** Scratch of the kernel `crf_viterbi` in floats. */
export function crfViterbiScratch(T: number, N: number): number {
  return (N + T + 3) * tagFloats(N);
}

/** Scratch of the kernel `sampled_softmax_loss` in floats: R rows of I features, S of V classes. */
export function sampledSoftmaxScratch(R: number, I: number, V: number, S: number): number {
  const packed = Math.max(8 * Math.ceil(S / 8) * I, 8 * Math.ceil(I / 8) * S);
  const blocks = [S, 4, S, S * I, packed, R * S, R, Math.ceil(V / 32)];
  return blocks.reduce((sum, n) => sum + 4 * Math.ceil(n / 4), gemmTnScratch(S, I));
}

/** Scratch of the kernel `adaptive_tail_loss` in floats: R rows of I features, N classes by D features. */
export function adaptiveTailScratch(R: number, I: number, D: number, N: number): number {
  const panels = (n: number): number => 8 * Math.ceil(n / 8);
  const packed = Math.max(panels(D) * I, panels(N) * D, panels(D) * N, panels(I) * D);
  const products = Math.max(gemmTnScratch(D, N), gemmTnScratch(I, D));
  return [R, R * I, R * D, R * D, R * N, packed].reduce((sum, n) => sum + 4 * Math.ceil(n / 4), products);
}

/** Rows that `int8_gemm` quantises at a time (assembly/int8/gemm.ts). */
const INT8_ROWS = 64;

/** Scratch of the kernel `int8_gemm` for M rows of K values, in floats: rows quantised, with their headers. */
export function int8Scratch(M: number, K: number): number {
  return Math.min(M, INT8_ROWS) * (4 + 4 * Math.ceil(K / 8));
}

/** Floats of a weight [K, N] as `int8_pack` lays it out in G groups of columns. */
export function int8PackedFloats(K: number, N: number, G: number): number {
  return G * Math.ceil(N / G / 8) * (16 + 16 * Math.ceil(K / 8));
}

/** Scratch of the kernel `lstm_int8_step` in floats: gates, then quantised rows of the input or the state. */
export function lstmInt8StepScratch(B: number, I: number, H: number): number {
  return B * 4 * H + int8Scratch(B, Math.max(I, H));
}

/** Scratch of the kernel `gru_int8_step` in floats: gates, q, then quantised rows. */
export function gruInt8StepScratch(B: number, I: number, H: number): number {
  return B * 4 * H + int8Scratch(B, Math.max(I, H));
}

/** Scratch of the kernel `rnn_int8_step` in floats: the new state, then quantised rows. */
export function rnnInt8StepScratch(B: number, I: number, H: number): number {
  return B * H + int8Scratch(B, Math.max(I, H));
}

/** Keys and queries of a block of attention (assembly/attention/blocks.ts). */
const BLOCK = 64;
const QUERIES = 96;

const whole = (n: number): number => BLOCK * Math.ceil(n / BLOCK);

/** Scratch of the kernel `attention_forward` in floats: linear in the number S of keys. */
export function attentionScratch(S: number, D: number, E: number): number {
  return whole(S) * (1 + D + 8 * Math.ceil(E / 8)) + QUERIES * (D + E + BLOCK + 2) + BLOCK;
}

/** Scratch of the kernel `attention_backward` in floats: linear in the numbers T of queries and S of keys. */
export function attentionBackwardScratch(T: number, S: number, D: number, E: number): number {
  const keys = whole(S) * (1 + D + E + 8 * Math.ceil(D / 8));
  const blocks = BLOCK * (D + E + 1) + 2 * QUERIES * BLOCK;
  return keys + whole(T) * (2 * D + E + 1) + blocks + gemmTnScratch(BLOCK, Math.max(D, E));
}

/** Scratch of the kernel `attention_step` in floats: a query, its sums, two blocks of keys, the largest and the sum. */
export function attentionStepScratch(D: number, E: number): number {
  return D + E + 2 * BLOCK + 2;
}

/** Scratch of the kernels of additive attention in floats: scores and masks of a query, and one tanh of a pair. */
export function additiveScratch(S: number, D: number): number {
  return 2 * S + 4 * Math.ceil(D / 4);
}

/** Floats of a head in the memory of `attention_step` for P steps: keys of size D, values of size E. */
export function attentionMemory(P: number, D: number, E: number): { keys: number; values: number } {
  return { keys: P * D, values: P * 8 * Math.ceil(E / 8) };
}

/** Steps that `attention_step` has room for where it keeps at least n: whole blocks. */
export function attentionRoom(n: number): number {
  return whole(n);
}

/** The same where a step sees the last `window` steps alone: the blocks in which these can lie. */
export function attentionRing(window: number): number {
  return BLOCK + whole(window - 1);
}
