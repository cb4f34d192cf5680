import { activation } from '../../../layers/activation.js';
import type { ActivationName } from '../../../layers/activations.js';
import { type Fields, type Place, refuse } from '../dialect.js';
import { activationField, readFields, skipped, writeFields } from '../fields.js';
import type { LayerMapping } from './mapping.js';

const number = (value: unknown, otherwise: number): number =>
  value === undefined || value === null ? otherwise : Number(value);

/** Layers of Keras that are one of our activations with the options that they have by default here. */
const CLASSES: Readonly<Record<string, (config: Fields, place: Place & { rank?: number }) => ActivationName>> = {
  Identity: () => 'linear',
  ReLU({ max_value: most = null, negative_slope: slope, threshold }, place) {
    if (most !== null || number(threshold, 0) !== 0) {
      refuse(place, 'max_value and threshold of ReLU are not read');
    }
    return leaky(number(slope, 0), place);
  },
  // alpha before Keras 3
  LeakyReLU: ({ alpha, negative_slope: slope }, place) => leaky(number(slope ?? alpha, 0.3), place),
  ELU({ alpha }, place) {
    if (number(alpha, 1) !== 1) refuse(place, `alpha is ${alpha}; read is 1 alone`);
    return 'elu';
  },
  Softmax({ axis = -1 }, place) {
    const last = Array.isArray(axis) && axis.length === 1 ? axis[0] : axis;
    if (last !== -1 && last !== place.rank) refuse(place, `axis is ${axis}; read is the last one alone`);
    return 'softmax';
  },
};

function leaky(slope: number, place: Place): ActivationName {
  if (slope === 0) return 'relu';
  if (Math.fround(slope) === Math.fround(0.2)) return 'leakyRelu';
  return refuse(place, `the slope below 0 is ${slope}; read are 0 and 0.2 alone`);
}

/** Activations that are layers. */
export const ACTIVATION_MAPPINGS: readonly LayerMapping[] = [
  {
    type: 'activation',
    classes: ['Activation', ...Object.keys(CLASSES)],
    inTfjs: true,
    form: 'one',
    read(config, place, className) {
      const trainable = config.trainable !== false;
      if (!Object.hasOwn(CLASSES, className)) {
        const options = readFields([activationField()], config, place);
        return activation({ ...(options as { activation: ActivationName }), name: place.name, trainable });
      }
      readFields([skipped('max_value', 'negative_slope', 'threshold', 'alpha', 'axis')], config, place);
      return activation({ activation: CLASSES[className](config, place), name: place.name, trainable });
    },
    write(config, place) {
      if (place.family === 'tfjs' && config.activation === 'leakyRelu') {
        return { className: 'LeakyReLU', config: { alpha: Math.fround(0.2) } };
      }
      return { className: 'Activation', config: writeFields([activationField()], config, place) };
    },
    slots: () => [],
  },
];
