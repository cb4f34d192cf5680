/** Sizes of a recurrent layer's work: time steps, samples, input features, units. */
export interface RecurrentShape {
  readonly T: number;
  readonly B: number;
  readonly I: number;
  readonly H: number;
}

/**
 * Weights and data of a recurrent layer. x [T, B, I], kernel [I, G·H], recurrentKernel [H, G·H],
 * bias [G·H] (GRU with resetAfter: [2, 3H]), h0 [B, H], rmask [B, H] multiplies h_{t-1} in the product.
 */
export interface RecurrentData {
  readonly x: ArrayLike<number>;
  readonly kernel: ArrayLike<number>;
  readonly recurrentKernel: ArrayLike<number>;
  readonly bias: ArrayLike<number>;
  readonly h0: ArrayLike<number>;
  readonly rmask?: ArrayLike<number>;
}

/** bias[column] + sum_i x[i] · kernel[i, column], kernel [rows, columns]. */
export function affine(
  bias: number,
  x: ArrayLike<number>,
  from: number,
  kernel: ArrayLike<number>,
  rows: number,
  columns: number,
  column: number,
): number {
  let sum = bias;
  for (let i = 0; i < rows; i++) sum += x[from + i] * kernel[i * columns + column];
  return sum;
}
