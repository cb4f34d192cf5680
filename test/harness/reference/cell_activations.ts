/** An activation of cells and its derivative written with the output. */
export interface CellActivation {
  readonly code: number;
  readonly f: (x: number) => number;
  readonly slope: (y: number) => number;
}

const SCALE = 1.0507009873554805;
const ALPHA = 1.6732632423543772;

/** By Keras's names, with the codes of assembly/math/activation.ts. */
export const cellActivations = {
  linear: { code: 0, f: (x) => x, slope: () => 1 },
  relu: { code: 1, f: (x) => Math.max(x, 0), slope: (y) => (y > 0 ? 1 : 0) },
  leakyRelu: { code: 2, f: (x) => (x > 0 ? x : 0.2 * x), slope: (y) => (y > 0 ? 1 : 0.2) },
  elu: { code: 3, f: (x) => (x > 0 ? x : Math.expm1(x)), slope: (y) => (y > 0 ? 1 : y + 1) },
  selu: {
    code: 4,
    f: (x) => SCALE * (x > 0 ? x : ALPHA * Math.expm1(x)),
    slope: (y) => (y > 0 ? SCALE : y + SCALE * ALPHA),
  },
  tanh: { code: 6, f: Math.tanh, slope: (y) => 1 - y * y },
  sigmoid: { code: 7, f: (x) => 1 / (1 + Math.exp(-x)), slope: (y) => y * (1 - y) },
  hardSigmoid: {
    code: 8,
    f: (x) => Math.min(Math.max(x / 6 + 0.5, 0), 1),
    slope: (y) => (y > 0 && y < 1 ? 1 / 6 : 0),
  },
  hardSigmoid02: {
    code: 15,
    f: (x) => Math.min(Math.max(0.2 * x + 0.5, 0), 1),
    slope: (y) => (y > 0 && y < 1 ? 0.2 : 0),
  },
  softplus: { code: 9, f: (x) => Math.log1p(Math.exp(x)), slope: (y) => -Math.expm1(-y) },
  softsign: { code: 10, f: (x) => x / (1 + Math.abs(x)), slope: (y) => (1 - Math.abs(y)) ** 2 },
  exponential: { code: 12, f: Math.exp, slope: (y) => y },
} satisfies Record<string, CellActivation>;

export type CellActivationName = keyof typeof cellActivations;
