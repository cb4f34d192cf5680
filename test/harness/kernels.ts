import type { KernelExports, KernelName } from '../../src/wasm/generated/abi.js';
import * as kernels from '../../src/wasm/generated/kernels.js';
import type { Kernel } from '../../src/wasm/kernel.js';
import { type Build, instantiate } from '../../src/wasm/load.js';

/** The kernels by name. */
export const KERNELS: { readonly [K in KernelName]: Kernel } = kernels;

/** Every kernel over a memory, whichever family it is of. */
export function allKernels(memory: WebAssembly.Memory, build: Build = 'portable'): KernelExports {
  const instance = instantiate(memory, build);
  const families = new Set(Object.values(KERNELS).map(({ family }) => family));
  return Object.assign({}, ...[...families].map((family) => instance.bring(family)));
}

/** Kernels over a memory of their own, with a bump allocator: what a kernel's test needs. */
export class KernelBench {
  readonly memory: WebAssembly.Memory;
  readonly kernels: KernelExports;
  private top: number;

  constructor(megabytes = 64, build: Build = 'portable') {
    this.memory = new WebAssembly.Memory({ initial: megabytes * 16 });
    this.kernels = allKernels(this.memory, build);
    this.top = (this.kernels.heap_base() + 127) & ~127;
  }

  /** Address of `count` floats, 16-byte aligned, filled with `fill` (NaN shows what was not written). */
  alloc(count: number, fill = Number.NaN): number {
    const at = this.top;
    this.top = (this.top + 4 * count + 127) & ~127;
    if (this.top > this.memory.buffer.byteLength) throw new Error('KernelBench: memory is full');
    new Float32Array(this.memory.buffer, at, count).fill(fill);
    return at;
  }

  /** Copies values in and gives their address. */
  put(values: ArrayLike<number>): number {
    const at = this.alloc(values.length);
    new Float32Array(this.memory.buffer, at, values.length).set(values);
    return at;
  }

  /** Copies bytes in and gives their address. */
  putBytes(values: Int8Array): number {
    const at = this.alloc(Math.ceil(values.length / 4));
    new Int8Array(this.memory.buffer, at, values.length).set(values);
    return at;
  }

  /** A copy of `count` floats. */
  read(at: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, at, count).slice();
  }

  /** Forgets every allocation. */
  reset(): void {
    this.top = (this.kernels.heap_base() + 127) & ~127;
  }
}
