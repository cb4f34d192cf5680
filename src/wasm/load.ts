import { decodeBase64 } from './base64.js';
import type { KernelExports } from './generated/abi.js';
import { WASM_BASE64 } from './generated/portable.js';

let compiled: WebAssembly.Module | undefined;

function portableModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(decodeBase64(WASM_BASE64));
  return compiled;
}

/** A fresh instance of the kernels over the given memory. Synchronous; the module is compiled once. */
export function instantiate(memory: WebAssembly.Memory): KernelExports {
  const instance = new WebAssembly.Instance(portableModule(), { env: { memory } });
  return instance.exports as unknown as KernelExports;
}
