import { checkOptionNames, ShapeError } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import { formatShape } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { attentionBackwardScratch, attentionScratch } from '../../wasm/scratch.js';
import {
  type BackwardBinding,
  type BaseOptions,
  type Binding,
  Layer,
  type LayerDefinition,
} from '../layer.js';
import { dropRate, flag, layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { checkInputs, sources } from './inputs.js';

/** Options of {@link attention}. Names and defaults are Keras's. */
export interface AttentionOptions extends BaseOptions {
  /** Share of probabilities set to zero in training. Default 0. */
  dropout?: number;
  /** True lets step t see steps 0 to t only. In Keras an argument of the call. Default false. */
  useCausalMask?: boolean;
}

interface AttentionConfig {
  readonly dropout: number;
  readonly useCausalMask: boolean;
}

function sizes(k: Binding) {
  const from = sources(k.inputShapes.length);
  const [[T, D], [S, E]] = [k.inputShapes[0], k.inputShapes[from.value]];
  return { T, S, D, E, B: k.batch, from };
}

type Sizes = ReturnType<typeof sizes>;

/** Numbers that both kernels end with: one head, whose scores are not scaled. */
function numbers({ dropout, useCausalMask }: AttentionConfig, k: Binding, { T, S, D, E, B }: Sizes) {
  const rate = k.training ? dropout : 0;
  return [0, B, T, S, B, 1, D, E, useCausalMask ? 1 : 0, 0, k.randomStream(0), 1, rate] as const;
}

/** The three parts, the mask of the values as in Keras, none beside it, and the random key. */
function inputs(k: Binding, { from }: Sizes) {
  const parts = [k.input(from.query), k.input(from.key), k.input(from.value)] as const;
  return [...parts, k.mask(from.value), null, null, k.rng] as const;
}

/** Records attention of T steps of the query. */
function record(config: AttentionConfig, k: Binding, own: Sizes): void {
  const { T, S, D, E, B } = own;
  const scratch = k.buffer('scratch', attentionScratch(S, D, E));
  const made = [k.output(), k.buffer('logSums', B * T)] as const;
  k.emit(kernels.attention_forward, ...made, ...inputs(k, own), scratch, ...numbers(config, k, own));
}

function backward(config: AttentionConfig, k: BackwardBinding): void {
  const own = sizes(k);
  const { T, S, D, E, B, from } = own;
  const floats = { query: T * B * D, key: S * B * D, value: S * B * E };
  const place = (part: keyof typeof floats, shared: boolean): Ref => {
    const own = shared ? null : k.inputGradient(from[part]);
    return own ?? at(k.buffer(`d${part}`, floats[part]));
  };
  const shared = from.key === from.value;
  const [dq, dk, dv] = [place('query', false), place('key', shared), place('value', shared)];
  const kept = [k.outputGradient() as Ref, k.output(), k.buffer('logSums', B * T)] as const;
  const scratch = k.buffer('backwardScratch', attentionBackwardScratch(T, S, D, E));
  k.emit(
    kernels.attention_backward,
    dq,
    dk,
    dv,
    ...kept,
    ...inputs(k, own),
    scratch,
    ...numbers(config, k, own),
  );
  const both = shared ? k.inputGradient(from.value) : null;
  if (both !== null) k.emit(kernels.add, both, dk, dv, floats.value);
}

const definition: LayerDefinition<AttentionConfig> = {
  type: 'attention',
  restore: restoreWith(attention),
  maxInputs: 3,
  outputShapes(_config, shapes, name) {
    const from = sources(shapes.length);
    const came = shapes.map((shape) => formatShape([null, ...shape])).join(' and ');
    if (shapes.length < 2) {
      throw new ShapeError(`${name}: inputs have shapes ${came}, expected a query and a value, or a key too`);
    }
    checkInputs(shapes, name);
    if (shapes[0][1] !== shapes[from.key][1]) {
      throw new ShapeError(`${name}: inputs have shapes ${came}, expected as many features in query and key`);
    }
    return [[shapes[0][0], shapes[from.value][1]]];
  },
  parameters: () => [],
  forward: (config, k) => record(config, k, sizes(k)),
  backward,
  masks: (_config, masked) => [masked[0]],
  step: (config, k) => record(config, k, { ...sizes(k), T: 1, D: k.inputShapes[0][0] }),
  takesWhole: true,
  refusesStep({ useCausalMask }, shapes, whole = shapes.map(() => false)) {
    const [query, ...others] = whole;
    if (query || others.includes(false)) return 'every step of the query meets every step of the value';
    return useCausalMask ? 'useCausalMask lets a step see less than the values given whole' : undefined;
  },
};

/** How these layers are saved and rebuilt. */
export const attentionDefinition = definition as unknown as LayerDefinition;

/**
 * Attention by products without weights: `attention().apply([query, value, key])`.
 *
 * ```text
 * y_t = Σ_j softmax_j(query_t · key_j) value_j
 * ```
 *
 * Inputs query `[batch, T, D]`, value `[batch, S, E]` and key `[batch, S, D]`; without a key the value is the key.
 * Output `[batch, T, E]`. Steps of the value that do not count are not seen; a query that sees none gives 0.
 *
 * Source: Luong et al. 2015 (score "dot")
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function attention(options: AttentionOptions = {}): Layer {
  const where = layerLabel('attention', options);
  checkOptionNames(where, options, ['dropout', 'useCausalMask', 'name', 'trainable']);
  const config: AttentionConfig = {
    dropout: dropRate(where, 'dropout', options.dropout ?? 0),
    useCausalMask: flag(where, 'useCausalMask', options.useCausalMask ?? false),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
