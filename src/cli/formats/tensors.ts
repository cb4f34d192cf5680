import { FormatError } from '../../errors.js';
import { zipNames } from '../../formats/zip.js';
import { beginsWith, type FileFormat, oneFile, type Source, type TensorContents } from './format.js';

/** Whether a file is a zip archive that holds a file named so. */
export function isZipWith({ bytes }: Source, name: RegExp): boolean {
  return beginsWith(bytes, 'PK\x03\x04') && zipNames(bytes).some((found) => name.test(found));
}

/** Tensors behind a header of JSON. */
export const safetensorsFormat: FileFormat = {
  id: 'safetensors',
  title: 'safetensors',
  endings: ['.safetensors'],
  holds: 'tensors',
  detect: ({ bytes }) => bytes.length > 9 && beginsWith(bytes, '{', 8) && bytes[7] === 0 && bytes[6] === 0,
  async read({ bytes }) {
    const { readSafetensors } = await import('../../formats/safetensors/index.js');
    return { kind: 'tensors', tensors: readSafetensors(bytes).tensors };
  },
  async write(contents, name) {
    const { writeSafetensors } = await import('../../formats/safetensors/index.js');
    return oneFile(name, writeSafetensors((contents as TensorContents).tensors));
  },
};

/** What `torch.save` writes of a state dict. */
export const pytorchFormat: FileFormat = {
  id: 'pytorch',
  title: 'PyTorch state dict',
  endings: ['.pt', '.pth'],
  holds: 'tensors',
  detect: (source) => isZipWith(source, /^[^/]+\/data\.pkl$/),
  async read({ bytes }, { key }) {
    const { readTorch } = await import('../../formats/pytorch/index.js');
    return { kind: 'tensors', tensors: readTorch(bytes, key === undefined ? {} : { key }) };
  },
  async write(contents, name) {
    const { writeTorch } = await import('../../formats/pytorch/index.js');
    return oneFile(name, writeTorch((contents as TensorContents).tensors));
  },
};

/** Arrays of NumPy by name. */
export const npzFormat: FileFormat = {
  id: 'npz',
  title: 'NumPy archive',
  endings: ['.npz'],
  holds: 'tensors',
  detect: (source) => isZipWith(source, /\.npy$/),
  async read({ bytes }) {
    const { readNpz } = await import('../../formats/numpy/index.js');
    return { kind: 'tensors', tensors: readNpz(bytes) };
  },
  async write(contents, name) {
    const { writeNpz } = await import('../../formats/numpy/index.js');
    return oneFile(name, writeNpz((contents as TensorContents).tensors));
  },
};

/** One array of NumPy. */
export const npyFormat: FileFormat = {
  id: 'npy',
  title: 'NumPy array',
  endings: ['.npy'],
  holds: 'tensors',
  detect: ({ bytes }) => beginsWith(bytes, '\x93NUMPY'),
  async read({ bytes }) {
    const { readNpy } = await import('../../formats/numpy/index.js');
    return { kind: 'tensors', tensors: { array: readNpy(bytes) } };
  },
  async write(contents, name) {
    const { writeNpy } = await import('../../formats/numpy/index.js');
    const all = Object.entries((contents as TensorContents).tensors);
    if (all.length === 1) return oneFile(name, writeNpy(all[0][1]));
    throw new FormatError(
      `convert: a NumPy array is one tensor, there are ${all.length}; .npz takes them all`,
    );
  },
};
