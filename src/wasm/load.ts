import { StateError } from '../errors.js';
import type { KernelExports } from './generated/abi.js';
import { WASM_HEX } from './generated/portable.js';
import { decodeHex } from './hex.js';

/**
 * How multiply-adds round. 'portable': twice, with the same bits on every engine. 'relaxed': once where the
 * engine fuses them, which is faster; bits may differ between engines.
 */
export type Numerics = 'portable' | 'relaxed';

const modules = new Map<Numerics, WebAssembly.Module>();

/** The module of a build: compiled once, portable at first use, relaxed by {@link loadRelaxed}. */
export function moduleFor(numerics: Numerics): WebAssembly.Module {
  let module = modules.get(numerics);
  if (module === undefined) {
    if (numerics === 'relaxed') {
      throw new StateError(
        "model: numerics 'relaxed' is not loaded: call await prepare({ numerics: 'relaxed' }) first",
      );
    }
    module = new WebAssembly.Module(decodeHex(WASM_HEX));
    modules.set('portable', module);
  }
  return module;
}

/** Whether the relaxed build, or what serves in its place, has been loaded. */
export function isLoaded(numerics: Numerics): boolean {
  return modules.has(numerics);
}

/**
 * Loads the relaxed build where the engine takes it; elsewhere the portable build serves in its place.
 * @returns which build serves
 */
export async function loadRelaxed(): Promise<Numerics> {
  if (!hasRelaxedSimd()) {
    modules.set('relaxed', moduleFor('portable'));
    return 'portable';
  }
  if (modules.get('relaxed') === undefined || modules.get('relaxed') === modules.get('portable')) {
    const { WASM_HEX: hex } = await import('./generated/relaxed.js');
    modules.set('relaxed', await WebAssembly.compile(decodeHex(hex)));
  }
  return 'relaxed';
}

/** A fresh instance of the kernels over the given memory. Synchronous. */
export function instantiate(memory: WebAssembly.Memory, numerics: Numerics = 'portable'): KernelExports {
  const instance = new WebAssembly.Instance(moduleFor(numerics), { env: { memory } });
  return instance.exports as unknown as KernelExports;
}

/** (module (func (result v128) v128.const 0; v128.const 0; v128.const 0; f32x4.relaxed_madd)) */
const RELAXED_PROBE = [
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  5,
  1,
  96,
  0,
  1,
  123,
  3,
  2,
  1,
  0,
  10,
  61,
  1,
  59,
  0,
  ...[0, 1, 2].flatMap(() => [253, 12, ...new Array<number>(16).fill(0)]),
  253,
  133,
  2,
  11,
];

/** (module (func (result v128) i32.const 0; i8x16.splat)) */
const SIMD_PROBE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
];

/** Whether the engine has fixed-width SIMD, without which nothing runs. */
export function hasSimd(): boolean {
  return WebAssembly.validate(new Uint8Array(SIMD_PROBE));
}

/** Whether the engine has relaxed SIMD. */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(new Uint8Array(RELAXED_PROBE));
}
