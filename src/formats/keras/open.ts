import { FormatError } from '../../errors.js';
import type { Tensor } from '../../tensor.js';
import { type Hdf5Group, isHdf5, readHdf5 } from '../hdf5/index.js';
import { readZip } from '../zip.js';
import { type Family, type Fields, isFields } from './dialect.js';
import { readLegacy } from './weights/legacy.js';
import type { PlacedSlot, WeightNode } from './weights/slots.js';
import { readStore } from './weights/store.js';

/** A file of Keras, opened. */
export interface KerasFile {
  readonly family: Family;
  /** The model's `{ class_name, config }`. */
  readonly config: unknown;
  /** How it was compiled, or null. */
  readonly training: Fields | null;
  /** What it holds for the slots of a model. */
  weights(node: WeightNode): [PlacedSlot, Tensor][];
  /** Variables of the optimizer in the order of the file; empty where there are none. */
  optimizer(): Tensor[];
}

/** JSON in a file. @throws FormatError */
export function parseJson(where: string, what: string, bytes: Uint8Array | string): unknown {
  try {
    // A copy: TextDecoder refuses views on shared memory.
    const text =
      typeof bytes === 'string' ? bytes : new TextDecoder('utf-8', { fatal: true }).decode(bytes.slice());
    return JSON.parse(text);
  } catch {
    throw new FormatError(`${where}: ${what} is no valid JSON`);
  }
}

const familyOf = (version: unknown): Family =>
  typeof version === 'string' && /^[12]\./.test(version) ? 'keras 2' : 'keras 3';

const ARCHIVE = { config: 'config.json', metadata: 'metadata.json', weights: 'model.weights.h5' } as const;

function openArchive(where: string, bytes: Uint8Array): KerasFile {
  const files = readZip(where, bytes);
  const part = (name: string): Uint8Array => {
    const found = files.get(name);
    if (found !== undefined) return found;
    throw new FormatError(`${where}: the archive has no ${name}; it is no .keras file`);
  };
  const config = parseJson(where, ARCHIVE.config, part(ARCHIVE.config));
  const metadata = parseJson(where, ARCHIVE.metadata, part(ARCHIVE.metadata));
  const root = readHdf5(`${where}: ${ARCHIVE.weights}`, part(ARCHIVE.weights), bytes.length);
  const compiled = isFields(config) ? config.compile_config : null;
  return {
    family: familyOf(isFields(metadata) ? metadata.keras_version : null),
    config,
    training: isFields(compiled) ? compiled : null,
    weights: (node) => readStore(where, root, node),
    optimizer: () => numbered(root.group('optimizer/vars')),
  };
}

/** Variables 0, 1, 2, ... of a group. */
function numbered(group: Hdf5Group | undefined): Tensor[] {
  const found: Tensor[] = [];
  for (let i = 0; group !== undefined; i++) {
    const variable = group.dataset(String(i));
    if (variable === undefined) break;
    found.push(variable.read());
  }
  return found;
}

function openLegacy(where: string, root: Hdf5Group): KerasFile {
  const text = root.attribute('model_config');
  if (typeof text !== 'string') {
    throw new FormatError(
      `${where}: the file describes no model, it has weights alone: give the option 'config', what to_json() of the ` +
        'model gave, or set them on a model of yours: loadKerasWeights(model, bytes)',
    );
  }
  const training = root.attribute('training_config');
  const compiled = typeof training === 'string' ? parseJson(where, 'training_config', training) : null;
  const version = root.attribute('keras_version');
  return {
    family: familyOf(typeof version === 'string' ? version : '1.'),
    config: parseJson(where, 'model_config', text),
    training: isFields(compiled) ? compiled : null,
    weights(node) {
      const group = root.group('model_weights');
      if (group !== undefined) return readLegacy(where, group, node);
      throw new FormatError(`${where}: the file has no weights`);
    },
    optimizer: () => optimizerOf(root.group('optimizer_weights')),
  };
}

function optimizerOf(group: Hdf5Group | undefined): Tensor[] {
  const names = group?.attribute('weight_names');
  if (group === undefined || !Array.isArray(names)) return [];
  return names.flatMap((name: string) => group.dataset(name)?.read() ?? []);
}

/** What holds weights in a file: of a `.keras` archive the part with them. @throws FormatError */
export function weightsRoot(where: string, bytes: Uint8Array): { root: Hdf5Group; legacy?: Hdf5Group } {
  const file = isHdf5(bytes) ? bytes : readZip(where, bytes).get(ARCHIVE.weights);
  if (file === undefined)
    throw new FormatError(`${where}: the archive has no ${ARCHIVE.weights}; it is no .keras file`);
  const root = readHdf5(where, file, bytes.length);
  const whole = root.group('model_weights');
  const legacy = whole ?? (root.attribute('layer_names') === undefined ? undefined : root);
  return { root, legacy };
}

/** Opens a file of weights, whose model is described apart: what `to_json()` gave, as text or read. @throws FormatError */
export function openWeights(where: string, bytes: Uint8Array, config: unknown): KerasFile {
  const description = typeof config === 'string' ? parseJson(where, 'config', config) : config;
  if (!isFields(description) || typeof description.class_name !== 'string') {
    throw new FormatError(`${where}: config: expected what to_json() of a Keras model gives`);
  }
  const { module, keras_version: version, compile_config: compiled } = description;
  const { root, legacy } = weightsRoot(where, bytes);
  return {
    family: typeof module === 'string' ? 'keras 3' : familyOf(typeof version === 'string' ? version : '1.'),
    config: description,
    training: isFields(compiled) ? compiled : null,
    weights: (node) =>
      legacy === undefined ? readStore(where, root, node) : readLegacy(where, legacy, node),
    optimizer: () => numbered(root.group('optimizer/vars')),
  };
}

/** Opens a `.keras` archive or a `.h5` file. @throws FormatError */
export function openKeras(where: string, bytes: Uint8Array): KerasFile {
  if (isHdf5(bytes)) return openLegacy(where, readHdf5(where, bytes));
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return openArchive(where, bytes);
  throw new FormatError(
    `${where}: these ${bytes.length} bytes are neither a .keras archive nor an HDF5 file`,
  );
}
