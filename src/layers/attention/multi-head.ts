import { ShapeError } from '../../errors.js';
import type { OpenShape } from '../../shape.js';
import { Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { declareWeight } from '../weight.js';
import { checkInputs, sources } from './inputs.js';
import { PARTS, recordBackward, recordForward } from './multi-head-passes.js';
import { attentionStates, recordStep, refusesAttentionStep } from './multi-head-step.js';
import { attentionConfig, type MultiHeadAttentionConfig, type MultiHeadAttentionOptions } from './options.js';

export type { MultiHeadAttentionOptions } from './options.js';

const definition: LayerDefinition<MultiHeadAttentionConfig> = {
  type: 'multiHeadAttention',
  restore: restoreWith(multiHeadAttention),
  maxInputs: 4,
  outputShapes(config, inputs, name) {
    checkInputs(inputs, name, config.useAttentionMask);
    const from = sources(inputs.length, config.useAttentionMask);
    if (!config.useAttentionMask && inputs.length > 3) {
      throw new ShapeError(
        `${name}: has 4 inputs, expected a mask as the last with useAttentionMask: true alone`,
      );
    }
    const [T, features] = inputs[from.query];
    const y = [T, config.outputShape ?? features];
    return config.returnAttentionScores ? [y, [config.numHeads, T, inputs[from.key][0]]] : [y];
  },
  parameters(config, inputs) {
    const { numHeads: N, keyDim: D, valueDim: E, useBias, kernel, bias } = config;
    const from = sources(inputs.length, config.useAttentionMask);
    const features = (shape: OpenShape): number => shape[shape.length - 1] as number;
    const O = config.outputShape ?? features(inputs[from.query]);
    const parts = PARTS.map((part) => {
      const size = part === 'value' ? E : D;
      return { part, kernel: [features(inputs[from[part]]), N, size], bias: [N, size] };
    });
    return [...parts, { part: 'output', kernel: [N, E, O], bias: [O] }].flatMap((shapes) => {
      const own = declareWeight(`${shapes.part}Kernel`, shapes.kernel, kernel);
      return useBias ? [own, declareWeight(`${shapes.part}Bias`, shapes.bias, bias)] : [own];
    });
  },
  states: attentionStates,
  forward: recordForward,
  backward: recordBackward,
  masks: (_config, masked) => [masked[0]],
  seesPadding: () => true, // weights of all steps together, and masks of dropout drawn over all of them
  step: recordStep,
  takesWhole: true,
  refusesStep: refusesAttentionStep,
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
 * With `useCausalMask` it streams: a step costs as much as there are steps to see. `stream({ maxSteps })` says for how
 * many there is room; with `slidingWindow` there is no bound. It also streams where value and key are given whole at
 * the start, as an encoder's output is.
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
