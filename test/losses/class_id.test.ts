import { describe, expect, it } from 'vitest';
import { sparseCategoricalCrossentropy } from '../../src/training/losses/index.js';
import { KernelBench } from '../harness/kernels.js';
import { testData } from '../harness/random.js';
import { runLoss } from './bench.js';

const bench = new KernelBench(1);
const O = 5;

describe.each([false, true])('sparse crossentropy, fromLogits %s', (fromLogits) => {
  const rows = (ids: number[], ignoreClass: number | null) =>
    runLoss(bench, sparseCategoricalCrossentropy({ fromLogits, ignoreClass }), {
      pred: testData(3, ids.length * O, 0.1, 0.8),
      target: Float32Array.from(ids),
      R: ids.length,
      O,
    });

  it.each([-1, 0, 4, 255])('gives rows of the ignored class %i no loss and no gradient', (ignored) => {
    const some = rows([2, ignored, 1, ignored], ignored);
    const all = rows([2, 3, 1, 3], null);
    expect(some.losses).toEqual(Float32Array.of(all.losses[0], 0, all.losses[2], 0));
    const zeros = new Array(O).fill(0);
    const kept = (r: number) => all.dpred.subarray(r * O, (r + 1) * O);
    expect([...some.dpred]).toEqual([...kept(0), ...zeros, ...kept(2), ...zeros]);
  });

  it('reads and writes nothing outside for ids that are no class', () => {
    const { losses, dpred } = rows([-1, 5, 1e9, -1e9, 0.5, Number.NaN, Number.POSITIVE_INFINITY], null);
    expect([...losses]).toEqual(new Array(7).fill(0));
    expect([...dpred]).toEqual(new Array(7 * O).fill(0));
  });
});
