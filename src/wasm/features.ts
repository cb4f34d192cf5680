import { EngineError } from '../errors.js';

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
  return validates(SIMD_PROBE);
}

/** Whether the engine has relaxed SIMD. */
export function hasRelaxedSimd(): boolean {
  return validates(RELAXED_PROBE);
}

/** Engines that only interpret, and browsers locked down, have no WebAssembly at all. */
const hasWebAssembly = (): boolean => typeof WebAssembly !== 'undefined';

function validates(bytes: readonly number[]): boolean {
  return hasWebAssembly() && WebAssembly.validate(new Uint8Array(bytes));
}

/** @throws EngineError where no model can run */
export function checkEngine(): void {
  if (!hasWebAssembly())
    throw new EngineError('model: this engine has no WebAssembly, without which no model runs');
  if (!hasSimd()) {
    throw new EngineError("model: this engine's WebAssembly has no SIMD, without which no model runs");
  }
}

/**
 * A module, compiled at once.
 * @throws EngineError where the engine refuses
 */
export function compileNow(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    checkEngine();
    throw new EngineError(
      `model: this engine refuses to compile the kernels (${String(error)}); a Content-Security-Policy has to ` +
        "allow it with script-src 'wasm-unsafe-eval'",
    );
  }
}
