import { attention, multiHeadAttention } from '../../../layers/attention/index.js';
import type { Fields } from '../dialect.js';
import { flagField, only, same, skipped, weightFields } from '../fields.js';
import { type LayerMapping, plainLayer, plainSlots, type Slot } from './mapping.js';

/** In Keras an argument of the call. */
const causal = ({ useCausalMask }: Fields): Fields =>
  useCausalMask === true ? { use_causal_mask: true } : {};

/** Takes the argument of the call as an option. */
function withCall(mapping: LayerMapping): LayerMapping {
  return {
    ...mapping,
    call: causal,
    read(config, place, className) {
      const { causal: old, ...rest } = config; // an option, before TensorFlow 2.11
      const useCausalMask = old === true || place.call.use_causal_mask === true;
      return mapping.read({ ...rest, use_causal_mask: useCausalMask }, place, className);
    },
  };
}

/** Our option for what the call says. */
const causalField = {
  keys: ['use_causal_mask'],
  read(options: Record<string, unknown>, value: unknown) {
    options.useCausalMask = value;
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
      causalField,
      only('output_shape', [null]),
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
      fields: [
        same('dropout'),
        causalField,
        only('use_scale', [false]),
        only('score_mode', ['dot']),
        skipped('seed'),
      ],
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
