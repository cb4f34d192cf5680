import { expect } from 'vitest';
import { type Model, tensor } from '../../src/index.js';
import { bitsOf, samplesOf } from './bits.js';

/** Samples and time steps of the data that the checks take. */
export const N = 13;
export const T = 7;

/** Predicts all samples at once, in batches of every size, and one at a time: all the same bits. */
export function expectBatchInvariant(net: Model, x: Float32Array, shape: readonly number[]): void {
  const all = net.predict(tensor(x, [N, ...shape]), { batchSize: N });
  expect(all.data.every(Number.isFinite)).toBe(true);
  for (let batchSize = 1; batchSize < N; batchSize++) {
    const { data } = net.predict(tensor(x, [N, ...shape]), { batchSize });
    expect(bitsOf(data), `batches of ${batchSize}`).toEqual(bitsOf(all.data));
  }
  for (let s = 0; s < N; s++) {
    const alone = net.predict(tensor(samplesOf(x, N, s), [1, ...shape]));
    expect(bitsOf(alone.data), `sample ${s}`).toEqual(bitsOf(samplesOf(all.data, N, s)));
  }
}

/** Outputs at every step [N, T, O]: those of the sequence, or the last ones of its first 1, 2, ... T steps. */
function everyOutput(
  net: Model,
  x: Float32Array,
  frame: readonly number[],
  sequences: boolean,
): Float32Array {
  if (sequences) return net.predict(tensor(x, [N, T, ...frame])).data;
  const floats = x.length / (N * T);
  const outputs = Array.from({ length: T }, (_, t) => {
    const length = (t + 1) * floats;
    const start = new Float32Array(N * length);
    for (let s = 0; s < N; s++) start.set(samplesOf(x, N, s).subarray(0, length), s * length);
    return net.predict(tensor(start, [N, t + 1, ...frame])).data;
  });
  const O = outputs[0].length / N;
  const all = new Float32Array(N * T * O);
  outputs.forEach((y, t) => {
    for (let s = 0; s < N; s++) all.set(samplesOf(y, N, s), (s * T + t) * O);
  });
  return all;
}

/** Streams every sample alone, and all side by side. */
export function expectStreamInvariant(
  net: Model,
  x: Float32Array,
  frame: readonly number[],
  sequences: boolean,
): void {
  const expected = everyOutput(net, x, frame, sequences);
  const O = expected.length / (N * T);
  const single = net.stream();
  const alone = new Float32Array(expected.length);
  for (let s = 0; s < N; s++) {
    single.reset();
    for (let t = 0; t < T; t++) {
      alone.set(single.step(samplesOf(samplesOf(x, N, s), T, t)), (s * T + t) * O);
    }
  }
  expect(bitsOf(alone), 'alone').toEqual(bitsOf(expected));
  const wide = net.stream({ batchSize: N });
  const together = new Float32Array(expected.length);
  const frames = new Float32Array(x.length / T);
  for (let t = 0; t < T; t++) {
    const frameAt = (s: number) => samplesOf(samplesOf(x, N, s), T, t);
    for (let s = 0; s < N; s++) frames.set(frameAt(s), s * frameAt(s).length);
    const y = wide.step(frames);
    for (let s = 0; s < N; s++) together.set(samplesOf(y, N, s), (s * T + t) * O);
  }
  expect(bitsOf(together), 'side by side').toEqual(bitsOf(expected));
}

/** A stateful model fed a sequence in pieces gives what a model that is not gives for the whole. */
export function expectPiecesInvariant(
  stateful: Model,
  whole: Model,
  x: Float32Array,
  frame: readonly number[],
): void {
  const expected = whole.predict(tensor(x, [N, T, ...frame])).data;
  const got = new Float32Array(expected.length);
  const [floats, O] = [x.length / (N * T), expected.length / (N * T)];
  const cuts = [0, 1, 3, T];
  for (const [i, from] of cuts.slice(0, -1).entries()) {
    const steps = cuts[i + 1] - from;
    const piece = new Float32Array(N * steps * floats);
    for (let s = 0; s < N; s++) {
      piece.set(samplesOf(x, N, s).subarray(from * floats, (from + steps) * floats), s * steps * floats);
    }
    const y = stateful.predict(tensor(piece, [N, steps, ...frame])).data;
    for (let s = 0; s < N; s++) got.set(samplesOf(y, N, s), (s * T + from) * O);
  }
  expect(bitsOf(got)).toEqual(bitsOf(expected));
}
