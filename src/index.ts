/**
 * Recurrent networks in SIMD WebAssembly: build, train, run, stream and save models with the same bits in
 * every JavaScript engine.
 *
 * @packageDocumentation
 */

export { type LSTMOptions, lstm } from './layers/recurrent/lstm.js';
export * from './public.js';
export type { CompileOptions, LossSpec, MetricSpec } from './training/compiled.js';
export type { LossName } from './training/losses/index.js';
export { model, sequential } from './training/named/factories.js';
export { type LoadOptions, load } from './training/named/load.js';
export type { NamedModel as Model } from './training/named/model.js';
