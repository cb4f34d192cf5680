import { describe, expect, it } from 'vitest';
import { gatherRows, gatherTimeMajor, scatterTimeMajor } from '../../src/memory/gather.js';
import { naturalOrder } from '../../src/training/batches.js';
import { testData } from '../harness/random.js';

const SIZES = [1, 3, 4, 5, 17, 33, 48, 65];
const SAMPLES = 7;
const ORDER = Uint32Array.from([4, 0, 6, 2, 2, 5, 1]);

describe('gatherTimeMajor', () => {
  it('turns a worked example', () => {
    // samples 0 and 1, two steps of three features
    const src = Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const dst = new Float32Array(12);
    gatherTimeMajor(dst, src, Uint32Array.from([1, 0]), 0, 2, 2, 3);
    expect(Array.from(dst)).toEqual([7, 8, 9, 1, 2, 3, 10, 11, 12, 4, 5, 6]);
  });

  it.each(SIZES)('puts every number in its place (%i features)', (features) => {
    for (const time of [1, 3, 5]) {
      const src = testData(features, SAMPLES * time * features);
      const from = 2;
      const count = 4;
      for (const order of [ORDER, null]) {
        const dst = new Float32Array(time * count * features).fill(Number.NaN);
        gatherTimeMajor(dst, src, order, from, count, time, features);
        for (let t = 0; t < time; t++) {
          for (let b = 0; b < count; b++) {
            const sample = (order ?? naturalOrder(SAMPLES))[from + b];
            for (let f = 0; f < features; f++) {
              expect(dst[(t * count + b) * features + f]).toBe(src[(sample * time + t) * features + f]);
            }
          }
        }
      }
    }
  });

  it.each(SIZES)('is undone by scatterTimeMajor, which touches nothing else (%i features)', (features) => {
    const time = 3;
    const width = time * features;
    const src = testData(features, SAMPLES * width);
    const batch = new Float32Array(3 * width);
    gatherTimeMajor(batch, src, null, 2, 3, time, features);
    const back = new Float32Array(SAMPLES * width).fill(-5);
    scatterTimeMajor(back, batch, 2, 3, time, features);
    const expected = new Float32Array(SAMPLES * width).fill(-5);
    expected.set(src.subarray(2 * width, 5 * width), 2 * width);
    expect(back).toEqual(expected);
  });
});

describe('gatherRows', () => {
  it.each(SIZES)('copies the rows of a batch (%i wide)', (width) => {
    const src = testData(width, SAMPLES * width);
    for (const order of [ORDER, null]) {
      const dst = new Float32Array(5 * width).fill(Number.NaN);
      gatherRows(dst, src, order, 1, 5, width);
      for (let b = 0; b < 5; b++) {
        const sample = (order ?? naturalOrder(SAMPLES))[1 + b];
        expect(dst.subarray(b * width, (b + 1) * width)).toEqual(
          src.subarray(sample * width, (sample + 1) * width),
        );
      }
    }
  });
});
