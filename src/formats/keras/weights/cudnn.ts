import { type Shape, sizeOf } from '../../../shape.js';
import type { Tensor } from '../../../tensor.js';

/** Columns of gate g of a matrix [rows, G·H] as [rows·H] in row-major order. */
function gateOf({ data, shape }: Tensor, gate: number, H: number): Float32Array {
  const [rows, N] = shape;
  const block = new Float32Array(rows * H);
  for (let i = 0; i < rows; i++) block.set(data.subarray(i * N + gate * H, i * N + (gate + 1) * H), i * H);
  return block;
}

/** A matrix whose gates are what `element` gives for a row and a column of each. */
function rearranged(
  given: Tensor,
  H: number,
  element: (block: Float32Array, i: number, j: number) => number,
): Tensor {
  const [rows, N] = given.shape;
  const data = new Float32Array(rows * N);
  for (let gate = 0; gate < N / H; gate++) {
    const block = gateOf(given, gate, H);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < H; j++) data[i * N + gate * H + j] = element(block, i, j);
  }
  return { data, shape: given.shape };
}

/**
 * Weights of a CuDNNLSTM or CuDNNGRU as those of an LSTM or GRU (resetAfter).
 *
 * ```text
 * kernel      of each gate: its numbers in a row are those of the columns
 * recurrent   of each gate: turned
 * bias        [2·G·H]: both halves, whose sum an LSTM has
 * ```
 *
 * Source: Keras 2, saving/hdf5_format.py, which turns one into the other
 */
export function fromCudnn(
  kernel: Tensor,
  recurrent: Tensor,
  bias: Tensor,
  biasShape: Shape,
): { kernel: Tensor; recurrentKernel: Tensor; bias: Tensor } {
  const [I] = kernel.shape;
  const [H] = recurrent.shape;
  const half = bias.data.length / 2;
  const isSum = sizeOf(biasShape) === half;
  const data = isSum ? bias.data.subarray(0, half).map((v, i) => v + bias.data[half + i]) : bias.data;
  return {
    kernel: rearranged(kernel, H, (block, i, j) => block[i + j * I]),
    recurrentKernel: rearranged(recurrent, H, (block, i, j) => block[j * H + i]),
    bias: { data, shape: biasShape },
  };
}
