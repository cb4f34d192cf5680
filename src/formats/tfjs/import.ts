import { describeValue } from '../../describe.js';
import { FormatError, ValueError } from '../../errors.js';
import type { Tensor } from '../../tensor.js';
import type { NamedModel } from '../../training/named/model.js';
import { fileBytes } from '../file.js';
import { type Fields, isFields } from '../keras/dialect.js';
import { buildModel, describeModel, type ImportKerasOptions, importOptions } from '../keras/import.js';
import { parseJson } from '../keras/open.js';
import { restoreTraining } from '../keras/training/index.js';
import { readManifest } from './manifest.js';
import { matchWeights } from './weights.js';

/** Options of {@link importTfjs}. */
export interface ImportTfjsOptions extends Omit<ImportKerasOptions, 'config'> {}

/**
 * The paths of the files of weights that a `model.json` names, in order.
 * @throws FormatError for what is no model.json
 */
export function shardsOf(json: Uint8Array | ArrayBuffer): string[] {
  const where = 'shardsOf';
  const { manifest } = topologyOf(where, parseJson(where, MODEL, fileBytes(where, json)));
  const groups: readonly unknown[] = Array.isArray(manifest) ? manifest : [];
  return groups.flatMap((group) => {
    const { paths } = (isFields(group) ? group : {}) as { paths?: unknown };
    return Array.isArray(paths) ? paths.filter((path) => typeof path === 'string') : [];
  });
}

/** Files by name: `model.json` and the shards that it names. */
export type TfjsFiles = Readonly<Record<string, Uint8Array | ArrayBuffer>>;

const MODEL = 'model.json';

/** The files, checked. */
function filesOf(where: string, files: unknown): Map<string, Uint8Array> {
  if (!isFields(files)) {
    throw new ValueError(
      `${where}: files must be bytes by name, such as { 'model.json': bytes }, got ${describeValue(files)}`,
    );
  }
  return new Map(Object.entries(files).map(([name, bytes]) => [name, fileBytes(`${where}: ${name}`, bytes)]));
}

/** A path as a file's name: whole, or its last part. */
function findFile(files: ReadonlyMap<string, Uint8Array>, path: string): Uint8Array | undefined {
  return files.get(path) ?? files.get(path.slice(path.lastIndexOf('/') + 1));
}

/** The model's config, wherever tfjs or its converter put it. */
function topologyOf(
  where: string,
  model: unknown,
): { topology: unknown; manifest: unknown; training: Fields | null } {
  if (!isFields(model)) throw new FormatError(`${where}: ${MODEL} is no model`);
  const { format, modelTopology, weightsManifest, trainingConfig } = model;
  if (format === 'graph-model') {
    throw new FormatError(
      `${where}: a graph model has operations and no layers; convert the Keras model to a layers model`,
    );
  }
  if (!isFields(modelTopology)) throw new FormatError(`${where}: ${MODEL} has no modelTopology`);
  const training = trainingConfig ?? modelTopology.training_config;
  return {
    topology: modelTopology.model_config ?? modelTopology,
    manifest: weightsManifest,
    training: isFields(training) ? training : null,
  };
}

/**
 * Reads a LayersModel of TensorFlow.js, as `model.save` and the converter write it, quantised weights included.
 *
 * @param files `model.json` and the shards by name; all files of one group in the order of its paths
 * @throws FormatError for files that are damaged or missing, or that hold what cannot be read: layer and option are
 *   named; ValueError, UnknownNameError for options
 */
export function importTfjs(files: TfjsFiles, options: ImportTfjsOptions = {}): NamedModel<Tensor | Tensor[]> {
  const where = 'importTfjs';
  const { model: modelOptions, compile, warn } = importOptions(where, options);
  const given = filesOf(where, files);
  const json = findFile(given, MODEL);
  if (json === undefined) throw new FormatError(`${where}: there is no ${MODEL} among the files`);
  const { topology, manifest, training } = topologyOf(where, parseJson(where, MODEL, json));
  const described = describeModel(where, 'tfjs', topology);
  const total = [...given.values()].reduce((sum, { length }) => sum + length, 0);
  const shard = (path: string): Uint8Array => {
    const found = findFile(given, path);
    if (found !== undefined) return found;
    throw new FormatError(`${where}: the file '${path}' is missing`);
  };
  const weights = readManifest(where, manifest, shard, total);
  const model = buildModel(where, described, matchWeights(where, weights, described.weights), modelOptions);
  if (compile) {
    restoreTraining({ where, family: 'tfjs' }, model, described.weights, {
      config: training,
      variables: () => [],
      warn,
    });
  }
  return model;
}
