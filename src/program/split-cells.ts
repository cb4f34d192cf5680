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
import { cellCost, type SplitRule, samples } from './split-rule.js';
import {
  minGruBackward,
  minGruForward,
  minLstmBackward,
  minLstmForward,
  sruBackward,
  sruForward,
} from './split-scans.js';

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

/** Cells in f32, by samples. */
export const CELL_SPLITS: { readonly [K in KernelName]?: SplitRule } = {
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
};
