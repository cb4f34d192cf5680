import { ValueError } from '../../errors.js';
import { at, type Ref, type Region } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { attentionBackwardScratch, attentionScratch } from '../../wasm/scratch.js';
import type { BackwardBinding, Binding } from '../layer.js';
import { rotaryTable } from './angles.js';
import { sources } from './inputs.js';
import type { MultiHeadAttentionConfig } from './options.js';
import { type Product, recordProduct, recordProductGradients, recordProductInput } from './products.js';

/** What is projected into heads. */
export const PARTS = ['query', 'key', 'value'] as const;

/** Name of one of them. */
export type Part = (typeof PARTS)[number];

/** Sizes of one program. */
function sizes(config: MultiHeadAttentionConfig, k: Binding) {
  const { numHeads: N, keyDim: D, valueDim: E } = config;
  const from = sources(k.inputShapes.length, config.useAttentionMask);
  const [[T], [S]] = [k.inputShapes[from.query], k.inputShapes[from.key]];
  return { N, D, E, T, S, O: k.outputShapes[0][1], B: k.batch, from };
}

/** A projection of one part: its input, its rows R, inputs I and outputs W. */
function projection(config: MultiHeadAttentionConfig, k: Binding, part: Part): Product {
  const { N, D, E, from } = sizes(config, k);
  const [steps, I] = k.inputShapes[from[part]];
  return { name: part, x: k.input(from[part]), R: steps * k.batch, I, W: N * (part === 'value' ? E : D) };
}

/** What scores are multiplied by. */
export const scaleOf = ({ keyDim }: MultiHeadAttentionConfig): number => Math.fround(1 / Math.sqrt(keyDim));

/** Numbers that both kernels end with. */
function numbers(config: MultiHeadAttentionConfig, k: Binding) {
  const { N, D, E, T, S, B } = sizes(config, k);
  const sight = [config.useCausalMask ? 1 : 0, config.slidingWindow ?? 0] as const;
  const rate = k.training ? config.dropout : 0;
  return [0, B * N, T, S, B, N, D, E, ...sight, k.randomStream(0), scaleOf(config), rate] as const;
}

/** Where what both directions need lies. */
function places(config: MultiHeadAttentionConfig, k: Binding) {
  const { N, D, E, T, S, B } = sizes(config, k);
  return {
    y: k.buffer('heads', T * B * N * E),
    lse: k.buffer('logSums', B * N * T),
    query: k.buffer('query', T * B * N * D),
    key: k.buffer('key', S * B * N * D),
    value: k.buffer('value', S * B * N * E),
  };
}

/** The masks of keys, of values and of pairs. */
function masksOf(config: MultiHeadAttentionConfig, k: Binding) {
  const { from } = sizes(config, k);
  const also = from.value === from.key ? null : k.mask(from.value);
  return [k.mask(from.key), also, from.mask === null ? null : k.input(from.mask)] as const;
}

/** Records queries and keys turned by the angles of their steps, where the layer does that; `way` −1 turns back. */
function recordTurns(
  config: MultiHeadAttentionConfig,
  k: Binding,
  query: Region,
  key: Region,
  way: number,
): void {
  if (config.rotary === false) return;
  const { N, D, T, S, B } = sizes(config, k);
  const table = rotaryTable(k, Math.max(T, S), D, config.rotary);
  k.emit(kernels.rotary_turn, query, query, table, null, T, B * N, D, way);
  k.emit(kernels.rotary_turn, key, key, table, null, S, B * N, D, way);
}

/** The product behind the heads. */
function outputProduct(config: MultiHeadAttentionConfig, k: Binding, y: Region): Product {
  const { N, E, T, O, B } = sizes(config, k);
  return { name: 'output', x: at(y), R: T * B, I: N * E, W: O };
}

/** Records a pass over whole sequences. */
export function recordForward(config: MultiHeadAttentionConfig, k: Binding): void {
  const { N, D, E, T, S, B } = sizes(config, k);
  const kept = places(config, k);
  for (const part of PARTS) recordProduct(k, config.useBias, projection(config, k, part), at(kept[part]));
  const { y, lse, query, key, value } = kept;
  recordTurns(config, k, query, key, 1);
  const masks = masksOf(config, k);
  const scratch = k.buffer('scratch', attentionScratch(S, D, E));
  const given = [query, key, value, ...masks, k.rng, scratch] as const;
  k.emit(kernels.attention_forward, y, lse, ...given, ...numbers(config, k));
  recordProduct(k, config.useBias, outputProduct(config, k, y), k.output());
  if (!config.returnAttentionScores) return;
  const sight = [config.useCausalMask ? 1 : 0, config.slidingWindow ?? 0] as const;
  const shape = [0, B * N, T, S, B, N, D, ...sight, scaleOf(config)] as const;
  k.emit(kernels.attention_scores, k.output(1), lse, query, key, ...masks, scratch, ...shape);
}

/** Records its gradients. @throws ValueError where a loss depends on the scores given out */
export function recordBackward(config: MultiHeadAttentionConfig, k: BackwardBinding): void {
  if (config.returnAttentionScores && k.outputGradient(1) !== null) {
    throw new ValueError(`${k.name}: the attention scores are to look at, no loss may depend on them`);
  }
  const dy = k.outputGradient();
  if (dy === null) return;
  const { N, D, E, T, S, B, from } = sizes(config, k);
  const { y, lse, query, key, value } = places(config, k);
  const output = outputProduct(config, k, y);
  recordProductGradients(k, config.useBias, output, dy);
  const dheads = k.buffer('dheads', T * B * N * E);
  recordProductInput(k, output, at(dheads), dy, false);
  const gradients = {
    query: k.buffer('dquery', T * B * N * D),
    key: k.buffer('dkey', S * B * N * D),
    value: k.buffer('dvalue', S * B * N * E),
  };
  const scratch = k.buffer('backwardScratch', attentionBackwardScratch(T, S, D, E));
  const given = [dheads, y, lse, query, key, value, ...masksOf(config, k), k.rng, scratch] as const;
  const made = [gradients.query, gradients.key, gradients.value] as const;
  k.emit(kernels.attention_backward, ...made, ...given, ...numbers(config, k));
  recordTurns(config, k, gradients.query, gradients.key, -1);
  const begun = new Set<number>();
  for (const part of PARTS) {
    const product = projection(config, k, part);
    recordProductGradients(k, config.useBias, product, at(gradients[part]));
    const dx: Ref | null = k.inputGradient(from[part]);
    if (dx === null) continue;
    recordProductInput(k, product, dx, at(gradients[part]), begun.has(from[part]));
    begun.add(from[part]);
  }
}
