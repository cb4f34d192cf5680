import { describeValue } from '../../describe.js';
import { unknownName } from '../../errors.js';
import type { ActivationName } from '../../layers/activations.js';
import type { Constraint } from '../../layers/constraints.js';
import type { Regularizer } from '../../layers/regularizers.js';
import {
  type Fields,
  isFields,
  type Place,
  plainName,
  refuse,
  serialize,
  serialized,
  snakeCase,
} from './dialect.js';

/** Activations that are the same function under the same name; hard_sigmoid is not. */
const ACTIVATIONS: Readonly<Partial<Record<ActivationName, string>>> = {
  linear: 'linear',
  relu: 'relu',
  leakyRelu: 'leaky_relu',
  elu: 'elu',
  selu: 'selu',
  gelu: 'gelu',
  tanh: 'tanh',
  sigmoid: 'sigmoid',
  softplus: 'softplus',
  softsign: 'softsign',
  silu: 'silu',
  exponential: 'exponential',
  softmax: 'softmax',
  logSoftmax: 'log_softmax',
};

const READ = new Map<string, ActivationName>([
  ...Object.entries(ACTIVATIONS).map(
    ([ours, theirs]) => [plainName(theirs), ours as ActivationName] as const,
  ),
  ['swish', 'silu'],
]);

/** Of tfjs, which calls silu swish. */
const NOT_IN_TFJS: readonly ActivationName[] = ['leakyRelu', 'exponential'];

/** The hard sigmoid of a family: x / 6 + ½ since Keras 3, 0.2 x + ½ before and in tfjs. */
const hardSigmoidOf = ({ family }: Place): ActivationName =>
  family === 'keras 3' ? 'hardSigmoid' : 'hardSigmoid02';

/** Our name of an activation. @throws FormatError, UnknownNameError */
export function readActivation(place: Place, key: string, value: unknown): ActivationName {
  if (value === null || value === undefined) return 'linear';
  const given = serialized(value);
  if (given === null)
    return refuse(place, `${key}: expected the name of an activation, got ${describeValue(value)}`);
  const { config } = given;
  const isWrapped = given.className === 'Activation' && config.activation !== undefined;
  const name = isWrapped ? String(config.activation) : given.className;
  const plain = plainName(name);
  const options = isWrapped
    ? []
    : Object.entries(config).filter(([option]) => !['name', 'trainable', 'dtype'].includes(option));
  if (options.length > 0) {
    refuse(place, `${key}: '${name}' with options of its own; give it a layer of its own behind this one`);
  }
  if (plain === 'hardsigmoid') return hardSigmoidOf(place);
  const found = READ.get(plain);
  if (found === undefined) {
    throw unknownName(
      `${place.where}: ${key}`,
      'activation',
      name,
      [...READ.values(), 'hardSigmoid'].map(snakeCase),
    );
  }
  return found;
}

/** Keras's name of an activation. @throws FormatError where the family has none */
export function writeActivation(place: Place, value: ActivationName): string {
  if (value === hardSigmoidOf(place)) return 'hard_sigmoid';
  if (place.family === 'tfjs') {
    if (value === 'silu') return 'swish';
    if (NOT_IN_TFJS.includes(value)) return refuse(place, `tfjs has no activation '${value}'`);
  }
  const name = ACTIVATIONS[value];
  if (name !== undefined) return name;
  const slope =
    value === 'hardSigmoid' ? 'x / 6 + 0.5 is that of Keras 3' : '0.2 x + 0.5 is that of Keras 2 and tfjs';
  return refuse(place, `activation '${value}' cannot be written for ${place.family}: ${slope}`);
}

/** Initializers by our names. */
const INITIALIZERS: Readonly<Record<string, string>> = {
  zeros: 'Zeros',
  ones: 'Ones',
  constant: 'Constant',
  identity: 'Identity',
  randomNormal: 'RandomNormal',
  randomUniform: 'RandomUniform',
  truncatedNormal: 'TruncatedNormal',
  varianceScaling: 'VarianceScaling',
  glorotNormal: 'GlorotNormal',
  glorotUniform: 'GlorotUniform',
  heNormal: 'HeNormal',
  heUniform: 'HeUniform',
  lecunNormal: 'LecunNormal',
  lecunUniform: 'LecunUniform',
  orthogonal: 'Orthogonal',
};

/** Names that older files have for them. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  normal: 'randomNormal',
  uniform: 'randomUniform',
  zero: 'zeros',
  one: 'ones',
  orthogonalinitializer: 'orthogonal',
  identityinitializer: 'identity',
};

const WORDS: Readonly<Record<string, string>> = {
  fan_in: 'fanIn',
  fan_out: 'fanOut',
  fan_avg: 'fanAvg',
  normal: 'truncatedNormal',
  truncated_normal: 'truncatedNormal',
  untruncated_normal: 'untruncatedNormal',
};

/** Options of initializers that only numbers or words are. */
const DROPPED = ['dtype'];

/** An initializer as ours. */
export function readInitializer(place: Place, key: string, value: unknown): object | undefined {
  if (value === null || value === undefined) return undefined;
  const given = serialized(value);
  if (given === null) return refuse(place, `${key}: expected an initializer, got ${describeValue(value)}`);
  const plain = plainName(given.className);
  const name = OTHER_NAMES[plain] ?? Object.keys(INITIALIZERS).find((ours) => plainName(ours) === plain);
  if (name === undefined) {
    throw unknownName(`${place.where}: ${key}`, 'initializer', given.className, Object.values(INITIALIZERS));
  }
  const config: Record<string, unknown> = {};
  for (const [option, own] of Object.entries(given.config)) {
    if (own === null || DROPPED.includes(option) || (option === 'seed' && !Number.isSafeInteger(own)))
      continue;
    config[option] = typeof own === 'string' ? (WORDS[own] ?? own) : own;
  }
  return { name, config };
}

/** Random ones have a seed, null where it is not given. */
const SEEDED = ['zeros', 'ones', 'constant', 'identity'];

export function writeInitializer(place: Place, { name, config }: { name: string; config: Fields }): object {
  const own = INITIALIZERS[name] ?? refuse(place, `the initializer '${name}' is none that Keras has`);
  const className = place.family === 'tfjs' ? own.replace('Lecun', 'LeCun') : own;
  const words = Object.entries(WORDS).filter(([theirs]) => place.family === 'tfjs' || theirs !== 'normal');
  const options: Record<string, unknown> = SEEDED.includes(name) ? {} : { seed: null };
  for (const [option, value] of Object.entries(config)) {
    options[option] = words.find(([, ours]) => ours === value)?.[0] ?? value;
  }
  return serialize(place, 'initializers', className, options);
}

const number = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);

/** A penalty as ours, or null. */
export function readRegularizer(place: Place, key: string, value: unknown): Regularizer | null {
  if (value === null || value === undefined) return null;
  const given = serialized(value);
  const name = plainName(given?.className ?? '');
  if (given === null || !['l1', 'l2', 'l1l2'].includes(name)) {
    return refuse(place, `${key}: '${given?.className}' is none of the penalties L1, L2, L1L2`);
  }
  const bare = !isFields(value);
  const [l1, l2] = ['l1', 'l2'].map((part) => {
    const own = given.config[part] ?? (bare || !('l1' in given.config || 'l2' in given.config) ? 0.01 : 0);
    return name === 'l1l2' || name === part ? number(own) : 0;
  });
  return { name: name as Regularizer['name'], l1, l2 };
}

export function writeRegularizer(place: Place, value: Regularizer | null): object | null {
  if (value === null) return null;
  const { name, l1, l2 } = value;
  if (name === 'l1l2' || place.family === 'tfjs')
    return serialize(place, 'keras.regularizers', 'L1L2', { l1, l2 });
  const config = name === 'l1' ? { l1 } : { l2 };
  return serialize(place, 'keras.regularizers', name.toUpperCase(), config);
}

/** A bound as ours, or null. */
export function readConstraint(place: Place, key: string, value: unknown): object | null {
  if (value === null || value === undefined) return null;
  const given = serialized(value);
  const { axis = 0, max_value: maxValue = 2 } = given?.config ?? {};
  const name = plainName(given?.className ?? '');
  if (name === 'maxnorm') return { name: 'maxNorm', maxValue, axis };
  if (name === 'unitnorm') return { name: 'unitNorm', axis };
  if (name === 'nonneg') return { name: 'nonNeg' };
  return refuse(place, `${key}: '${given?.className}' is none of the bounds MaxNorm, UnitNorm, NonNeg`);
}

export function writeConstraint(place: Place, value: Constraint | null): object | null {
  if (value === null) return null;
  const module = 'keras.constraints';
  if (value.name === 'maxNorm') {
    return serialize(place, module, 'MaxNorm', { max_value: value.maxValue, axis: value.axis });
  }
  if (value.name === 'unitNorm') return serialize(place, module, 'UnitNorm', { axis: value.axis });
  return serialize(place, module, 'NonNeg', {});
}
