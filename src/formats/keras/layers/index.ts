import { describeValue } from '../../../describe.js';
import { unknownName } from '../../../errors.js';
import type { Layer } from '../../../layers/layer.js';
import { type Fields, isFields, type Place, refuse, type Serialized, serialized } from '../dialect.js';
import { ACTIVATION_MAPPINGS } from './activations.js';
import { ATTENTION_MAPPINGS } from './attention.js';
import { CONVOLUTION_MAPPINGS } from './convolution.js';
import { DENSE_MAPPINGS } from './dense.js';
import type { LayerMapping, ReadPlace, Slot, WritePlace } from './mapping.js';
import { NORMALIZATION_MAPPINGS } from './normalization.js';
import { RECURRENT_MAPPINGS } from './recurrent.js';
import { SHAPING_MAPPINGS } from './shaping.js';
import { WRAPPER_MAPPINGS } from './wrappers.js';

/** Every layer that both have. */
export const MAPPINGS: readonly LayerMapping[] = [
  ...RECURRENT_MAPPINGS,
  ...WRAPPER_MAPPINGS,
  ...DENSE_MAPPINGS,
  ...ACTIVATION_MAPPINGS,
  ...CONVOLUTION_MAPPINGS,
  ...NORMALIZATION_MAPPINGS,
  ...ATTENTION_MAPPINGS,
  ...SHAPING_MAPPINGS,
];

const byClass = new Map(
  MAPPINGS.flatMap((mapping) => mapping.classes.map((name) => [name, mapping] as const)),
);
const byType = new Map(MAPPINGS.map((mapping) => [mapping.type, mapping] as const));

/** Layers inside layers at most. */
const DEEPEST = 16;

/** The mapping of a class of Keras's. @throws UnknownNameError that lists those known */
export function mappingOfClass(place: Place, className: string): LayerMapping {
  const found = byClass.get(className);
  if (found !== undefined) return found;
  if (className === 'Lambda' || className === 'TFOpLambda') {
    return refuse(place, `a ${className} layer holds code of Python's, which is not read`);
  }
  throw unknownName(place.where, 'layer', className, [...byClass.keys()]);
}

/** A layer in Keras's words as ours. */
export function readLayer(given: Serialized, place: Omit<ReadPlace, 'inner' | 'depth'>, depth = 0): Layer {
  const { className, config } = given;
  const here = { ...place, where: `${place.where}: ${place.name} (${className})` };
  if (depth > DEEPEST) refuse(here, `layers are nested more than ${DEEPEST} deep`);
  if (depth > 0 && (config.activity_regularizer ?? null) !== null) {
    refuse(here, 'activity_regularizer of a layer inside another is not read');
  }
  const mapping = mappingOfClass({ ...place, where: `${place.where}: ${place.name}` }, className);
  return mapping.read(
    config,
    {
      ...here,
      depth,
      inner(inside, name, changes = {}) {
        const own = serialized(inside);
        if (own === null) return refuse(here, `expected a layer inside, got ${describeValue(inside)}`);
        const changed = { ...own, config: { ...own.config, ...changes } };
        const { rank: _, ...rest } = place;
        return readLayer(changed, { ...rest, name, call: {} }, depth + 1);
      },
    },
    className,
  );
}

/** The mapping of a layer of ours. @throws FormatError where the family has none */
export function mappingOfType(place: Place, type: string): LayerMapping {
  const found = byType.get(type) ?? refuse(place, `Keras has no layer for ${type}`);
  if (place.family === 'tfjs' && !found.inTfjs) refuse(place, `tfjs has no layer ${found.classes[0]}`);
  return found;
}

/** A layer of ours in Keras's words, without its name. */
export function writeLayer(place: Place, type: string, config: object): Serialized {
  const inner: WritePlace['inner'] = (own, ownConfig, name) =>
    writeLayer({ ...place, where: `${place.where}.${name}` }, own, ownConfig);
  const mapping = mappingOfType(place, type);
  const written = mapping.write(config as Fields, { ...place, inner });
  checkSaid(place, config as Fields, written, mapping.call?.(config as Fields) ?? {});
  return written;
}

/** Whether a value of a config is compared: weights and layers inside have checks of their own. */
function isCompared(value: unknown): boolean {
  if (!isFields(value)) return !(Array.isArray(value) && value.some(isFields));
  return !('initializer' in value) && !('config' in value);
}

/**
 * Reads what is written once more: an option that does not come back is one that Keras has no word for.
 * @throws FormatError that names it
 */
function checkSaid(place: Place, config: Fields, written: Serialized, call: Fields): void {
  const again = readLayer(written, { ...place, name: 'again', call }).config as Fields;
  const lost = Object.keys(config).find(
    (key) => isCompared(config[key]) && JSON.stringify(again[key]) !== JSON.stringify(config[key]),
  );
  if (lost === undefined) return;
  refuse(place, `${lost} is ${describeValue(config[lost])}, of which Keras knows nothing`);
}

/** Where the weights of a layer are. @param file what the file says of it, where one is read */
export function slotsOf(
  type: string,
  config: object,
  weights: readonly string[],
  file: Serialized | null,
): Slot[] {
  const mapping = byType.get(type);
  if (mapping === undefined) return [];
  return mapping.slots(config as Fields, { weights, file, inner: slotsOf });
}
