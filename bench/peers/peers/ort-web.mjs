// ONNX Runtime Web: WebAssembly, SIMD on.
import { versionOf } from '../install.mjs';
import { prepare, refuses } from './ort.mjs';

export const id = 'ort-web';
export const title = 'ONNX Runtime Web';
export const hasThreads = true;
export { refuses };

export async function open({ threads }) {
  const ort = await import('onnxruntime-web');
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.simd = true;
  const options = { executionProviders: ['wasm'] };
  return {
    version: versionOf('onnxruntime-web'),
    prepare: (work, material) => prepare(ort, work, material, options),
  };
}
