import type { KernelName } from '../wasm/generated/abi.js';
import {
  gruBackwardScratch,
  gruSplitBackwardScratch,
  gruSplitStepScratch,
  gruStepScratch,
  indRnnStepScratch,
  lstmBackwardScratch,
  lstmStepScratch,
  mguBackwardScratch,
  mguStepScratch,
  rnnBackwardScratch,
  rnnStepScratch,
} from '../wasm/scratch.js';
import {
  gruNormBackward,
  gruNormForward,
  gruNormStep,
  lstmVariantBackward,
  lstmVariantForward,
  lstmVariantStep,
  normRows,
  normRowsBackward,
} from './split-cell-variants.js';
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
  batchNormForward,
  copyColumns,
  normForward,
  repeatCopy,
  repeatSum,
} from './split-layers.js';
import { gemm, gemmTn, packPanels } from './split-products.js';
import { behind, cellCost, cut, LINE, type SplitRule, samples } from './split-rule.js';
import {
  minGruBackward,
  minGruForward,
  minLstmBackward,
  minLstmForward,
  sruBackward,
  sruForward,
} from './split-scans.js';

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

/** A sequence: T, B, BS, H, ... */
const sequence = (G: number, widths: (H: number) => readonly number[]): SplitRule =>
  samples(
    1,
    ([T, B, , H]) => T * cellCost(B, H, G * H * H),
    ([, , , H]) => widths(H),
  );

/** The same without a recurrent product. */
const elementwiseSequence = (widths: (H: number) => readonly number[]): SplitRule =>
  samples(
    1,
    ([T, B, , H]) => T * cellCost(B, H, 0),
    ([, , , H]) => widths(H),
  );

/** One step: B, I, H, ... */
const step = (G: number, widths: (I: number, H: number) => readonly number[]): SplitRule =>
  samples(
    0,
    ([B, I, H]) => cellCost(B, H, G * H * (I + H)),
    ([, I, H]) => widths(I, H),
  );

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

  // h, c, gates, u, rmask, valid, hm
  lstm_forward: sequence(4, (H) => [H, H, 4 * H, 0, H, 1, H]),
  // dz, dh, dc, dy, gates, c, ut, rmask, valid, scratch
  lstm_backward: sequence(4, (H) => [4 * H, H, H, H, 4 * H, H, 0, H, 1, lstmBackwardScratch(1, H)]),
  // h, c, x, w, u, bias, scratch
  lstm_step: step(4, (I, H) => [H, H, I, 0, 0, 0, lstmStepScratch(1, H)]),
  lstm_variant_forward: lstmVariantForward,
  lstm_variant_backward: lstmVariantBackward,
  lstm_variant_step: lstmVariantStep,
  gru_norm_forward: gruNormForward,
  gru_norm_backward: gruNormBackward,
  gru_norm_step: gruNormStep,
  norm_rows: normRows,
  norm_rows_backward: normRowsBackward,
  // h, gates, q, u, rbias, rmask, valid, hm
  gru_forward: sequence(3, (H) => [H, 3 * H, H, 0, 0, H, 1, H]),
  // dz, dq, dh, dy, gates, q, h, hm, ut, rmask, valid, scratch
  gru_backward: sequence(3, (H) => [3 * H, H, H, H, 3 * H, H, H, H, 0, H, 1, gruBackwardScratch(1, H)]),
  // h, x, w, u, bias, rbias, scratch
  gru_step: step(3, (I, H) => [H, I, 0, 0, 0, 0, gruStepScratch(1, H)]),
  // h, u, rmask, valid, hm
  rnn_forward: sequence(1, (H) => [H, 0, H, 1, H]),
  // dz, dh, dy, h, ut, rmask, valid, scratch
  rnn_backward: sequence(1, (H) => [H, H, H, H, 0, H, 1, rnnBackwardScratch(1, H)]),
  // h, x, w, u, bias, scratch
  rnn_step: step(1, (I, H) => [H, I, 0, 0, 0, rnnStepScratch(1, H)]),
  // h, gates, p, q, u, bias, rmask, valid, hm
  gru_split_forward: sequence(3, (H) => [H, 3 * H, H, H, 0, 0, H, 1, H]),
  // dz, db, dq, dh, dy, gates, p, q, h, ut, rmask, valid, scratch
  gru_split_backward: sequence(3, (H) => [
    ...[3 * H, H, H, H, H, 3 * H, H, H, H],
    ...[0, H, 1, gruSplitBackwardScratch(1, H)],
  ]),
  // h, x, w, u, inputBias, bias, scratch
  gru_split_step: step(3, (I, H) => [H, I, 0, 0, 0, 0, gruSplitStepScratch(1, H)]),
  // h, gates, q, u, rmask, valid, hm
  mgu_forward: sequence(2, (H) => [H, 2 * H, H, 0, H, 1, H]),
  // dz, dh, dy, gates, h, hm, ut, rmask, valid, scratch
  mgu_backward: sequence(2, (H) => [2 * H, H, H, 2 * H, H, H, 0, H, 1, mguBackwardScratch(1, H)]),
  // h, x, w, u, bias, scratch
  mgu_step: step(2, (I, H) => [H, I, 0, 0, 0, mguStepScratch(1, H)]),
  // h, u, rmask, valid, hm
  ind_rnn_forward: elementwiseSequence((H) => [H, 0, H, 1, H]),
  // dz, dh, dy, h, u, rmask, valid
  ind_rnn_backward: elementwiseSequence((H) => [H, H, H, H, 0, H, 1]),
  // h, x, w, u, bias, scratch
  ind_rnn_step: step(1, (I, H) => [H, I, 0, 0, 0, indRnnStepScratch(1, H)]),

  min_gru_forward: minGruForward,
  min_gru_backward: minGruBackward,
  min_lstm_forward: minLstmForward,
  min_lstm_backward: minLstmBackward,
  sru_forward: sruForward,
  sru_backward: sruBackward,

  int8_gemm: int8Gemm,
  lstm_int8_forward: lstmInt8Forward,
  lstm_int8_step: lstmInt8Step,
  gru_int8_forward: gruInt8Forward,
  gru_int8_step: gruInt8Step,
  rnn_int8_forward: rnnInt8Forward,
  rnn_int8_step: rnnInt8Step,
};
