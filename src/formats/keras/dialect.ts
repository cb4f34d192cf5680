import { FormatError } from '../../errors.js';

/** Whose words a file is written in: they differ in names, defaults and in what hard_sigmoid is. */
export type Family = 'keras 3' | 'keras 2' | 'tfjs';

/** A name without case and separators: 'GlorotUniform' and 'glorot_uniform' are one. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** 'returnSequences' as 'return_sequences'. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** 'return_sequences' as 'returnSequences'. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The stem of a layer's place in files of weights: 'LSTMCell' is 'lstm_cell', 'MaxPooling1D' 'max_pooling1d'. */
export function pathName(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** Where in a file something is read from or written to, as errors name it. */
export interface Place {
  /** 'importKeras: lstm (LSTM)' */
  readonly where: string;
  readonly family: Family;
}

/** Throws a FormatError that names the place. */
export function refuse({ where }: Place, what: string): never {
  throw new FormatError(`${where}: ${what}`);
}

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A serialised object: its class and its options. */
export interface Serialized {
  readonly className: string;
  readonly config: Fields;
}

/** Reads `{ class_name, config }` or a bare name; null for what is neither. */
export function serialized(value: unknown): Serialized | null {
  if (typeof value === 'string') return { className: value, config: {} };
  if (!isFields(value) || typeof value.class_name !== 'string') return null;
  const { class_name: className, config, registered_name: registered } = value;
  // A class of the user's own is registered as 'package>name'.
  const own = typeof registered === 'string' && registered.includes('>') ? registered : className;
  if (own !== className && !registered?.toString().startsWith('keras'))
    return { className: own, config: isFields(config) ? config : {} };
  if (typeof config === 'string') return { className: config, config: {} };
  return { className, config: isFields(config) ? config : {} };
}

/** Modules of Keras 3's classes. */
const MODULES = { layers: 'keras.layers', initializers: 'keras.initializers', other: 'keras' };

/** Writes an object as the family does. */
export function serialize(
  { family }: Place,
  module: keyof typeof MODULES | string,
  className: string,
  config: Fields,
): Record<string, unknown> {
  if (family !== 'keras 3') return { class_name: className, config };
  const named = Object.hasOwn(MODULES, module) ? MODULES[module as keyof typeof MODULES] : module;
  return { module: named, class_name: className, config, registered_name: null };
}
