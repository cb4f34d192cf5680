import { ACTIVATIONS } from '../../src/layers/activations.js';
import type { KernelExports } from '../../src/wasm/generated/abi.js';
import { type ElementActivationName, elementActivations } from './reference/activations.js';
import { erf } from './reference/erf.js';

/** A function of one float: the kernel, what it should give, and the largest error it may have. */
export interface MathCase {
  readonly name: string;
  readonly run: (kernels: KernelExports, y: number, x: number, n: number) => void;
  readonly f: (x: number) => number;
  /** Largest error over all floats, in ULP of the exact value. */
  readonly maxUlp: number;
}

function forward(name: ElementActivationName, maxUlp: number): MathCase {
  return {
    name,
    run: (k, y, x, n) => k.activation_forward(y, x, n, ACTIVATIONS[name]),
    f: elementActivations[name].f,
    maxUlp,
  };
}

// Beside each bound: what `npm run test:exhaustive` measured over all 2^32 floats, and where.
export const EXP_MAX_ULP = 1.05; // 0.976 at -5.86
export const LOG_MAX_ULP = 1; // 0.840 at 1.413
export const ERF_MAX_ULP = 2.5; // 2.280 at 0.751
export const TANH_MAX_ULP = 3; // 2.605 at 2.921
export const SIGMOID_MAX_ULP = 2.5; // 2.438 at -1.951
export const SOFTPLUS_MAX_ULP = 3; // 2.862 at -2.745
export const ELU_MAX_ULP = 1; // 1.000 at the smallest subnormal
export const SELU_MAX_ULP = 2.5; // 2.479 at -1.3e-38
export const GELU_MAX_ULP = 9; // 8.084 at -12.61
export const SOFTSIGN_MAX_ULP = 1.5; // 1.499 at 2047
export const SILU_MAX_ULP = 3.5; // 3.433 at -1.873

export const MATH_CASES: readonly MathCase[] = [
  { name: 'exp', run: (k, y, x, n) => k.exp_forward(y, x, n), f: Math.exp, maxUlp: EXP_MAX_ULP },
  { name: 'log', run: (k, y, x, n) => k.log_forward(y, x, n), f: Math.log, maxUlp: LOG_MAX_ULP },
  { name: 'erf', run: (k, y, x, n) => k.erf_forward(y, x, n), f: erf, maxUlp: ERF_MAX_ULP },
  forward('tanh', TANH_MAX_ULP),
  forward('sigmoid', SIGMOID_MAX_ULP),
  forward('softplus', SOFTPLUS_MAX_ULP),
  forward('elu', ELU_MAX_ULP),
  forward('selu', SELU_MAX_ULP),
  forward('gelu', GELU_MAX_ULP),
  forward('softsign', SOFTSIGN_MAX_ULP),
  forward('silu', SILU_MAX_ULP),
];
