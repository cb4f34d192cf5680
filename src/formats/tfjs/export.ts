import { checkBoolean, checkInteger } from '../../check.js';
import { checkOptionNames } from '../../errors.js';
import type { Tensor } from '../../tensor.js';
import type { Model } from '../../training/model.js';
import { serialize } from '../keras/dialect.js';
import { type AnyModel, written } from '../keras/export.js';
import { writeTraining } from '../keras/training/index.js';
import { allSlots, type WeightNode } from '../keras/weights/slots.js';

/** Options of {@link exportTfjs}. */
export interface ExportTfjsOptions {
  /** Bytes of a file of weights at most, at least 4. Default 4 MB, as tfjs has it. */
  shardBytes?: number;
  /** Samples in a batch, which tfjs has to know of stateful models. */
  batchSize?: number | null;
  /** False leaves out how the model is compiled. Default true: optimizer, loss and metrics are written. */
  includeOptimizer?: boolean;
}

const SHARD_BYTES = 4 * 1024 * 1024;

/** Trainable weights of all layers, then the others, as tfjs saves them. */
function named(root: WeightNode): { name: string; weight: string; shape: readonly number[] }[] {
  const all = root.children.flatMap((layer) => allSlots(layer).map((slot) => ({ layer, slot })));
  const inOrder = [...all.filter(({ slot }) => slot.trainable), ...all.filter(({ slot }) => !slot.trainable)];
  return inOrder.map(({ layer, slot }) => ({
    name: `${layer.name}/${slot.tfjs}`,
    weight: slot.weight,
    shape: slot.shape,
  }));
}

/** Bytes in pieces. */
function shards(bytes: Uint8Array, size: number): Uint8Array[] {
  const count = Math.max(1, Math.ceil(bytes.length / size));
  return Array.from({ length: count }, (_, i) => bytes.slice(i * size, (i + 1) * size));
}

/**
 * Writes a model as a LayersModel of TensorFlow.js, which `tf.loadLayersModel` reads.
 *
 * @returns files by name: `model.json` and `group1-shard1of1.bin`, or more of them
 * @throws FormatError for a layer or option that tfjs has not, by name; ValueError, UnknownNameError for options
 */
export function exportTfjs(model: AnyModel, options: ExportTfjsOptions = {}): Record<string, Uint8Array> {
  const where = 'exportTfjs';
  checkOptionNames(where, options, ['shardBytes', 'batchSize', 'includeOptimizer']);
  const { shardBytes = SHARD_BYTES, batchSize = null, includeOptimizer = true } = options;
  checkBoolean(where, 'includeOptimizer', includeOptimizer);
  checkInteger(where, 'shardBytes', shardBytes, { min: 4 });
  if (batchSize !== null) checkInteger(where, 'batchSize', batchSize, { min: 1 });
  const { model: own, weights } = written(where, model, 'tfjs', batchSize);
  const network = model as unknown as Model<Tensor | Tensor[]>;
  const trainer = includeOptimizer && network.compiled !== null ? network.compiledFor(where) : null;
  const list = named(own.weights);
  const bytes = new Uint8Array(4 * list.reduce((sum, { weight }) => sum + weights[weight].data.length, 0));
  let at = 0;
  for (const { weight } of list) {
    const { data } = weights[weight];
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  const parts = shards(bytes, shardBytes);
  const paths = parts.map((_, i) => `group1-shard${i + 1}of${parts.length}.bin`);
  const className = own.className === 'Functional' ? 'Model' : own.className;
  const modelTopology = {
    ...serialize({ where, family: 'tfjs' }, 'other', className, own.config),
    keras_version: 'tfjs-layers 4.22.0',
    backend: 'tensor_flow.js',
  };
  const specs = list.map(({ name, shape }) => ({ name, shape, dtype: 'float32' }));
  const json = {
    format: 'layers-model',
    generatedBy: 'recurra',
    convertedBy: null,
    modelTopology,
    weightsManifest: [{ paths, weights: specs }],
    ...(trainer !== null && { trainingConfig: writeTraining({ where, family: 'tfjs' }, trainer) }),
  };
  const files: Record<string, Uint8Array> = { 'model.json': new TextEncoder().encode(JSON.stringify(json)) };
  paths.forEach((path, i) => {
    files[path] = parts[i];
  });
  return files;
}
