/**
 * `recurra` where losses, optimizers, metrics and schedules are values and not names, so that a bundle holds those that
 * are used and no others: `loss: meanSquaredError()` and not `loss: 'mse'`. Everything else is as in `recurra`.
 *
 * @packageDocumentation
 */

export {
  type LSTMOptions,
  lstm as lstmVariant,
  type PlainLSTMOptions,
  plainLstm as lstm,
} from '../layers/recurrent/lstm.js';
export * from '../public.js';
export type { ValueCompileOptions as CompileOptions } from '../training/compiled.js';
export { model, sequential } from '../training/factories.js';
export { adaptiveSoftmaxLoss, crfLoss, sampledSoftmaxLoss } from '../training/losses/own.js';
export type { Model } from '../training/model.js';
/** Kinds of layers, for `load(bytes, { layers: [kinds.lstm] })`. */
export * as kinds from './kinds.js';
export { type LoadOptions, load, type Makers } from './load.js';
export { encoderDecoder, transformer } from './seq2seq.js';
