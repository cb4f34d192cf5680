/** Functions of one number by name, with the codes of assembly/layers/pointwise.ts. */
export const FUNCTIONS = {
  affine: 0,
  clip: 1,
  abs: 2,
  sqrt: 3,
  reciprocal: 4,
  power: 5,
  log: 6,
  erf: 7,
  leakyRelu: 8,
  elu: 9,
  thresholdedRelu: 10,
  hardSigmoid: 11,
  geluTanh: 12,
  sign: 13,
  floor: 14,
  ceil: 15,
  round: 16,
} as const;

/**
 * Name of a function of {@link pointwise}, with its numbers alpha and beta:
 *
 * | name | f(x) |
 * |---|---|
 * | affine | alpha · x + beta |
 * | clip | x, held between alpha and beta; either may be left out |
 * | abs, sqrt, reciprocal, log, sign | as they are called |
 * | floor, ceil, round | whole numbers; round goes to the even one of two |
 * | power | x to the power alpha |
 * | erf | 2/√π ∫₀ˣ e^(−t²) dt |
 * | leakyRelu | x for x ≥ 0, else alpha · x |
 * | elu | x for x ≥ 0, else alpha · (eˣ − 1) |
 * | thresholdedRelu | x for x > alpha, else 0 |
 * | hardSigmoid | alpha · x + beta, held between 0 and 1 |
 * | geluTanh | ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))) |
 */
export type FunctionName = keyof typeof FUNCTIONS;

/** Every function, in the order of the codes. */
export const FUNCTION_NAMES = Object.keys(FUNCTIONS) as readonly FunctionName[];

/** alpha and beta where they are not given; null where there is none, undefined where it must be given. */
export const FUNCTION_DEFAULTS: Readonly<
  Record<FunctionName, readonly [number | null | undefined, number | null | undefined]>
> = {
  affine: [1, 0],
  clip: [null, null],
  abs: [null, null],
  sqrt: [null, null],
  reciprocal: [null, null],
  power: [undefined, null],
  log: [null, null],
  erf: [null, null],
  leakyRelu: [0.2, null],
  elu: [1, null],
  thresholdedRelu: [1, null],
  hardSigmoid: [1 / 6, 0.5],
  geluTanh: [null, null],
  sign: [null, null],
  floor: [null, null],
  ceil: [null, null],
  round: [null, null],
};
