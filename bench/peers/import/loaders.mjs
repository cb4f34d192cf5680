// How each participant gets from the bytes of a file to a model. `library` imports the code, `load` makes the model,
// `predict` gives the output of one sequence.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { describe, MODULES, SIZES } from './files.mjs';

const dist = (path) => import(new URL(`../../../dist/${path}`, import.meta.url).href);
const format = (name) => dist(`formats/${name}/index.js`);

const shape = [1, SIZES.T, SIZES.I];
const predictOurs = (model, data) => model.predict({ data, shape }).data;

const ours = (id, title, files, library, load) => ({
  id,
  title,
  files,
  library,
  load,
  predict: predictOurs,
});

/** One that fills a model which is described here, and made beforehand. */
const weights = (id, title, file, library, fill) => ({
  ...ours(
    id,
    title,
    [file],
    () => Promise.all([dist('index.js'), library()]),
    ([, lib, model], [bytes]) => {
      fill(lib, model, bytes);
      return model;
    },
  ),
  prepare: ([recurra, lib]) => [recurra, lib, describe(recurra)],
});

const ort = {
  id: 'ort-web',
  title: 'ONNX Runtime Web',
  files: ['model.onnx'],
  async library() {
    const lib = await import('onnxruntime-web');
    lib.env.wasm.numThreads = 1;
    return lib;
  },
  load: async (lib, [bytes]) => ({
    lib,
    session: await lib.InferenceSession.create(bytes, { executionProviders: ['wasm'] }),
  }),
  async predict({ lib, session }, data) {
    const feeds = { [session.inputNames[0]]: new lib.Tensor('float32', data, shape) };
    return (await session.run(feeds))[session.outputNames[0]].data;
  },
  drop: ({ session }) => session.release(),
};

const TFJS_FILES = ['model.json', ...Array.from({ length: 3 }, (_, i) => `group1-shard${i + 1}of3.bin`)];

const tfjs = {
  id: 'tfjs',
  title: 'tfjs, WebAssembly',
  files: TFJS_FILES,
  async library() {
    console.warn = () => {}; // an advertisement for tfjs-node
    const tf = (await import('@tensorflow/tfjs')).default;
    const wasm = (await import('@tensorflow/tfjs-backend-wasm')).default;
    const { resolve } = createRequire(import.meta.url);
    wasm.setWasmPaths(`${dirname(resolve('@tensorflow/tfjs-backend-wasm'))}/`);
    wasm.setThreadsCount(1);
    await tf.setBackend('wasm');
    return tf;
  },
  async load(tf, [json, ...shards]) {
    const { modelTopology, weightsManifest } = JSON.parse(new TextDecoder().decode(json));
    const weightSpecs = weightsManifest.flatMap(({ weights: specs }) => specs);
    const weightData = shards.map((bytes) => bytes.slice().buffer);
    const source = tf.io.fromMemory({ modelTopology, weightSpecs, weightData });
    return { tf, model: await tf.loadLayersModel(source) };
  },
  predict: ({ tf, model }, data) => model.predict(tf.tensor(data, shape)).dataSync(),
  drop: ({ model }) => model.dispose(),
};

/** Participants by the format that they read; ours first. */
export const LOADERS = {
  ONNX: [
    ours(
      'onnx',
      'recurra/onnx',
      ['model.onnx'],
      () => format('onnx'),
      (lib, [bytes]) => lib.importOnnx(bytes).model,
    ),
    ort,
  ],
  'tfjs LayersModel': [
    ours(
      'from-tfjs',
      'recurra/tfjs',
      TFJS_FILES,
      () => format('tfjs'),
      (lib, files) => lib.importTfjs(Object.fromEntries(files.map((bytes, i) => [TFJS_FILES[i], bytes]))),
    ),
    tfjs,
  ],
  '.keras': [
    ours(
      'keras',
      'recurra/keras',
      ['model.keras'],
      () => format('keras'),
      (lib, [bytes]) => lib.importKeras(bytes),
    ),
  ],
  '.h5': [
    ours(
      'h5',
      'recurra/keras',
      ['model.h5'],
      () => format('keras'),
      (lib, [bytes]) => lib.importKeras(bytes),
    ),
  ],
  safetensors: [
    weights(
      'safetensors',
      'recurra/safetensors',
      'model.safetensors',
      () => format('safetensors'),
      (lib, model, bytes) =>
        lib.loadStateDict(model, lib.readSafetensors(bytes).tensors, { modules: MODULES }),
    ),
  ],
  '.pt': [
    weights(
      'pytorch',
      'recurra/pytorch',
      'model.pt',
      () => format('pytorch'),
      (lib, model, bytes) => lib.loadStateDict(model, lib.readTorch(bytes), { modules: MODULES }),
    ),
  ],
  '.npz': [
    weights(
      'numpy',
      'recurra/numpy',
      'model.npz',
      () => format('numpy'),
      (lib, model, bytes) => model.setWeights(lib.readNpz(bytes)),
    ),
  ],
  'own files': [
    ours(
      'own',
      'recurra',
      ['model.recurra'],
      () => dist('index.js'),
      (lib, [bytes]) => lib.load(bytes),
    ),
  ],
};
