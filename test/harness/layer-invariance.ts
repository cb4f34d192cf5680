import { expect } from 'vitest';
import { type Model, type Tensor, tensor } from '../../src/index.js';
import { bitsOf, samplesOf } from './bits.js';

/**
 * Fails unless every sample has the same bits alone, in the whole batch and, for models whose output is a
 * sequence, one step at a time (`stream`).
 */
export function expectInvariant(net: Model, x: Tensor, stream: boolean): void {
  const [N, ...shape] = x.shape;
  const all = net.predict(x, { batchSize: N }).data;
  expect(all.every(Number.isFinite)).toBe(true);
  for (let s = 0; s < N; s++) {
    const sample = samplesOf(x.data, N, s);
    const expected = bitsOf(samplesOf(all, N, s));
    expect(bitsOf(net.predict(tensor(sample, [1, ...shape])).data), `sample ${s} alone`).toEqual(expected);
  }
  for (const batchSize of [2, 3]) {
    expect(bitsOf(net.predict(x, { batchSize }).data), `batches of ${batchSize}`).toEqual(bitsOf(all));
  }
  if (!stream) return;
  const T = shape[0];
  const wide = net.stream({ batchSize: N });
  const steps = net.stream();
  for (let s = 0; s < N; s++) {
    steps.reset();
    for (let t = 0; t < T; t++) {
      const y = bitsOf(steps.step(samplesOf(samplesOf(x.data, N, s), T, t)));
      expect(y, `sample ${s}, step ${t}`).toEqual(bitsOf(samplesOf(samplesOf(all, N, s), T, t)));
    }
  }
  for (let t = 0; t < T; t++) {
    const frames = Array.from({ length: N }, (_, s) => [...samplesOf(samplesOf(x.data, N, s), T, t)]);
    const y = wide.step(frames.flat());
    for (let s = 0; s < N; s++) {
      expect(bitsOf(samplesOf(y, N, s)), `side by side, sample ${s}, step ${t}`).toEqual(
        bitsOf(samplesOf(samplesOf(all, N, s), T, t)),
      );
    }
  }
}
