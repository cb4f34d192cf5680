import {
  averagePooling1d,
  conv1d,
  conv1dTranspose,
  depthwiseConv1d,
  globalAveragePooling1d,
  globalMaxPooling1d,
  maxPooling1d,
  separableConv1d,
} from '../../../layers/convolution/index.js';
import type { Layer } from '../../../layers/layer.js';
import { refuse } from '../dialect.js';
import {
  activationField,
  type Field,
  flagField,
  only,
  ourOwn,
  same,
  sizeField,
  skipped,
  weightFields,
} from '../fields.js';
import { type LayerMapping, plainLayer } from './mapping.js';

const channelsLast = only('data_format', ['channels_last']);

const sliding: readonly Field[] = [
  sizeField('kernelSize'),
  sizeField('strides'),
  {
    ...same('padding'),
    write({ padding }, place) {
      if (padding === 'causal' && place.family === 'tfjs') {
        refuse(place, "padding is 'causal', of which tfjs has the name alone: it throws when it meets one");
      }
      return padding;
    },
  },
  sizeField('dilationRate'),
  channelsLast,
  activationField(),
  flagField('useBias'),
  ...weightFields('bias'),
  ourOwn('stateful', false),
];

const pooling = (type: string, className: string, make: (options: never) => Layer): LayerMapping =>
  plainLayer({
    type,
    classes: [className, className.replace('Pooling1D', 'Pool1D')],
    make,
    fields: [sizeField('poolSize'), sizeField('strides'), same('padding'), channelsLast],
  });

const globally = (type: string, className: string, make: (options: never) => Layer): LayerMapping =>
  plainLayer({
    type,
    classes: [className, className.replace('Pooling1D', 'Pool1D')],
    make,
    fields: [flagField('keepdims'), channelsLast],
  });

/** Convolutions over time and pooling. */
export const CONVOLUTION_MAPPINGS: readonly LayerMapping[] = [
  plainLayer({
    type: 'conv1d',
    classes: ['Conv1D', 'Convolution1D'],
    make: conv1d,
    weights: { kernel: 'kernel', bias: 'bias' },
    fields: [
      same('filters'),
      ...sliding,
      ...weightFields('kernel'),
      {
        keys: ['groups'],
        read(options, value) {
          if (value !== null) options.groups = value;
        },
        write({ groups }, place) {
          if (groups !== 1 && place.family === 'tfjs')
            refuse(place, `groups is ${groups}, which tfjs has not`);
          return groups;
        },
      },
      skipped('rank', 'lora_rank', 'lora_alpha'),
    ],
  }),
  plainLayer({
    type: 'conv1dTranspose',
    classes: ['Conv1DTranspose', 'Convolution1DTranspose'],
    make: conv1dTranspose,
    inTfjs: false,
    weights: { kernel: 'kernel', bias: 'bias' },
    fields: [
      same('filters'),
      ...sliding,
      ...weightFields('kernel'),
      {
        keys: ['output_padding'],
        read(options, value) {
          if (value !== null) options.outputPadding = Array.isArray(value) ? value[0] : value;
        },
        write: ({ outputPadding }) => (outputPadding === null ? null : [outputPadding]),
      },
      only('groups', [1], false),
      skipped('rank'),
    ],
  }),
  plainLayer({
    type: 'depthwiseConv1d',
    classes: ['DepthwiseConv1D'],
    make: depthwiseConv1d,
    inTfjs: false,
    weights: { kernel: 'depthwise_kernel', bias: 'bias' },
    fields: [
      same('depthMultiplier'),
      ...sliding,
      ...weightFields('depthwise'),
      // What its parents in Keras have, and it does not use.
      skipped('rank', 'filters', 'groups', 'kernel_initializer', 'kernel_regularizer', 'kernel_constraint'),
    ],
  }),
  plainLayer({
    type: 'separableConv1d',
    classes: ['SeparableConv1D', 'SeparableConvolution1D'],
    make: separableConv1d,
    inTfjs: false,
    weights: { depthwiseKernel: 'depthwise_kernel', pointwiseKernel: 'pointwise_kernel', bias: 'bias' },
    fields: [
      same('filters'),
      same('depthMultiplier'),
      ...sliding,
      ...weightFields('depthwise'),
      ...weightFields('pointwise'),
      skipped('rank', 'groups', 'kernel_initializer', 'kernel_regularizer', 'kernel_constraint'),
    ],
  }),
  pooling('maxPooling1d', 'MaxPooling1D', maxPooling1d),
  pooling('averagePooling1d', 'AveragePooling1D', averagePooling1d),
  globally('globalMaxPooling1d', 'GlobalMaxPooling1D', globalMaxPooling1d),
  globally('globalAveragePooling1d', 'GlobalAveragePooling1D', globalAveragePooling1d),
];
