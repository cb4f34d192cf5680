import { zipNames } from '../../formats/zip.js';
import {
  beginsWith,
  type FileFormat,
  type ModelContents,
  oneFile,
  type Source,
  type Written,
} from './format.js';

const isArchive = ({ bytes }: Source): boolean =>
  beginsWith(bytes, 'PK\x03\x04') && zipNames(bytes).includes('model.weights.h5');

function kerasLike(
  id: string,
  title: string,
  form: 'keras' | 'h5',
  endings: readonly string[],
  detect: (source: Source) => boolean,
): FileFormat {
  return {
    id,
    title,
    endings,
    holds: 'model',
    detect,
    async read({ bytes }) {
      const { importKeras } = await import('../../formats/keras/index.js');
      const notes: string[] = [];
      const model = importKeras(bytes, { onWarning: (message) => notes.push(message) });
      return { kind: 'model', model, notes };
    },
    async write(contents, name) {
      const { exportKeras } = await import('../../formats/keras/index.js');
      return oneFile(name, exportKeras((contents as ModelContents).model, { form }));
    },
  };
}

/** What Keras 3 saves. */
export const kerasFormat = kerasLike('keras', 'Keras', 'keras', ['.keras'], isArchive);

/** What Keras 2 saves, in HDF5. */
export const kerasH5Format = kerasLike('h5', 'Keras HDF5', 'h5', ['.h5', '.hdf5'], ({ bytes }) =>
  beginsWith(bytes, '\x89HDF\r\n\x1a\n'),
);

const MODEL = 'model.json';

/** A LayersModel: model.json and the files that it names. */
export const tfjsFormat: FileFormat = {
  id: 'tfjs',
  title: 'TensorFlow.js LayersModel',
  endings: ['.json'],
  holds: 'model',
  detect: ({ bytes }) =>
    beginsWith(bytes, '{') && new TextDecoder().decode(bytes.slice(0, 1 << 20)).includes('"modelTopology"'),
  async read({ bytes, beside }) {
    const { importTfjs, shardsOf } = await import('../../formats/tfjs/index.js');
    const shards = shardsOf(bytes).map((path) => [path, beside(path)] as const);
    return { kind: 'model', model: importTfjs({ [MODEL]: bytes, ...Object.fromEntries(shards) }), notes: [] };
  },
  async write(contents, name): Promise<Written> {
    const { exportTfjs } = await import('../../formats/tfjs/index.js');
    const { [MODEL]: json, ...shards } = exportTfjs((contents as ModelContents).model);
    return new Map([[name, json], ...Object.entries(shards)]);
  },
};
