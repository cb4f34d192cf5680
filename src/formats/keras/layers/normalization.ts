import {
  batchNormalization,
  groupNormalization,
  layerNormalization,
  rmsNormalization,
} from '../../../layers/normalization/index.js';
import { type Field, lastAxis, only, same, skipped, weightFields } from '../fields.js';
import { type LayerMapping, plainLayer } from './mapping.js';

/** Whether there is a weight: Keras's center and scale. */
const present = (key: string, weight: string): Field => ({
  keys: [key],
  read(options, value) {
    options[key] = value ?? true;
  },
  write: (config) => config[weight] !== null,
});

const affine: readonly Field[] = [
  same('epsilon'),
  present('center', 'beta'),
  present('scale', 'gamma'),
  ...weightFields('beta'),
  ...weightFields('gamma'),
];

const WEIGHTS = { gamma: 'gamma', beta: 'beta' };

/** Normalisations. */
export const NORMALIZATION_MAPPINGS: readonly LayerMapping[] = [
  plainLayer({
    type: 'batchNormalization',
    classes: ['BatchNormalization', 'BatchNormalizationV1', 'BatchNormalizationV2'],
    make: batchNormalization,
    weights: { ...WEIGHTS, movingMean: 'moving_mean', movingVariance: 'moving_variance' },
    fields: [
      lastAxis(),
      same('momentum'),
      ...affine,
      ...weightFields('movingMean').slice(0, 1),
      ...weightFields('movingVariance').slice(0, 1),
      only('renorm', [false], false),
      skipped('fused', 'synchronized', 'virtual_batch_size', 'mode'),
    ],
  }),
  plainLayer({
    type: 'layerNormalization',
    classes: ['LayerNormalization'],
    make: layerNormalization,
    weights: WEIGHTS,
    fields: [lastAxis(true), ...affine, only('rms_scaling', [false], false)],
  }),
  plainLayer({
    type: 'groupNormalization',
    classes: ['GroupNormalization'],
    make: groupNormalization,
    inTfjs: false,
    weights: WEIGHTS,
    fields: [same('groups'), lastAxis(), ...affine],
  }),
  plainLayer({
    type: 'rmsNormalization',
    classes: ['RMSNormalization'],
    make: rmsNormalization,
    inTfjs: false,
    weights: { scale: 'scale' },
    fields: [lastAxis(), same('epsilon')],
  }),
];
