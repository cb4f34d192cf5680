import { describeValue } from '../../describe.js';
import type { ActivationName } from '../../layers/activations.js';
import type { WeightConfig } from '../../layers/weight.js';
import { type Fields, type Place, refuse, snakeCase } from './dialect.js';
import {
  readActivation,
  readConstraint,
  readInitializer,
  readRegularizer,
  writeActivation,
  writeConstraint,
  writeInitializer,
  writeRegularizer,
} from './values.js';

/** One option of a layer: its key in Keras's config, and the way to ours and back. */
export interface Field {
  /** Keys that are read; the first one is written. None for options that only we have. */
  readonly keys: readonly string[];
  /** Puts what a value says into the options of our factory. */
  read?(options: Record<string, unknown>, value: unknown, place: Place): void;
  /** The value for a config of ours. @throws FormatError for what Keras cannot say */
  write?(config: Fields, place: Place): unknown;
}

/** The same value under both names. */
export function same(ours: string, ...keys: readonly string[]): Field {
  return {
    keys: [snakeCase(ours), ...keys],
    read(options, value) {
      if (value !== null) options[ours] = value;
    },
    write: (config) => config[ours] ?? null,
  };
}

/** True or false, where some files have null for false. */
export function flagField(ours: string): Field {
  return {
    keys: [snakeCase(ours)],
    read(options, value) {
      options[ours] = value ?? false;
    },
    write: (config) => config[ours],
  };
}

/** An activation. */
export function activationField(ours = 'activation'): Field {
  return {
    keys: [snakeCase(ours)],
    read(options, value, place) {
      options[ours] = readActivation(place, snakeCase(ours), value);
    },
    write: (config, place) => writeActivation(place, config[ours] as ActivationName),
  };
}

/** A whole number that Keras keeps in a list of one. */
export function sizeField(ours: string): Field {
  return {
    keys: [snakeCase(ours)],
    read(options, value) {
      if (value !== null) options[ours] = value;
    },
    write: (config) => [config[ours]],
  };
}

const capital = (name: string): string => name[0].toUpperCase() + name.slice(1);

/**
 * How a weight starts, its penalty and its bound.
 * @param stem of the options: 'recurrent' for recurrentInitializer
 * @param own where our config keeps them: 'recurrentKernel'
 */
export function weightFields(stem: string, own = stem): Field[] {
  const part = <K extends keyof WeightConfig>(
    name: K,
    read: (place: Place, key: string, value: unknown) => unknown,
    write: (place: Place, value: WeightConfig[K]) => unknown,
  ): Field => ({
    keys: [`${snakeCase(stem)}_${name}`],
    read(options, value, place) {
      const made = read(place, `${snakeCase(stem)}_${name}`, value);
      if (made !== undefined) options[stem + capital(name)] = made;
    },
    write(config, place) {
      const weight = config[own] as WeightConfig | null;
      return weight === null ? null : write(place, weight[name]);
    },
  });
  return [
    part('initializer', readInitializer, (place, value) => writeInitializer(place, value)),
    part('regularizer', readRegularizer, writeRegularizer),
    part('constraint', readConstraint, writeConstraint),
  ];
}

/** An option of Keras's that changes nothing of what a layer gives: how it is computed, seeds. */
export function ignored(key: string, written: unknown): Field {
  return { keys: [key], write: () => written };
}

/** The same, that is read and not written. */
export function skipped(...keys: readonly string[]): Field {
  return { keys };
}

const shown = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

/** An option of Keras's of which we have some values alone; the first one is written, unless told otherwise. */
export function only(key: string, allowed: readonly unknown[], isWritten = true): Field {
  const known = allowed.map(shown);
  const field: Field = {
    keys: [key],
    read(_options, value, place) {
      if (value === null || known.includes(shown(value))) return;
      refuse(place, `${key} is ${describeValue(value)}; read is ${known.join(' or ')} alone`);
    },
  };
  return isWritten ? { ...field, write: () => allowed[0] } : field;
}

/** An option that only we have: a layer is written where it has the value that leaves it out. */
export function ourOwn(ours: string, value: unknown): Field {
  return {
    keys: [],
    write(config, place) {
      if (!(ours in config) || JSON.stringify(config[ours]) === JSON.stringify(value)) return undefined;
      return refuse(place, `${ours} is ${describeValue(config[ours])}, of which Keras knows nothing`);
    },
  };
}

/** The last axis, which files name by −1, by its number, or as a list of one. */
export function lastAxis(isList = false): Field {
  return {
    keys: ['axis'],
    read(_options, value, place) {
      const axis = Array.isArray(value) && value.length === 1 ? value[0] : value;
      if (axis === null || axis === -1 || axis === (place as Place & { readonly rank?: number }).rank) return;
      refuse(place, `axis is ${shown(value)}; read is the last one alone`);
    },
    write: () => (isList ? [-1] : -1),
  };
}

/** Options that every layer of Keras has and that are read elsewhere, or change nothing. */
const COMMON = [
  'name',
  'trainable',
  'dtype',
  'batch_input_shape',
  'batch_shape',
  'input_dtype',
  'autocast',
  'activity_regularizer',
  'input_shape',
  'batch_size',
];

/** Our options for a config of Keras's. @throws FormatError for one that is not known, or whose value we have not */
export function readFields(fields: readonly Field[], config: Fields, place: Place): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    const field = fields.find(({ keys }) => keys.includes(key));
    if (field !== undefined) field.read?.(options, value, place);
    else if (!COMMON.includes(key) && value !== null) {
      refuse(place, `the option ${key} (${describeValue(value)}) is not known`);
    }
  }
  return options;
}

/** Keras's config for one of ours. @throws FormatError */
export function writeFields(fields: readonly Field[], config: Fields, place: Place): Record<string, unknown> {
  const written: Record<string, unknown> = {};
  for (const field of fields) {
    const value = field.write?.(config, place);
    if (field.keys.length > 0 && field.write !== undefined) written[field.keys[0]] = value;
  }
  return written;
}
