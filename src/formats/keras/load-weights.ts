import { FormatError } from '../../errors.js';
import { fileBytes } from '../file.js';
import { type AnyModel, written } from './export.js';
import { weightsRoot } from './open.js';
import { collectWeights } from './weights/collect.js';
import { readLegacy } from './weights/legacy.js';
import { readStore } from './weights/store.js';

/**
 * Sets a model's weights from a file of Keras's, whose model has the same layers in the same order: `.weights.h5`
 * of Keras 3, the older `.h5` of weights or of a whole model, or a `.keras` file.
 *
 * @param model the model as described here, of the same sizes
 * @param bytes the file
 * @throws FormatError when the file is damaged, or its layers or shapes are others; no weight has changed then
 */
export function loadKerasWeights(model: AnyModel, bytes: Uint8Array | ArrayBuffer): void {
  const where = 'loadKerasWeights';
  const { root, legacy } = weightsRoot(where, fileBytes(where, bytes));
  // What a file calls hard_sigmoid is no matter of its weights: both families have all that one of them has.
  const node = describe(model, where);
  const found = legacy === undefined ? readStore(where, root, node) : readLegacy(where, legacy, node);
  const weights = collectWeights(
    where,
    found.map(([slot]) => slot),
    found.map(([, tensor]) => tensor),
  );
  model.setWeights(weights);
}

function describe(model: AnyModel, where: string) {
  try {
    return written(where, model, 'keras 3', 1).model.weights;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return written(where, model, 'keras 2', 1).model.weights;
  }
}
