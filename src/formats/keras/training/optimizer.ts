import { describeValue } from '../../../describe.js';
import { unknownName } from '../../../errors.js';
import { ALL_NAMES } from '../../../training/named/names.js';
import { optimizerFrom } from '../../../training/names.js';
import type { Optimizer } from '../../../training/optimizers/index.js';
import {
  camelCase,
  type Fields,
  isFields,
  type Place,
  plainName,
  refuse,
  serialize,
  serialized,
  snakeCase,
} from '../dialect.js';

/** Optimizers by our names, and the names that Keras has for their own options where they differ. */
const CLASSES: Readonly<
  Record<string, { readonly theirs: string; readonly keys?: Readonly<Record<string, string>> }>
> = {
  sgd: { theirs: 'SGD' },
  adam: { theirs: 'Adam', keys: { beta_1: 'beta1', beta_2: 'beta2' } },
  adamW: { theirs: 'AdamW', keys: { beta_1: 'beta1', beta_2: 'beta2' } },
  rmsprop: { theirs: 'RMSprop' },
  nadam: { theirs: 'Nadam', keys: { beta_1: 'beta1', beta_2: 'beta2' } },
  adamax: { theirs: 'Adamax', keys: { beta_1: 'beta1', beta_2: 'beta2' } },
  adagrad: { theirs: 'Adagrad' },
  adadelta: { theirs: 'Adadelta' },
};

/** Common options by Keras's names. */
const COMMON: Readonly<Record<string, string>> = {
  clipnorm: 'clipNorm',
  clipvalue: 'clipValue',
  global_clipnorm: 'globalClipNorm',
};

/** Options that change nothing where they are as here. */
const NOTHING = [
  'name',
  'use_ema',
  'ema_momentum',
  'ema_overwrite_frequency',
  'loss_scale_factor',
  'jit_compile',
  'is_legacy_optimizer',
  'decay',
];

/** Of those, what must be null, false or 0. */
const OFF = ['use_ema', 'loss_scale_factor', 'decay'];

function readRate(place: Place, value: unknown): unknown {
  if (typeof value === 'number') return value;
  const given = serialized(value);
  if (given === null)
    return refuse(place, `learning_rate: expected a number or a schedule, got ${describeValue(value)}`);
  const config = Object.entries(given.config).filter(([key, option]) => key !== 'name' && option !== null);
  const name = given.className[0].toLowerCase() + given.className.slice(1);
  return { name, config: Object.fromEntries(config.map(([key, option]) => [camelCase(key), option])) };
}

/** tfjs has an optimizer with momentum of its own, and other words. */
function fromTfjs(className: string, config: Fields): { className: string; config: Fields } {
  const { useNesterov, ...rest } = config;
  const plain = Object.entries(rest).map(([key, value]) => [
    key === 'decay' && className === 'RMSProp' ? 'rho' : key,
    value,
  ]);
  const renamed: Fields = Object.fromEntries(plain);
  if (className === 'Momentum')
    return { className: 'SGD', config: { ...renamed, nesterov: useNesterov === true } };
  return { className, config: renamed };
}

/** An optimizer of a file as ours. @throws FormatError, UnknownNameError, and what our factories throw */
export function readOptimizer(place: Place, value: unknown): Optimizer {
  const given =
    serialized(value) ?? refuse(place, `optimizer: expected its class, got ${describeValue(value)}`);
  const { className, config } = place.family === 'tfjs' ? fromTfjs(given.className, given.config) : given;
  const name = Object.keys(CLASSES).find((ours) => plainName(ours) === plainName(className));
  if (name === undefined) {
    throw unknownName(
      `${place.where}: optimizer`,
      'class',
      className,
      Object.values(CLASSES).map(({ theirs }) => theirs),
    );
  }
  const options: Record<string, unknown> = {};
  for (const [key, option] of Object.entries(config)) {
    if (option === null || (NOTHING.includes(key) && !OFF.includes(key))) continue;
    if (OFF.includes(key)) {
      if (option !== false && option !== 0)
        refuse(place, `optimizer: ${key} is ${describeValue(option)}, which we have not`);
    } else if (key === 'learning_rate' || key === 'learningRate' || key === 'lr') {
      options.learningRate = readRate(place, option);
    } else options[COMMON[key] ?? CLASSES[name].keys?.[key] ?? camelCase(key)] = option;
  }
  return optimizerFrom(ALL_NAMES, { name, config: options });
}

function writeRate(place: Place, value: unknown): unknown {
  if (!isFields(value)) return value;
  const { name, config } = value as { name: string; config: Fields };
  const className = name[0].toUpperCase() + name.slice(1);
  const options = Object.entries(config).map(([key, option]) => [snakeCase(key), option]);
  return serialize(place, 'keras.optimizers.schedules', className, Object.fromEntries(options));
}

/** Optimizers of tfjs: their class, and its options by ours. */
const TFJS: Readonly<Record<string, readonly [string, Readonly<Record<string, string>>]>> = {
  sgd: ['SGD', {}],
  adam: ['Adam', { beta1: 'beta1', beta2: 'beta2', epsilon: 'epsilon' }],
  rmsprop: ['RMSProp', { rho: 'decay', momentum: 'momentum', epsilon: 'epsilon', centered: 'centered' }],
  adamax: ['Adamax', { beta1: 'beta1', beta2: 'beta2', epsilon: 'epsilon' }],
  adagrad: ['Adagrad', { initialAccumulatorValue: 'initialAccumulatorValue' }],
  adadelta: ['Adadelta', { rho: 'rho', epsilon: 'epsilon' }],
};

/** Options of ours that tfjs's optimizers have not, with what leaves them out. */
const NOT_IN_TFJS: Fields = {
  weightDecay: 0,
  clipNorm: null,
  clipValue: null,
  globalClipNorm: null,
  gradientAccumulationSteps: null,
  amsgrad: false,
};

function writeForTfjs(place: Place, name: string, { learningRate, ...config }: Fields): object {
  const known = TFJS[name] ?? refuse(place, `optimizer '${name}' is none that tfjs has`);
  if (typeof learningRate !== 'number')
    refuse(place, `the learning rate of '${name}' is a schedule, which tfjs has not`);
  for (const [key, off] of Object.entries(NOT_IN_TFJS)) {
    if (key in config && config[key] !== off) refuse(place, `${key} of '${name}' is none that tfjs has`);
  }
  const { momentum, nesterov } = config;
  if (name === 'sgd' && momentum !== 0) {
    return { class_name: 'Momentum', config: { learningRate, momentum, useNesterov: nesterov } };
  }
  const [className, keys] = known;
  const options = Object.entries(keys).map(([ours, theirs]) => [theirs, config[ours]]);
  return { class_name: className, config: { learningRate, ...Object.fromEntries(options) } };
}

/** Our optimizer in Keras's words. @throws FormatError for one that the family has not */
export function writeOptimizer(place: Place, { name, config }: { name: string; config: Fields }): object {
  if (place.family === 'tfjs') return writeForTfjs(place, name, config);
  const known = CLASSES[name] ?? refuse(place, `optimizer '${name}' is none that Keras has`);
  const { learningRate, weightDecay, ...rest } = config;
  const written: Record<string, unknown> = {
    name: known.theirs,
    learning_rate: writeRate(place, learningRate),
    weight_decay: weightDecay === 0 ? null : weightDecay,
  };
  const theirs = (ours: string): string => {
    const keys = { ...COMMON, ...known.keys };
    return Object.keys(keys).find((key) => keys[key] === ours) ?? snakeCase(ours);
  };
  for (const [key, option] of Object.entries(rest)) written[theirs(key)] = option;
  return serialize(place, 'keras.optimizers', known.theirs, written);
}
