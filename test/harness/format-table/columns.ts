import { exportKeras, importKeras } from '../../../src/formats/keras/index.js';
import { exportOnnx, importOnnx } from '../../../src/formats/onnx/index.js';
import { loadStateDict, readTorch, stateDict, writeTorch } from '../../../src/formats/pytorch/index.js';
import { exportTfjs, importTfjs } from '../../../src/formats/tfjs/index.js';
import type { Model } from '../../../src/index.js';

/** A format: how a model goes into a file and comes out of it. */
export interface FormatColumn {
  readonly name: string;
  /** False where it holds weights alone, which go into a model described as before. */
  readonly holdsLayers: boolean;
  /**
   * @param empty the same layers once more, with weights of 0
   * @throws RecurraError when the format cannot hold the model
   */
  roundTrip(model: Model, empty: Model): Promise<Model>;
}

/** A format of whole models. */
function ofModels(name: string, roundTrip: (model: Model) => unknown): FormatColumn {
  return { name, holdsLayers: true, roundTrip: async (model) => roundTrip(model) as Model };
}

/** Every format that holds models or the weights of one, in the order of the table. */
export const FORMATS: readonly FormatColumn[] = [
  {
    name: 'PyTorch',
    holdsLayers: false,
    async roundTrip(model, empty) {
      loadStateDict(empty, readTorch(writeTorch(stateDict(model))));
      return empty;
    },
  },
  ofModels('ONNX', (model) => importOnnx(exportOnnx(model)).model),
  ofModels('Keras', (model) => importKeras(exportKeras(model))),
  ofModels('HDF5', (model) => importKeras(exportKeras(model, { form: 'h5' }))),
  ofModels('tfjs', (model) => importTfjs(exportTfjs(model))),
];
