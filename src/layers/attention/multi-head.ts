import { at, type Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { attentionBackwardScratch, attentionScratch } from '../../wasm/scratch.js';
import { type BackwardBinding, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { declareWeight } from '../weight.js';
import { checkInputs, sources } from './inputs.js';
import { attentionConfig, type MultiHeadAttentionConfig, type MultiHeadAttentionOptions } from './options.js';
import { recordProduct, recordProductGradients, recordProductInput } from './products.js';

export type { MultiHeadAttentionOptions } from './options.js';

const PARTS = ['query', 'key', 'value'] as const;

/** Sizes of one program. */
function sizes({ numHeads: N, keyDim: D, valueDim: E }: MultiHeadAttentionConfig, k: Binding) {
  const from = sources(k.inputShapes.length);
  const [[T, O], [S]] = [k.inputShapes[from.query], k.inputShapes[from.key]];
  return { N, D, E, T, S, O, B: k.batch, from };
}

/** A projection of one part: its input, its rows R, inputs I and outputs W. */
function projection(config: MultiHeadAttentionConfig, k: Binding, part: (typeof PARTS)[number]) {
  const { N, D, E, from } = sizes(config, k);
  const [steps, I] = k.inputShapes[from[part]];
  return { name: part, x: k.input(from[part]), R: steps * k.batch, I, W: N * (part === 'value' ? E : D) };
}

/** Numbers that both kernels end with. */
function numbers(config: MultiHeadAttentionConfig, k: Binding) {
  const { N, D, E, T, S, B } = sizes(config, k);
  const causal = config.useCausalMask ? 1 : 0;
  const rate = k.training ? config.dropout : 0;
  const scale = Math.fround(1 / Math.sqrt(D));
  return [0, B * N, T, S, B, N, D, E, causal, k.randomStream(0), scale, rate] as const;
}

/** Where what both directions need lies, and the masks of keys and of values. */
function places(config: MultiHeadAttentionConfig, k: Binding) {
  const { N, D, E, T, S, B, from } = sizes(config, k);
  return {
    y: k.buffer('heads', T * B * N * E),
    lse: k.buffer('logSums', B * N * T),
    query: k.buffer('query', T * B * N * D),
    key: k.buffer('key', S * B * N * D),
    value: k.buffer('value', S * B * N * E),
    valid: k.mask(from.key),
    also: from.value === from.key ? null : k.mask(from.value),
  };
}

function backward(config: MultiHeadAttentionConfig, k: BackwardBinding): void {
  const { N, D, E, T, S, O, B, from } = sizes(config, k);
  const kept = places(config, k);
  const dy = k.outputGradient() as Ref;
  const output = { name: 'output', x: at(kept.y), R: T * B, I: N * E, W: O };
  recordProductGradients(k, config.useBias, output, dy);
  const dheads = k.buffer('dheads', T * B * N * E);
  recordProductInput(k, output, at(dheads), dy, false);
  const gradients = {
    query: k.buffer('dquery', T * B * N * D),
    key: k.buffer('dkey', S * B * N * D),
    value: k.buffer('dvalue', S * B * N * E),
  };
  const scratch = k.buffer('backwardScratch', attentionBackwardScratch(T, S, D, E));
  const { y, lse, query, key, value, valid, also } = kept;
  const given = [dheads, y, lse, query, key, value, valid, also, k.rng, scratch] as const;
  const made = [gradients.query, gradients.key, gradients.value] as const;
  k.emit(kernels.attention_backward, ...made, ...given, ...numbers(config, k));
  const begun = new Set<number>();
  for (const part of PARTS) {
    const product = projection(config, k, part);
    recordProductGradients(k, config.useBias, product, at(gradients[part]));
    const dx = k.inputGradient(from[part]);
    if (dx === null) continue;
    recordProductInput(k, product, dx, at(gradients[part]), begun.has(from[part]));
    begun.add(from[part]);
  }
}

const definition: LayerDefinition<MultiHeadAttentionConfig> = {
  type: 'multiHeadAttention',
  restore: restoreWith(multiHeadAttention),
  maxInputs: 3,
  outputShapes(_config, inputs, name) {
    checkInputs(inputs, name);
    return [inputs[0]];
  },
  parameters({ numHeads: N, keyDim: D, valueDim: E, useBias, kernel, bias }, inputs) {
    const from = sources(inputs.length);
    const O = inputs[0][1] as number;
    const parts = PARTS.map((part) => {
      const size = part === 'value' ? E : D;
      return { part, kernel: [inputs[from[part]][1] as number, N, size], bias: [N, size] };
    });
    return [...parts, { part: 'output', kernel: [N, E, O], bias: [O] }].flatMap((shapes) => {
      const own = declareWeight(`${shapes.part}Kernel`, shapes.kernel, kernel);
      return useBias ? [own, declareWeight(`${shapes.part}Bias`, shapes.bias, bias)] : [own];
    });
  },
  forward(config, k) {
    const { N, D, E, T, S, O, B } = sizes(config, k);
    const kept = places(config, k);
    for (const part of PARTS) recordProduct(k, config.useBias, projection(config, k, part), at(kept[part]));
    const { y, lse, query, key, value, valid, also } = kept;
    const scratch = k.buffer('scratch', attentionScratch(S, D, E));
    const given = [query, key, value, valid, also, k.rng, scratch] as const;
    k.emit(kernels.attention_forward, y, lse, ...given, ...numbers(config, k));
    const output = { name: 'output', x: at(y), R: T * B, I: N * E, W: O };
    recordProduct(k, config.useBias, output, k.output());
  },
  backward,
  masks: (_config, masked) => [masked[0]],
  seesPadding: () => true, // weights of all steps together, and masks of dropout drawn over all of them
  step: { refuses: 'the keys and values of earlier steps are not kept from step to step' },
};

/** How these layers are saved and rebuilt. */
export const multiHeadAttentionDefinition = definition as unknown as LayerDefinition;

/**
 * Attention of N heads: `multiHeadAttention({ numHeads: 4, keyDim: 16 }).apply([query, value, key])`.
 *
 * ```text
 * q = query·Wq + bq,   k = key·Wk + bk,   v = value·Wv + bv                       for each head
 * y_t = Σ_j softmax_j(q_t · k_j / √D) v_j,   output_t = Σ_n y_tn·Wo_n + bo
 * ```
 *
 * Inputs query `[batch, T, I]`, value and key `[batch, S, ...]`; without a key the value is the key, and one input
 * alone is all three. Output `[batch, T, I]`. Weights `queryKernel [I, N, D]`, `queryBias [N, D]`, the same for key
 * and value (D is valueDim there), `outputKernel [N, valueDim, I]`, `outputBias [I]`. Memory grows with T and S, not
 * with their product. Steps of keys and values that do not count are not seen; a query that sees none gives 0
 * before the output's product.
 *
 * Source: Vaswani et al. 2017
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function multiHeadAttention(options: MultiHeadAttentionOptions): Layer {
  const where = layerLabel('multiHeadAttention', options);
  const config = attentionConfig(where, options);
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
