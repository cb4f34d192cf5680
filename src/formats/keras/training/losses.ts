import { describeValue } from '../../../describe.js';
import { unknownName } from '../../../errors.js';
import type { Loss } from '../../../training/losses/index.js';
import { lossNamed } from '../../../training/losses/registry.js';
import {
  camelCase,
  type Fields,
  type Place,
  plainName,
  refuse,
  serialize,
  serialized,
  snakeCase,
} from '../dialect.js';

/** Losses by our names: Keras's name, further ones that older files have, Keras's class. */
const LOSSES: Readonly<Record<string, readonly [string, readonly string[], string]>> = {
  meanSquaredError: ['mean_squared_error', ['mse'], 'MeanSquaredError'],
  meanAbsoluteError: ['mean_absolute_error', ['mae'], 'MeanAbsoluteError'],
  huber: ['huber', ['huberloss'], 'Huber'],
  logCosh: ['log_cosh', ['logcosh'], 'LogCosh'],
  binaryCrossentropy: ['binary_crossentropy', ['bce'], 'BinaryCrossentropy'],
  categoricalCrossentropy: ['categorical_crossentropy', [], 'CategoricalCrossentropy'],
  sparseCategoricalCrossentropy: ['sparse_categorical_crossentropy', [], 'SparseCategoricalCrossentropy'],
  klDivergence: ['kl_divergence', ['kld', 'kullbackleiblerdivergence'], 'KLDivergence'],
  poisson: ['poisson', [], 'Poisson'],
  hinge: ['hinge', [], 'Hinge'],
  cosineSimilarity: ['cosine_similarity', [], 'CosineSimilarity'],
};

/** Options that change nothing with these values. */
const NOTHING: Readonly<Record<string, readonly unknown[]>> = {
  name: [],
  dtype: [],
  fn: [],
  axis: [-1],
  reduction: ['auto', 'sum_over_batch_size'],
};

/** Our name of a loss, or undefined. */
function nameOf(className: string): string | undefined {
  const plain = plainName(className);
  return Object.keys(LOSSES).find((ours) => {
    const [name, others] = LOSSES[ours];
    return [plainName(name), ...others, plainName(ours)].includes(plain);
  });
}

/** A loss of a file as ours. @throws FormatError, UnknownNameError */
export function readLoss(place: Place, value: unknown): Loss {
  const given = serialized(value) ?? refuse(place, `loss: expected a name, got ${describeValue(value)}`);
  const { fn } = given.config;
  const wrapped = given.className === 'LossFunctionWrapper' && typeof fn === 'string' ? fn : given.className;
  const name = nameOf(wrapped);
  if (name === undefined) {
    throw unknownName(
      `${place.where}: loss`,
      'name',
      wrapped,
      Object.values(LOSSES).map(([theirs]) => theirs),
    );
  }
  const options: Record<string, unknown> = {};
  for (const [key, option] of Object.entries(given.config)) {
    const allowed = NOTHING[key];
    if (allowed === undefined) {
      if (option !== null) options[camelCase(key)] = option;
    } else if (allowed.length > 0 && option !== null && !allowed.includes(option)) {
      refuse(
        place,
        `loss ${wrapped}: ${key} is ${describeValue(option)}; read is ${allowed.join(' or ')} alone`,
      );
    }
  }
  return lossNamed(place.where, name)(options);
}

/** Our loss in Keras's words: its name where its options are the usual ones. */
export function writeLoss(place: Place, { name, config }: Pick<Loss, 'name' | 'config'>): unknown {
  const known = LOSSES[name] ?? refuse(place, `loss '${name}' is none that Keras has`);
  const [theirs, , className] = known;
  const usual: Fields = lossNamed('export', name)().config as Fields;
  const own = Object.entries(config).filter(([key, option]) => option !== usual[key]);
  if (own.length === 0 && theirs !== undefined) return theirs;
  if (place.family === 'tfjs') return refuse(place, `loss '${name}' has options, which tfjs has not`);
  const options = Object.fromEntries(Object.entries(config).map(([key, option]) => [snakeCase(key), option]));
  const full = { name: theirs, reduction: 'sum_over_batch_size', ...options };
  return serialize(place, 'keras.losses', className, full);
}
