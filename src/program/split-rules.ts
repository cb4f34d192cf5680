import type { KernelName } from '../wasm/generated/abi.js';
import {
  additiveBackward,
  additiveForward,
  attentionBackward,
  attentionForward,
  attentionScores,
  attentionStep,
  positionGradient,
  positionRows,
  rotaryTurn,
} from './split-attention.js';
import { CELL_SPLITS } from './split-cells.js';
import {
  convPeepholeGradient,
  convSamples,
  convSequence,
  convShifted,
  convStep,
} from './split-conv-cells.js';
import {
  conv1dForward,
  conv1dPack,
  conv1dTranspose,
  conv1dWeights,
  depthwiseForward,
  depthwiseTranspose,
  depthwiseWeights,
  pool,
  poolValid,
  weightNorm,
} from './split-convolution.js';
import {
  gruInt8Forward,
  gruInt8Step,
  int8Gemm,
  lstmInt8Forward,
  lstmInt8Step,
  rnnInt8Forward,
  rnnInt8Step,
} from './split-int8.js';
import {
  batchDotForward,
  batchNormBackward,
  batchNormForward,
  columnMoments,
  copyColumns,
  embeddingBackward,
  maskRows,
  normForward,
  permuteCopy,
  repeatCopy,
  repeatSum,
} from './split-layers.js';
import { SEQUENCE_LOSS_SPLITS } from './split-losses.js';
import { gemm, gemmTn, packPanels } from './split-products.js';
import { ROW_SPLITS } from './split-rows.js';
import { behind, cut, LINE, type SplitRule } from './split-rule.js';

/** Rough times in nanoseconds: of an element that is copied or added, updated, put through an activation. */
const LIGHT = 0.2;
const UPDATED = 1;
const ACTIVATED = 1;
/** Of a random number. */
const DRAWN = 1.5;

/** Kernels of elements [n]: the first `moving` addresses go along; n is the first number. */
function elements(nanoseconds: number, moving: number): SplitRule {
  return (places, [n, ...rest]) =>
    cut(n, LINE, n * nanoseconds, (from, count) => [
      ...places.map((place, i) => (i < moving ? behind(place, from) : place)),
      count,
      ...rest,
    ]);
}

/** Kernels of rows [R, O], R and O being the first numbers; `widths` gives floats of a row of each address. */
function rows(nanoseconds: number, widths: (O: number) => readonly number[]): SplitRule {
  return (places, [R, O, ...rest]) =>
    cut(R, O < LINE ? LINE : 1, R * O * nanoseconds, (from, count) => [
      ...places.map((place, i) => behind(place, from * widths(O)[i])),
      count,
      O,
      ...rest,
    ]);
}

/** losses [R], dpred [R, O], pred [R, O], target [R, O], weights [R] */
const lossRows = rows(2 * ACTIVATED, (O) => [1, O, O, O, 1]);
/** The same with a class for target. */
const lossClasses = rows(2 * ACTIVATED, (O) => [1, O, O, 1, 1]);

/**
 * How the calls of each kernel are shared among threads: by output element, never by partial sums, so that
 * the bits are those of one thread. A kernel that is not here runs on one thread.
 */
export const SPLITS: { readonly [K in KernelName]?: SplitRule } = {
  pack_panels: packPanels,
  gemm,
  gemm_tn: gemmTn,
  colsum: ([out, a], [M, N, lda]) =>
    cut(N, LINE, M * N * LIGHT, (from, count) => [behind(out, from), behind(a, from), M, count, lda]),
  colsum_mul: ([out, a, b], [M, N, lda, ldb]) =>
    cut(N, LINE, 2 * M * N * LIGHT, (from, count) => [
      behind(out, from),
      behind(a, from),
      behind(b, from),
      M,
      count,
      lda,
      ldb,
    ]),
  sum_rows: ([out, a], [R, n]) =>
    cut(R, LINE, R * n * LIGHT, (from, count) => [behind(out, from), behind(a, from * n), count, n]),

  fill: elements(LIGHT, 1),
  copy: elements(LIGHT, 2),
  add: elements(LIGHT, 3),
  mul: elements(LIGHT, 3),
  axpy: elements(LIGHT, 2),
  scale: elements(LIGHT, 2),
  mul_time: ([out, x, mask], [T, S]) =>
    cut(T, 1, T * S * LIGHT, (from, count) => [behind(out, from * S), behind(x, from * S), mask, count, S]),
  reverse_time: ([out, x], [T, S]) =>
    cut(T, 1, T * S * LIGHT, (from, count) => [
      behind(out, from * S),
      behind(x, (T - from - count) * S),
      count,
      S,
    ]),

  copy_columns: copyColumns,
  ...ROW_SPLITS,
  repeat_copy: repeatCopy,
  repeat_sum: repeatSum,

  erf_forward: elements(ACTIVATED, 2),
  exp_forward: elements(ACTIVATED, 2),
  log_forward: elements(ACTIVATED, 2),
  sigmoid_forward: elements(ACTIVATED, 2),
  softplus_forward: elements(ACTIVATED, 2),
  tanh_forward: elements(ACTIVATED, 2),
  activation_forward: elements(ACTIVATED, 2),
  activation_backward: elements(ACTIVATED, 4),
  softmax_forward: rows(2 * ACTIVATED, (O) => [O, O]),
  softmax_backward: rows(ACTIVATED, (O) => [O, O, O]),
  log_softmax_forward: rows(2 * ACTIVATED, (O) => [O, O]),
  log_softmax_backward: rows(2 * ACTIVATED, (O) => [O, O, O]),

  dropout_mask: ([mask, rng], [offset, n, ...rest]) =>
    cut(n, LINE, n * DRAWN, (from, count) => [behind(mask, from), rng, offset + from, count, ...rest]),
  embedding_forward: ([y, ids, table], [R, O, V]) =>
    cut(R, O < LINE ? LINE : 1, R * O * LIGHT, (from, count) => [
      behind(y, from * O),
      behind(ids, from),
      table,
      count,
      O,
      V,
    ]),
  embedding_int8_forward: ([y, ids, table, scales], [R, O, V]) =>
    cut(R, O < LINE ? LINE : 1, R * O * LIGHT, (from, count) => [
      behind(y, from * O),
      behind(ids, from),
      table,
      scales,
      count,
      O,
      V,
    ]),
  norm_forward: normForward,
  batch_norm_forward: batchNormForward,
  batch_norm_backward: batchNormBackward,
  column_moments: columnMoments,
  embedding_backward: embeddingBackward,
  permute_copy: permuteCopy,
  mask_rows: maskRows,
  batch_dot_forward: batchDotForward,
  extreme_forward: elements(LIGHT, 3),
  extreme_backward: elements(LIGHT, 4),
  conv1d_pack: conv1dPack,
  conv1d_forward: conv1dForward,
  conv1d_transpose: conv1dTranspose,
  conv1d_weights: conv1dWeights,
  depthwise_forward: depthwiseForward,
  depthwise_transpose: depthwiseTranspose,
  depthwise_weights: depthwiseWeights,
  conv_samples: convSamples,
  conv_shifted: convShifted,
  conv_peephole_gradient: convPeepholeGradient,
  // h, u, rmask, valid, hm
  conv_rnn_forward: convSequence(1, (S) => [S, 0, S, 1, S]),
  // dz, dh, dy, h, ut, rmask, valid, scratch
  conv_rnn_backward: convSequence(1, (S) => [S, S, S, S, 0, S, 1, S]),
  // h, x, w, u, bias, scratch
  conv_rnn_step: convStep(1, (I, S) => [S, I, 0, 0, 0, S]),
  // h, gates, q, u, uh, rmask, valid, hm
  conv_gru_forward: convSequence(3, (S) => [S, 3 * S, S, 0, 0, S, 1, S]),
  // dz, dh, dy, gates, q, h, hm, ut, uth, rmask, valid, scratch
  conv_gru_backward: convSequence(3, (S) => [3 * S, S, S, 3 * S, S, S, S, 0, 0, S, 1, 2 * S]),
  // h, x, w, u, uh, bias, scratch
  conv_gru_step: convStep(3, (I, S) => [S, I, 0, 0, 0, 0, 4 * S]),
  // h, c, gates, u, p, rmask, valid, hm
  conv_lstm_forward: convSequence(4, (S) => [S, S, 4 * S, 0, 0, S, 1, S]),
  // dz, dh, dc, dy, gates, c, ut, p, rmask, valid, scratch
  conv_lstm_backward: convSequence(4, (S) => [4 * S, S, S, S, 4 * S, S, 0, 0, S, 1, 2 * S]),
  // h, c, x, w, u, bias, p, scratch
  conv_lstm_step: convStep(4, (I, S) => [S, S, I, 0, 0, 0, 0, 4 * S]),
  attention_forward: attentionForward,
  attention_backward: attentionBackward,
  additive_forward: additiveForward,
  additive_backward: additiveBackward,
  attention_scores: attentionScores,
  attention_step: attentionStep,
  position_rows: positionRows,
  position_gradient: positionGradient,
  rotary_turn: rotaryTurn,
  weight_norm_forward: weightNorm,
  weight_norm_backward: weightNorm,
  pool_max_forward: pool,
  pool_max_backward: pool,
  pool_mean_forward: pool,
  pool_mean_backward: pool,
  // y, x, valid
  pool_valid_forward: poolValid(2),
  // dx, x, y, dy, valid
  pool_valid_backward: poolValid(4),

  binary_crossentropy_loss: lossRows,
  binary_crossentropy_logits_loss: lossRows,
  categorical_crossentropy_loss: lossRows,
  categorical_crossentropy_logits_loss: lossRows,
  cosine_similarity_loss: lossRows,
  hinge_loss: lossRows,
  huber_loss: lossRows,
  kl_divergence_loss: lossRows,
  log_cosh_loss: lossRows,
  mean_absolute_error_loss: lossRows,
  mean_squared_error_loss: lossRows,
  poisson_loss: lossRows,
  sparse_categorical_crossentropy_loss: lossClasses,
  sparse_categorical_crossentropy_logits_loss: lossClasses,
  ...SEQUENCE_LOSS_SPLITS,

  // Addresses before `hyper` are of elements.
  sgd_update: elements(UPDATED, 2),
  sgd_momentum_update: elements(UPDATED, 3),
  adam_update: elements(UPDATED, 5),
  rmsprop_update: elements(UPDATED, 5),
  adagrad_update: elements(UPDATED, 3),
  adadelta_update: elements(UPDATED, 4),
  adamax_update: elements(UPDATED, 4),
  nadam_update: elements(UPDATED, 4),
  constrain_non_neg: elements(LIGHT, 1),

  ...CELL_SPLITS,
  zoneout_forward: elements(LIGHT, 4),
  zoneout_backward: ([draw, d, mask, valid], [B, H]) =>
    cut(B, H < LINE ? LINE : 1, B * H * 2 * LIGHT, (from, count) => [
      ...[behind(draw, from * H), behind(d, from * H), behind(mask, from * H), behind(valid, from)],
      ...[count, H],
    ]),

  int8_gemm: int8Gemm,
  lstm_int8_forward: lstmInt8Forward,
  lstm_int8_step: lstmInt8Step,
  gru_int8_forward: gruInt8Forward,
  gru_int8_step: gruInt8Step,
  rnn_int8_forward: rnnInt8Forward,
  rnn_int8_step: rnnInt8Step,
};
