import { exportKeras, importKeras } from '../../../src/formats/keras/index.js';
import { readNpy, readNpz } from '../../../src/formats/numpy/index.js';
import { exportOnnx, importOnnx } from '../../../src/formats/onnx/index.js';
import { readTorch } from '../../../src/formats/pytorch/index.js';
import { readSafetensors } from '../../../src/formats/safetensors/index.js';
import { importTfjs, type TfjsFiles } from '../../../src/formats/tfjs/index.js';
import type { Model, Tensor } from '../../../src/index.js';
import keras from '../../golden/keras_files.json' with { type: 'json' };
import numpy from '../../golden/numpy_files.json' with { type: 'json' };
import attention from '../../golden/onnx_attention.json' with { type: 'json' };
import cells from '../../golden/onnx_cells.json' with { type: 'json' };
import onnx from '../../golden/onnx_files.json' with { type: 'json' };
import pytorch from '../../golden/pytorch_files.json' with { type: 'json' };
import tfjs from '../../golden/tfjs_files.json' with { type: 'json' };
import { bytesOf } from '../../harness/base64.js';
import { fileOf } from '../keras/files.js';
import { EXPORT_CASES } from '../onnx/export-cases.js';
import { nestedFiles } from '../onnx/nested-files.js';
import { filesOf } from '../tfjs/files.js';
import type { Draw } from './mutate.js';
import { mutateOnnx } from './mutate-onnx.js';

/** A reader, and files that its mutations start from. */
export interface Target {
  readonly files: readonly Uint8Array[];
  /** Reads a file and gives what it holds. */
  read(bytes: Uint8Array): readonly Tensor[];
  /** Makes a damaged copy. Default: changes bytes. */
  mutate?(file: Uint8Array, draw: Draw): Uint8Array;
}

const onnxFiles = [
  ...[...onnx.recurrent, ...onnx.exports, ...cells.cases, ...attention.cases].map(({ file }) =>
    bytesOf(file),
  ),
  ...Object.values(EXPORT_CASES).map(({ make }) => exportOnnx(make() as Model)),
  ...nestedFiles(),
];
const onnxWeights = (bytes: Uint8Array): Tensor[] => Object.values(importOnnx(bytes).model.getWeights());

/** Whole models of Keras by the kind of their files; what we write of them beside. */
const kerasModels = keras.cases.filter(({ kind }) => kind === 'model').map(({ file }) => fileOf(file));
const isZip = (file: Uint8Array): boolean => file[0] === 0x50;
const [archives, legacy] = [kerasModels.filter(isZip), kerasModels.filter((file) => !isZip(file))];

const weightsOf = (bytes: Uint8Array): Tensor[] => Object.values(importKeras(bytes).getWeights());

/** Files of tfjs as one: four bytes of length, model.json, the weights. */
function joined(files: TfjsFiles): Uint8Array {
  const [json, weights] = Object.values(files) as Uint8Array[];
  const all = new Uint8Array(4 + json.length + weights.length);
  new DataView(all.buffer).setUint32(0, json.length);
  all.set(json, 4);
  all.set(weights, 4 + json.length);
  return all;
}

function apart(bytes: Uint8Array): TfjsFiles {
  const length = bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  return { 'model.json': bytes.slice(4, 4 + length), 'weights.bin': bytes.slice(4 + length) };
}

/** Every format that is read. */
export const TARGETS: Readonly<Record<string, Target>> = {
  safetensors: {
    files: [pytorch.types.safetensors, ...pytorch.cases.map((c) => c.safetensors)].map(bytesOf),
    read: (bytes) => Object.values(readSafetensors(bytes).tensors),
  },
  onnx: { files: onnxFiles, read: onnxWeights },
  // Files that can be read as such, and say something else.
  onnxGraphs: { files: onnxFiles, read: onnxWeights, mutate: mutateOnnx },
  keras: {
    files: [...archives, exportKeras(importKeras(archives[0]))],
    read: weightsOf,
  },
  h5: {
    files: [...legacy, exportKeras(importKeras(legacy[0]), { form: 'h5' })],
    read: weightsOf,
  },
  tfjs: {
    files: tfjs.cases.map(({ files }) => joined(filesOf(files))),
    read: (bytes) => Object.values(importTfjs(apart(bytes)).getWeights()),
  },
  pt: {
    files: pytorch.cases.map(({ pt }) => bytesOf(pt)),
    read: (bytes) => Object.values(readTorch(bytes)),
  },
  npy: {
    files: numpy.arrays.map(({ file }) => bytesOf(file)),
    read: (bytes) => [readNpy(bytes)],
  },
  npz: {
    files: [numpy.npz, numpy.compressed].map(bytesOf),
    read: (bytes) => Object.values(readNpz(bytes)),
  },
};
