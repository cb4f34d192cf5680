import type { KernelExports } from './generated/abi.js';
import { WASM_HEX } from './generated/portable.js';
import { decodeHex } from './hex.js';

let compiled: WebAssembly.Module | undefined;

function portableModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(decodeHex(WASM_HEX));
  return compiled;
}

/** A fresh instance of the kernels over the given memory. Synchronous; the module is compiled once. */
export function instantiate(memory: WebAssembly.Memory): KernelExports {
  const instance = new WebAssembly.Instance(portableModule(), { env: { memory } });
  return instance.exports as unknown as KernelExports;
}
