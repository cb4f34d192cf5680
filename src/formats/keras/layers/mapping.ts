import type { Layer } from '../../../layers/layer.js';
import { type Fields, type Place, refuse, type Serialized, serialize } from '../dialect.js';
import { type Field, readFields, writeFields } from '../fields.js';

/** A weight of a layer, where Keras keeps it. */
export interface Slot {
  /** Its name in our layer: 'forward.kernel'. */
  readonly ours: string;
  /** The variable that holds it, behind the layer: 'forward_layer/cell'; further names are read as well. */
  readonly folders: readonly string[];
  /** Its number there. */
  readonly index: number;
  /** Its name in older files, behind the layer: 'forward_lstm/lstm_cell/kernel'. */
  readonly name: string;
  /** Its name in files of tfjs, behind the layer: 'forward_lstm/kernel'. */
  readonly tfjs: string;
}

/** What a layer is told of where it is read. */
export interface ReadPlace extends Place {
  /** Name of the layer. */
  readonly name: string;
  /** Axes of its input, without the batch, where they are known. */
  readonly rank?: number;
  /** What the uses of the layer are called with: use_causal_mask. */
  readonly call: Fields;
  /** Layers around it. */
  readonly depth: number;
  /** A layer inside this one. */
  inner(given: unknown, name: string, changes?: Fields): Layer;
}

/** What a layer is told of where it is written. */
export interface WritePlace extends Place {
  /** A layer inside this one, in Keras's words. */
  inner(type: string, config: object, name: string): Serialized;
}

/** How the inputs of a layer stand in its call. */
export type CallForm = 'one' | 'list' | 'states' | 'query value key' | 'list of query value key';

/** A layer in both tongues. */
export interface LayerMapping {
  /** Our type. */
  readonly type: string;
  /** Keras's classes that are read as it; the first is written. */
  readonly classes: readonly string[];
  /** Whether tfjs has it. */
  readonly inTfjs: boolean;
  readonly form: CallForm;
  /** @throws FormatError, and what our factory throws */
  read(config: Fields, place: ReadPlace, className: string): Layer;
  /** @throws FormatError for what Keras cannot say */
  write(config: Fields, place: WritePlace): Serialized;
  /** What its calls are given beside inputs. */
  call?(config: Fields): Fields;
  /** Where its weights are, in Keras's order. */
  slots(config: Fields, given: Source): Slot[];
}

/** What slots are asked of: our weights of the layer, and what the file calls it. */
export interface Source {
  readonly weights: readonly string[];
  /** The config in the file, where one is read. */
  readonly file: Serialized | null;
  /** Slots of a layer inside. */
  inner(type: string, config: Fields, weights: readonly string[], file: Serialized | null): Slot[];
}

/** A layer that its options describe. */
export interface PlainLayer {
  readonly type: string;
  readonly classes: readonly string[];
  readonly make: (options: never) => Layer;
  readonly fields: readonly Field[];
  readonly inTfjs?: boolean;
  readonly form?: CallForm;
  /** Our weights and Keras's names for them, in Keras's order. */
  readonly weights?: Readonly<Record<string, string>>;
  /** The part of the layer that holds them. */
  readonly folder?: string;
  readonly call?: (config: Fields) => Fields;
}

/** Slots of weights that one part of a layer holds. */
export function plainSlots(
  weights: Readonly<Record<string, string>>,
  folder: string,
  title: string,
  has: readonly string[],
): Slot[] {
  return Object.entries(weights)
    .filter(([ours]) => has.includes(ours))
    .map(([ours, theirs], index) => ({
      ours,
      folders: [folder],
      index,
      name: title === '' ? theirs : `${title}/${theirs}`,
      tfjs: theirs,
    }));
}

/** The mapping of a layer that its options describe. */
export function plainLayer({
  type,
  classes,
  make,
  fields,
  inTfjs = true,
  form = 'one',
  weights = {},
  folder = '',
  call,
}: PlainLayer): LayerMapping {
  return {
    type,
    classes,
    inTfjs,
    form,
    ...(call && { call }),
    read(config, place) {
      const trainable = config.trainable !== false;
      return make({ ...readFields(fields, config, place), name: place.name, trainable } as never);
    },
    write: (config, place) => ({ className: classes[0], config: writeFields(fields, config, place) }),
    slots: (_config, { weights: has }) => plainSlots(weights, folder, '', has),
  };
}

/** A layer inside another as its config holds it. */
export function writeInner(place: WritePlace, type: string, config: object, name: string): object {
  const { className, config: own } = place.inner(type, config, name);
  return serialize(place, 'layers', className, { name, trainable: true, ...own });
}

/** Throws for a family that has no such layer. */
export function refuseInTfjs(place: Place, className: string): never {
  return refuse(place, `tfjs has no layer ${className}`);
}
