import { additiveAttention, attention, multiHeadAttention } from '../../../layers/attention/index.js';
import type { Fields } from '../dialect.js';
import { type Field, flagField, only, same, skipped, weightFields } from '../fields.js';
import { type LayerMapping, plainLayer, plainSlots, type Slot } from './mapping.js';

/** Options of ours that are arguments of the call in Keras. */
const CALLED: Readonly<Record<string, string>> = {
  useCausalMask: 'use_causal_mask',
  returnAttentionScores: 'return_attention_scores',
};

/** Takes arguments of the call as options. */
function withCall(mapping: LayerMapping): LayerMapping {
  return {
    ...mapping,
    call(config) {
      const called = Object.entries(CALLED).filter(([ours]) => config[ours] === true);
      return Object.fromEntries(called.map(([, theirs]) => [theirs, true]));
    },
    read(config, place, className) {
      const { causal, ...rest } = config; // an option, before TensorFlow 2.11
      const old: Fields = causal === true ? { use_causal_mask: true } : {};
      return mapping.read({ ...rest, ...old, ...place.call }, place, className);
    },
  };
}

const causal: Field = {
  keys: ['use_causal_mask'],
  read(options, value) {
    options.useCausalMask = value;
  },
};

const scores: Field = {
  keys: ['return_attention_scores'],
  read(options, value) {
    options.returnAttentionScores = value;
  },
};

/** 'general' is ours alone. */
const scoreMode: Field = {
  ...only('score_mode', ['dot', 'concat']),
  read(options, value, place) {
    only('score_mode', ['dot', 'concat']).read?.(options, value, place);
    if (value !== null) options.scoreMode = value;
  },
  write: (config) => config.scoreMode,
};

/** A size, which Keras also takes as a list of one. */
const outputShape: Field = {
  ...same('outputShape'),
  read(options, value) {
    const size: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
    if (size !== null) options.outputShape = size;
  },
};

const PARTS = ['query', 'key', 'value', 'output'];

const multiHead = withCall(
  plainLayer({
    type: 'multiHeadAttention',
    classes: ['MultiHeadAttention'],
    make: multiHeadAttention,
    inTfjs: false,
    form: 'query value key',
    fields: [
      same('numHeads'),
      same('keyDim'),
      same('valueDim'),
      same('dropout'),
      flagField('useBias'),
      ...weightFields('kernel'),
      ...weightFields('bias'),
      causal,
      scores,
      outputShape,
      only('attention_axes', [null, [1]]),
      only('use_gate', [false], false),
      skipped('seed', 'flash_attention', 'query_shape', 'key_shape', 'value_shape'),
    ],
  }),
);

/** Layers that Keras has. */
export const ATTENTION_MAPPINGS: readonly LayerMapping[] = [
  withCall(
    plainLayer({
      type: 'attention',
      classes: ['Attention'],
      make: attention,
      inTfjs: false,
      form: 'list of query value key',
      weights: { scale: 'scale', concatScoreWeight: 'concat_score_weight' },
      fields: [same('dropout'), causal, flagField('useScale'), scoreMode, skipped('seed')],
    }),
  ),
  withCall(
    plainLayer({
      type: 'additiveAttention',
      classes: ['AdditiveAttention'],
      make: additiveAttention,
      inTfjs: false,
      form: 'list of query value key',
      weights: { scale: 'scale' },
      fields: [same('dropout'), causal, flagField('useScale'), skipped('seed', 'score_mode')],
    }),
  ),
  {
    ...multiHead,
    slots(_config, { weights }): Slot[] {
      return PARTS.flatMap((part) =>
        plainSlots(
          { [`${part}Kernel`]: 'kernel', [`${part}Bias`]: 'bias' },
          `${part}_dense`,
          part === 'output' ? 'attention_output' : part,
          weights,
        ).map((slot) => ({ ...slot, folders: [`${part}_dense`, `_${part}_dense`] })),
      );
    },
  },
];
