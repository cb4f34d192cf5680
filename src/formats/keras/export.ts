import { checkBoolean, checkInteger, checkWord } from '../../check.js';
import { checkOptionNames, FormatError } from '../../errors.js';
import type { Network } from '../../model/network.js';
import type { Tensor } from '../../tensor.js';
import type { Model } from '../../training/model.js';
import { writeHdf5 } from '../hdf5/index.js';
import { writeZip } from '../zip.js';
import { type Family, serialize } from './dialect.js';
import { type WrittenModel, writeModel } from './graph/write.js';
import { writeTraining } from './training/index.js';
import { writeSlots } from './training/slots.js';
import { legacyTree } from './weights/legacy.js';
import { storeTree } from './weights/store.js';

/** Forms of files that Keras reads. */
export type KerasForm = 'keras' | 'h5' | 'weights';

/** Options of {@link exportKeras}. */
export interface ExportKerasOptions {
  /**
   * 'keras' (the default): a `.keras` file for Keras 3. 'h5': a whole model as Keras 2 and tf.keras save it.
   * 'weights': weights alone, the `.weights.h5` of Keras 3.
   */
  form?: KerasForm;
  /** Samples in a batch, which Keras has to know of stateful models. */
  batchSize?: number | null;
  /** False leaves out how the model is compiled. Default true: optimizer, loss and metrics are written. */
  includeOptimizer?: boolean;
}

/** A model of any number of outputs. */
export type AnyModel = Model<Tensor> | Model<Tensor[]> | Model<Tensor | Tensor[]>;

const FORMS: readonly KerasForm[] = ['keras', 'h5', 'weights'];

/** Versions that files name, the oldest with all that is written. */
const VERSIONS = { keras: '3.6.0', h5: '2.15.0' };

/** The model in a family's words. @throws FormatError */
export function written(
  where: string,
  model: AnyModel,
  family: Family,
  batchSize: number | null,
): { model: WrittenModel; weights: Readonly<Record<string, Tensor>> } {
  const { graph, name, quantizedLayer } = model as unknown as Network;
  if (quantizedLayer !== null)
    throw new FormatError(`${where}: ${quantizedLayer} keeps its weights in 8 bits`);
  return { model: writeModel({ where, family, graph, name, batchSize }), weights: model.getWeights() };
}

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/**
 * Writes a model as Keras reads it: `keras.models.load_model`, or `model.load_weights` for weights alone.
 *
 * @returns the bytes of the file; the same model gives the same bytes
 * @throws FormatError for a layer or option that Keras has not, by name; ValueError, UnknownNameError for options
 */
export function exportKeras(model: AnyModel, options: ExportKerasOptions = {}): Uint8Array {
  const where = 'exportKeras';
  checkOptionNames(where, options, ['form', 'batchSize', 'includeOptimizer']);
  const form = checkWord(where, 'form', options.form ?? 'keras', FORMS);
  const { batchSize = null, includeOptimizer = true } = options;
  checkBoolean(where, 'includeOptimizer', includeOptimizer);
  if (batchSize !== null) checkInteger(where, 'batchSize', batchSize, { min: 1 });
  const family = form === 'h5' ? 'keras 2' : 'keras 3';
  const { model: own, weights } = written(where, model, family, batchSize);
  const place = { where, family } as const;
  const network = model as unknown as Model<Tensor | Tensor[]>;
  const trainer = includeOptimizer && network.compiled !== null ? network.compiledFor(where) : null;
  if (form === 'weights') return writeHdf5(storeTree(own.weights, weights));
  const training = trainer === null ? null : writeTraining(place, trainer);
  if (form === 'h5') {
    const config = serialize(place, 'other', own.className, own.config);
    return writeHdf5({
      attributes: {
        keras_version: VERSIONS.h5,
        backend: 'tensorflow',
        model_config: JSON.stringify(config),
        ...(training !== null && { training_config: JSON.stringify(training) }),
      },
      children: new Map([['model_weights', legacyTree(own.weights, weights, VERSIONS.h5)]]),
    });
  }
  return writeZip({
    'metadata.json': json({ keras_version: VERSIONS.keras, date_saved: '1980-01-01@00:00:00' }),
    'config.json': json({
      ...serialize(place, 'other', own.className, own.config),
      ...(training !== null && { compile_config: training }),
    }),
    'model.weights.h5': writeHdf5(
      storeTree(own.weights, weights, trainer ? writeSlots(trainer, own.weights) : []),
    ),
  });
}
