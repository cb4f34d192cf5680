import { describeValue } from '../../../describe.js';
import { activation } from '../../../layers/activation.js';
import type { ActivationName } from '../../../layers/activations.js';
import { type FunctionName, pointwise } from '../../../layers/arithmetic/index.js';
import type { Layer } from '../../../layers/layer.js';
import { type Fields, type Place, refuse, type Serialized } from '../dialect.js';
import { activationField, readFields, skipped, writeFields } from '../fields.js';
import type { LayerMapping, ReadPlace } from './mapping.js';

/** One of our activations, or a function with numbers of its own. */
type Meaning =
  | ActivationName
  | { readonly function: FunctionName; readonly alpha?: number | null; readonly beta?: number | null };

function number(place: Place, key: string, value: unknown, otherwise: number): number {
  if (value === undefined || value === null) return otherwise;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  return refuse(place, `${key}: expected a number, got ${describeValue(value)}`);
}

function leaky(slope: number): Meaning {
  if (slope === 0) return 'relu';
  if (Math.fround(slope) === Math.fround(0.2)) return 'leakyRelu';
  return { function: 'leakyRelu', alpha: slope };
}

interface ActivationClass {
  readonly keys: readonly string[];
  readonly meaning: (config: Fields, place: ReadPlace) => Meaning;
}

/** Layers of Keras that are a function of every number. */
const CLASSES: Readonly<Record<string, ActivationClass>> = {
  Identity: { keys: [], meaning: () => 'linear' },
  ReLU: {
    keys: ['max_value', 'negative_slope', 'threshold'],
    meaning(config, place) {
      const slope = number(place, 'negative_slope', config.negative_slope, 0);
      const threshold = number(place, 'threshold', config.threshold, 0);
      const most = config.max_value ?? null;
      if (threshold !== 0) refuse(place, `threshold is ${threshold}; read is 0 alone`);
      if (most === null) return leaky(slope);
      if (slope !== 0) refuse(place, 'max_value and negative_slope together are not read');
      return { function: 'clip', alpha: 0, beta: number(place, 'max_value', most, 0) };
    },
  },
  LeakyReLU: {
    keys: ['alpha', 'negative_slope'], // alpha before Keras 3
    meaning: ({ alpha, negative_slope: slope }, place) => leaky(number(place, 'alpha', slope ?? alpha, 0.3)),
  },
  ELU: {
    keys: ['alpha'],
    meaning({ alpha }, place) {
      const given = number(place, 'alpha', alpha, 1);
      return given === 1 ? 'elu' : { function: 'elu', alpha: given };
    },
  },
  ThresholdedReLU: {
    keys: ['theta'],
    meaning: ({ theta }, place) => ({ function: 'thresholdedRelu', alpha: number(place, 'theta', theta, 1) }),
  },
  Softmax: {
    keys: ['axis'],
    meaning({ axis }, place) {
      // tfjs writes no default, and means the first axis beside the batch
      const given = axis ?? (place.family === 'tfjs' ? 1 : -1);
      const last = Array.isArray(given) && given.length === 1 ? given[0] : given;
      if (last !== -1 && last !== place.rank) refuse(place, `axis is ${given}; read is the last one alone`);
      return 'softmax';
    },
  },
  Rescaling: {
    keys: ['scale', 'offset'],
    meaning: ({ scale, offset }, place) => ({
      function: 'affine',
      alpha: number(place, 'scale', scale, 1),
      beta: number(place, 'offset', offset, 0),
    }),
  },
};

function readClass({ keys, meaning }: ActivationClass, config: Fields, place: ReadPlace): Layer {
  readFields([skipped(...keys)], config, place);
  const made = meaning(config, place);
  const base = { name: place.name, trainable: config.trainable !== false };
  return typeof made === 'string'
    ? activation({ activation: made, ...base })
    : pointwise({ ...made, ...base });
}

/** A function with numbers as a layer of Keras's. */
function writeFunction({ function: name, alpha, beta }: Fields, place: Place): Serialized {
  const slope = place.family === 'keras 3' ? 'negative_slope' : 'alpha';
  if (name === 'leakyRelu') return { className: 'LeakyReLU', config: { [slope]: alpha } };
  if (name === 'elu' && place.family === 'tfjs') refuse(place, `alpha of ELU is ${alpha}; tfjs has 1 alone`);
  if (name === 'elu') return { className: 'ELU', config: { alpha } };
  if (name === 'affine') return { className: 'Rescaling', config: { scale: alpha, offset: beta } };
  if (name === 'clip' && alpha === 0 && beta !== null)
    return { className: 'ReLU', config: { max_value: beta } };
  if (name === 'thresholdedRelu' && place.family !== 'keras 3') {
    return { className: 'ThresholdedReLU', config: { theta: alpha } };
  }
  return refuse(place, `Keras has no layer for the function '${name}' with alpha ${alpha} and beta ${beta}`);
}

/** Activations that are layers, and functions with numbers. */
export const ACTIVATION_MAPPINGS: readonly LayerMapping[] = [
  {
    type: 'activation',
    classes: ['Activation'],
    inTfjs: true,
    form: 'one',
    read(config, place) {
      const options = readFields([activationField()], config, place) as { activation: ActivationName };
      return activation({ ...options, name: place.name, trainable: config.trainable !== false });
    },
    write(config, place) {
      if (place.family === 'tfjs' && config.activation === 'leakyRelu') {
        return { className: 'LeakyReLU', config: { alpha: 0.2 } };
      }
      return { className: 'Activation', config: writeFields([activationField()], config, place) };
    },
    slots: () => [],
  },
  {
    type: 'pointwise',
    classes: Object.keys(CLASSES),
    inTfjs: true,
    form: 'one',
    read: (config, place, className) => readClass(CLASSES[className], config, place),
    write: writeFunction,
    slots: () => [],
  },
];
