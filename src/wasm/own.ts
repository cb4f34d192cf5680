import { describeValue } from '../describe.js';
import { KernelError, ValueError } from '../errors.js';
import { ABI_DIGEST, type RunExports } from './generated/abi.js';
import { type Build, serveWith } from './load.js';

/** Builds by the number that a module gives. */
const BUILDS: readonly Build[] = ['portable', 'relaxed', 'dot'];

/**
 * Has models made from now on served by kernels of one's own: a file `recurra/kernels/*.wasm` of this version, compiled
 * or as bytes. `recurra/wasm` has no others; elsewhere they take the place of those inside the JavaScript.
 *
 * @returns the numerics it serves: 'portable', 'relaxed', or 'dot' for quantised models
 * @throws KernelError when it is no such file or one of another version, ValueError for what is neither a module nor
 *   bytes
 */
export function useKernels(given: WebAssembly.Module | ArrayBuffer | Uint8Array<ArrayBuffer>): Build {
  const module = moduleOf(given);
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  if (!names.includes('abi') || !names.includes('build')) {
    throw new KernelError('useKernels: the module is not one of recurra/kernels');
  }
  const memory = new WebAssembly.Memory({ initial: 1 });
  let exports: RunExports;
  try {
    exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as RunExports;
  } catch (error) {
    throw new KernelError(
      `useKernels: the module is none for one thread with all kernels (${String(error)})`,
    );
  }
  if (exports.abi() !== ABI_DIGEST) {
    throw new KernelError(
      'useKernels: the kernels are of another version than this JavaScript: take both from one version of recurra',
    );
  }
  const build = BUILDS[exports.build()];
  serveWith(build, module);
  return build;
}

function moduleOf(given: unknown): WebAssembly.Module {
  if (given instanceof WebAssembly.Module) return given;
  if (!(given instanceof ArrayBuffer) && !(given instanceof Uint8Array)) {
    throw new ValueError(
      `useKernels: expected a WebAssembly.Module or its bytes, got ${describeValue(given)}`,
    );
  }
  try {
    return new WebAssembly.Module(given as Uint8Array<ArrayBuffer>);
  } catch (error) {
    throw new KernelError(
      `useKernels: the bytes are no WebAssembly that this engine takes (${String(error)})`,
    );
  }
}
