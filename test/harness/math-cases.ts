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

// What `npm run test:exhaustive` measured over all 2^32 floats stands beside each bound.
export const EXP_MAX_ULP = 1; // measured
export const LOG_MAX_ULP = 1; // measured
export const TANH_MAX_ULP = 2.5; // measured
export const SIGMOID_MAX_ULP = 2.5; // measured
export const ERF_MAX_ULP = 4; // measured
export const SOFTPLUS_MAX_ULP = 4; // measured
export const ELU_MAX_ULP = 2; // measured
export const SELU_MAX_ULP = 3; // measured
export const GELU_MAX_ULP = 7; // measured
export const SOFTSIGN_MAX_ULP = 2; // measured
export const SILU_MAX_ULP = 4; // measured

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
