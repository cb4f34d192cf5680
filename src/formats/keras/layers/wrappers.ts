import { describeValue } from '../../../describe.js';
import { bidirectional } from '../../../layers/recurrent/bidirectional.js';
import { rnn } from '../../../layers/recurrent/rnn.js';
import { timeDistributed } from '../../../layers/time-distributed.js';
import {
  type Fields,
  type Place,
  pathName,
  refuse,
  type Serialized,
  serialize,
  serialized,
} from '../dialect.js';
import { type Field, flagField, ignored, only, ourOwn, readFields, skipped, writeFields } from '../fields.js';
import { type LayerMapping, type Slot, writeInner } from './mapping.js';
import { CELL_CLASSES, cellClassOf, cellConfig } from './recurrent.js';

/** A layer inside another, as our configs hold it. */
interface Inner {
  readonly type: string;
  readonly name: string;
  readonly config: Fields;
}

const SIDES = ['forward', 'backward'] as const;

/** Slots of a layer inside, under a name of ours and in a folder. */
function insideOf(slots: readonly Slot[], ours: string, folder: string, name: string, tfjs = name): Slot[] {
  const join = (a: string, b: string): string => (a === '' || b === '' ? a + b : `${a}/${b}`);
  return slots.map((slot) => ({
    ...slot,
    ours: ours + slot.ours,
    folders: slot.folders.map((own) => join(folder, own)),
    name: join(name, slot.name),
    tfjs: join(tfjs, slot.tfjs),
  }));
}

const ownWeights = (weights: readonly string[], prefix: string): string[] =>
  weights.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));

const bidirectionalFields: readonly Field[] = [
  {
    keys: ['merge_mode'],
    read(options, value) {
      options.mergeMode = value ?? 'none';
    },
    write: ({ mergeMode }) => (mergeMode === 'none' ? null : mergeMode),
  },
  skipped('layer', 'backward_layer', 'forward_layer', 'num_constants'),
];

const nameOf = (file: Serialized | null, fallback: string): string => String(file?.config.name ?? fallback);

/** The name of a direction's layer in older files: 'forward_lstm'. */
function directionName(side: string, given: Serialized | null, type: string): string {
  return `${side}_${nameOf(given, pathName(type))}`;
}

const BIDIRECTIONAL: LayerMapping = {
  type: 'bidirectional',
  classes: ['Bidirectional'],
  inTfjs: true,
  form: 'states',
  read(config, place) {
    const { layer: given, backward_layer: back } = config;
    const options = readFields(bidirectionalFields, config, place);
    const layer = place.inner(given, 'forward');
    return bidirectional({
      ...options,
      layer,
      ...(back !== undefined && back !== null && { backwardLayer: place.inner(back, 'backward') }),
      name: place.name,
      trainable: config.trainable !== false,
    });
  },
  write(config, place) {
    const [forward, backward] = SIDES.map((side) => config[side] as unknown as Inner);
    const written = SIDES.map((side, i) => {
      const own = [forward, backward][i];
      return place.inner(own.type, own.config, `${side}_${pathName(own.type)}`);
    });
    const differs =
      JSON.stringify({ ...written[0].config, go_backwards: true }) !==
      JSON.stringify({ ...written[1].config, go_backwards: true });
    if (place.family === 'tfjs' && (differs || written[0].className !== written[1].className)) {
      refuse(place, 'its two directions differ in options, which tfjs cannot say');
    }
    const name = pathName(forward.type);
    return {
      className: 'Bidirectional',
      config: {
        layer: writeInner(place, forward.type, forward.config, name),
        ...(place.family !== 'tfjs' && {
          backward_layer: writeInner(place, backward.type, backward.config, `backward_${name}`),
        }),
        ...writeFields(bidirectionalFields.slice(0, 1), config, place),
      },
    };
  },
  slots(config, { weights, file, inner }) {
    const given = serialized(file?.config.layer);
    return SIDES.flatMap((side) => {
      const { type, config: own } = config[side] as unknown as Inner;
      const slots = inner(type, own, ownWeights(weights, `${side}.`), given);
      return insideOf(slots, `${side}.`, `${side}_layer`, directionName(side, given, type));
    });
  },
};

const TIME_DISTRIBUTED: LayerMapping = {
  type: 'timeDistributed',
  classes: ['TimeDistributed'],
  inTfjs: true,
  form: 'one',
  read(config, place) {
    readFields([skipped('layer')], config, place);
    const layer = place.inner(config.layer, 'layer');
    return timeDistributed({ layer, name: place.name, trainable: config.trainable !== false });
  },
  write({ layer }, place) {
    const { type, config } = layer as unknown as Inner;
    return {
      className: 'TimeDistributed',
      config: { layer: writeInner(place, type, config, pathName(type)) },
    };
  },
  slots({ layer }, { weights, file, inner }) {
    const { type, config } = layer as unknown as Inner;
    const slots = inner(type, config, weights, serialized(file?.config.layer));
    return insideOf(slots, '', 'layer', '');
  },
};

const stackFields: readonly Field[] = [
  flagField('returnSequences'),
  flagField('returnState'),
  flagField('goBackwards'),
  flagField('stateful'),
  ignored('unroll', false),
  only('time_major', [false], false),
  skipped('zero_output_for_mask', 'cell', 'cells'),
  ourOwn('dropout', 0),
];

/** The cells of an RNN: of StackedRNNCells, or the one that it has. */
function cellsOf(config: Fields, place: Place): { cells: readonly unknown[]; isStack: boolean } {
  const cell = serialized(config.cell);
  if (cell === null) {
    if (Array.isArray(config.cell)) return { cells: config.cell, isStack: true };
    return refuse(place, `cell: expected a cell, got ${describeValue(config.cell)}`);
  }
  if (cell.className !== 'StackedRNNCells') return { cells: [config.cell], isStack: false };
  if (cell.config.reverse_state_order === true && config.return_state === true) {
    refuse(place, 'reverse_state_order is true: the states would come in another order');
  }
  const { cells } = cell.config;
  return Array.isArray(cells) ? { cells, isStack: true } : refuse(place, 'cells: expected a list of cells');
}

/** Checks that something is a cell of ours, and gives it. */
function cellOf(given: unknown, place: Place): Serialized {
  const cell = serialized(given);
  if (cell !== null && Object.hasOwn(CELL_CLASSES, cell.className)) return cell;
  const known = Object.keys(CELL_CLASSES).join(', ');
  return refuse(place, `the cell '${cell?.className ?? describeValue(given)}' is not known. Known: ${known}`);
}

const RNN: LayerMapping = {
  type: 'rnn',
  classes: ['RNN'],
  inTfjs: true,
  form: 'states',
  read(config, place) {
    const { cells, isStack } = cellsOf(config, place);
    const { config: ofCell } = serialized(config.cell) ?? { config: {} };
    // tfjs repeats the options of a cell beside it.
    const own = Object.entries(config).filter(([key]) => key === 'name' || !Object.hasOwn(ofCell, key));
    const options = readFields(stackFields, Object.fromEntries(own), place);
    for (const cell of cells) cellOf(cell, place);
    const trainable = config.trainable !== false;
    if (!isStack) {
      const { return_sequences, return_state, go_backwards, stateful } = config;
      const ofLayer = { return_sequences, return_state, go_backwards, stateful, trainable };
      return place.inner(cells[0], place.name, ofLayer);
    }
    const names = cells.map((cell, i) => String(serialized(cell)?.config.name ?? `cell_${i}`));
    const distinct = new Set(names).size === names.length;
    const layers = cells.map((cell, i) => place.inner(cell, distinct ? names[i] : `cell_${i}`));
    return rnn(layers, { ...options, name: place.name, trainable });
  },
  write(config, place) {
    const cells = (config.cells as unknown as readonly Inner[]).map(({ type, config: own, name }) => {
      const className = cellClassOf(type) ?? refuse(place, `Keras has no cell of ${type}`);
      const plain = cellConfig(place.inner(type, own, name).config);
      return serialize(place, 'layers', className, { name, trainable: true, ...plain });
    });
    const stacked = serialize(place, 'layers', 'StackedRNNCells', { name: 'stacked_rnn_cells', cells });
    return { className: 'RNN', config: { ...writeFields(stackFields, config, place), cell: stacked } };
  },
  slots(config, { weights, inner }) {
    const taken = new Map<string, number>();
    return (config.cells as unknown as readonly Inner[]).flatMap(({ type, config: own, name }, i) => {
      const className = cellClassOf(type) ?? type;
      const stem = pathName(className);
      const count = taken.get(stem) ?? 0;
      taken.set(stem, count + 1);
      const folder = count === 0 ? stem : `${stem}_${count}`;
      const file = { className, config: {} };
      const slots = inner(type, own, ownWeights(weights, `${name}.`), file);
      return insideOf(
        slots,
        `${name}.`,
        `cell/cells/${folder}`,
        `stacked_rnn_cells/${folder}`,
        `RNNCell_${i}`,
      );
    });
  },
};

/** Layers around layers. */
export const WRAPPER_MAPPINGS: readonly LayerMapping[] = [BIDIRECTIONAL, TIME_DISTRIBUTED, RNN];
