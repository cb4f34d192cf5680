import { unzlibSync } from 'fflate';
import { bytesOf } from '../../harness/base64.js';

/** The bytes of a golden file, which are kept packed. */
export const fileOf = (packed: string): Uint8Array => unzlibSync(bytesOf(packed));

/** A tensor of a golden. */
export interface Listed {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** What `predict` takes: one input, or a list. */
export function inputsOf(inputs: readonly Listed[]) {
  const tensors = inputs.map(({ shape, data }) => ({ shape: [...shape], data: Float32Array.from(data) }));
  return tensors.length === 1 ? tensors[0] : tensors;
}

/** Largest difference, relative to the scale of what is expected. */
export function largestDifference(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let most = 0;
  let scale = 1;
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i]));
    most = Math.max(most, Math.abs(got[i] - expected[i]));
  }
  return got.length === expected.length ? most / scale : Number.NaN;
}
