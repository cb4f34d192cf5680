import type { Tensor } from '../../../tensor.js';
import { type Floats, writeColumns } from '../../file-floats.js';
import { lazyTensor } from '../../weights.js';

/** Where the rows of one gate come from, and what its argument is multiplied by. */
export interface Block {
  /** Number of the gate in ONNX's order. */
  readonly from: number;
  readonly scale: number;
  /** What is added to the argument. */
  readonly shift: number;
}

/** A matrix [G·H, K] of ONNX as ours, [K, blocks·H], gates in another order. */
export function columns(rows: Floats, H: number, K: number, blocks: readonly Block[]): Tensor {
  const N = blocks.length * H;
  return lazyTensor([K, N], (data) => {
    blocks.forEach(({ from, scale }, b) => {
      const gate = rows.subarray(from * H * K, (from + 1) * H * K);
      writeColumns(gate, [H, K], scale, { data, at: b * H, N });
    });
  });
}

/** A list [G·H] in another order, scaled; `shifted` adds the blocks' shifts. */
export function ordered(
  list: Float32Array,
  H: number,
  blocks: readonly Block[],
  shifted: boolean,
): Float32Array<ArrayBuffer> {
  const data = new Float32Array(blocks.length * H);
  blocks.forEach(({ from, scale, shift }, b) => {
    for (let h = 0; h < H; h++) data[b * H + h] = scale * list[from * H + h] + (shifted ? shift : 0);
  });
  return data;
}

/** The two halves of ONNX's B, of the input and of the state, added. */
export function addedBiases(bias: Float32Array): Float32Array {
  const half = bias.length / 2;
  return Float32Array.from({ length: half }, (_, i) => bias[i] + bias[half + i]);
}
