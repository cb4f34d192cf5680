import { readNpy, readNpz } from '../../../src/formats/numpy/index.js';
import { importOnnx } from '../../../src/formats/onnx/index.js';
import { readTorch } from '../../../src/formats/pytorch/index.js';
import { readSafetensors } from '../../../src/formats/safetensors/index.js';
import type { Tensor } from '../../../src/index.js';
import numpy from '../../golden/numpy_files.json' with { type: 'json' };
import onnx from '../../golden/onnx_files.json' with { type: 'json' };
import pytorch from '../../golden/pytorch_files.json' with { type: 'json' };
import { bytesOf } from '../../harness/base64.js';

/** A reader, and files that its mutations start from. */
export interface Target {
  readonly files: readonly Uint8Array[];
  /** Reads a file and gives what it holds. */
  read(bytes: Uint8Array): readonly Tensor[];
}

/** Every format that is read. */
export const TARGETS: Readonly<Record<string, Target>> = {
  safetensors: {
    files: [pytorch.types.safetensors, ...pytorch.cases.map((c) => c.safetensors)].map(bytesOf),
    read: (bytes) => Object.values(readSafetensors(bytes).tensors),
  },
  onnx: {
    files: [...onnx.recurrent, ...onnx.exports].map(({ file }) => bytesOf(file)),
    read: (bytes) => Object.values(importOnnx(bytes).model.getWeights()),
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
