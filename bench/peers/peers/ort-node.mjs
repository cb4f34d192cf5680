// ONNX Runtime, native.
import { versionOf } from '../install.mjs';
import { prepare, refuses } from './ort.mjs';

export const id = 'ort-node';
export const title = 'ONNX Runtime native';
export const hasThreads = true;
export { refuses };

export async function open({ threads }) {
  const { default: ort } = await import('onnxruntime-node');
  const options = {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
  };
  return {
    version: versionOf('onnxruntime-node'),
    prepare: (work, material) => prepare(ort, work, material, options),
  };
}
