import { describe, expect, it } from 'vitest';
import { editDistance } from '../../src/decoding/edit-distance.js';
import { ctcDecode, DataError, ShapeError, tensor, UnknownNameError, ValueError } from '../../src/index.js';
import { testData, testRandom } from '../harness/random.js';
import { everyWay, said } from '../harness/reference/ctc.js';

/** Probabilities [T, O] that add up to 1 in each row. */
function rowsOf(seed: number, T: number, O: number): number[][] {
  return Array.from({ length: T }, (_, t) => {
    const row = [...testData(seed + 31 * t, O, 0.02, 1)];
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((v) => Math.fround(v / sum));
  });
}

/** Every label with its probability, summed over all ways to say it, the likeliest first. */
function everyLabel(rows: number[][], blank: number): [string, number][] {
  const found = new Map<string, number>();
  for (const way of everyWay(rows.length, rows[0].length)) {
    const key = said(way, blank).join();
    const p = way.reduce((product, k, t) => product * rows[t][k], 1);
    found.set(key, (found.get(key) ?? 0) + p);
  }
  return [...found].sort((a, b) => b[1] - a[1]);
}

describe('ctcDecode', () => {
  it('finds the likeliest labels of all by a beam that is wide enough, with their probabilities', () => {
    for (const [seed, T, O, blank] of [
      [1, 1, 3, 0],
      [2, 4, 3, 2],
      [3, 5, 4, 1],
      [4, 6, 3, 0],
      [5, 3, 5, 4],
    ]) {
      const rows = rowsOf(seed, T, O);
      const options = { strategy: 'beamSearch', beamWidth: 5000, topPaths: 3, maskIndex: blank } as const;
      const [paths] = ctcDecode([rows], options);
      everyLabel(rows, blank)
        .slice(0, 3)
        .forEach(([key, p], i) => {
          expect(paths[i].labels.join()).toBe(key);
          expect(Math.exp(paths[i].logProbability) / p).toBeCloseTo(1, 10);
        });
    }
  });

  it('follows the likeliest class of each step when greedy', () => {
    const rows = [
      [0.1, 0.7, 0.2],
      [0.2, 0.6, 0.2],
      [0.9, 0, 0.1],
      [0.3, 0.5, 0.2],
      [0.3, 0.1, 0.6],
    ];
    const [[path]] = ctcDecode([rows]);
    expect(path.labels).toEqual([1, 1, 2]);
    expect(path.logProbability).toBeCloseTo(Math.log(0.7 * 0.6 * 0.9 * 0.5 * 0.6), 6);
    expect(ctcDecode([rows], { maskIndex: 2 })[0][0].labels).toEqual([1, 0, 1]);
    expect(ctcDecode([rows], { lengths: [2] })[0][0].labels).toEqual([1]);
    expect(ctcDecode([rows], { lengths: [0] })[0][0]).toEqual({ labels: [], logProbability: 0 });
  });

  it('sums over ways by a beam, where greedy reads another label', () => {
    // The blank is likeliest at each step, 'a' over both: 1 − 0.6² > 0.6².
    const rows = [
      [0.6, 0.4],
      [0.6, 0.4],
    ];
    expect(ctcDecode([rows])[0][0].labels).toEqual([]);
    const [[best]] = ctcDecode([rows], { strategy: 'beamSearch' });
    expect(best.labels).toEqual([1]);
    expect(Math.exp(best.logProbability)).toBeCloseTo(0.64, 6);
  });

  it('reads long sequences, logits and several samples', () => {
    const next = testRandom(5);
    const label = Array.from({ length: 60 }, () => 1 + Math.floor(next() * 5));
    const logits = label.flatMap((y) =>
      [y, y, 0].map((k) => Array.from({ length: 6 }, (_, c) => (c === k ? 9 : 0))),
    );
    const both = [logits, logits.map((row) => [...row])];
    for (const strategy of ['greedy', 'beamSearch'] as const) {
      const read = ctcDecode(both, { strategy, fromLogits: true, lengths: [180, 90] });
      expect(read.map(([path]) => path.labels)).toEqual([label, label.slice(0, 30)]);
      expect(read[0][0].logProbability).toBeLessThan(0);
    }
    const huge = tensor(testData(7, 900 * 4, 0, 1e-30), [1, 900, 4]);
    const [[path]] = ctcDecode(huge, { strategy: 'beamSearch', beamWidth: 4 });
    expect(path.logProbability).toBeLessThan(-60_000);
  });

  it('refuses what it cannot read', () => {
    const rows = [rowsOf(1, 2, 3)];
    const decoding =
      (options: object, values: unknown = rows) =>
      () =>
        ctcDecode(values as never, options);
    expect(decoding({ strategy: 'beamSearch', beamWidth: 0 })).toThrow(
      'ctcDecode: beamWidth must be a whole number of at least 1, got 0',
    );
    expect(decoding({ strategy: 'beamSearch', beamWidth: 2, topPaths: 3 })).toThrow(ValueError);
    expect(decoding({ topPaths: 2 })).toThrow(ValueError);
    expect(decoding({ strategy: 'best' })).toThrow(UnknownNameError);
    expect(decoding({ maskIndex: 3 })).toThrow(ValueError);
    expect(decoding({ lengths: [3] })).toThrow('lengths[0] is 3, expected a whole number from 0 to 2');
    expect(decoding({ lengths: [1, 1] })).toThrow(ShapeError);
    expect(decoding({}, rows[0])).toThrow(ShapeError);
    expect(decoding({}, [[[0.5, -0.5]]])).toThrow(
      'ctcDecode: probability of sample 0, step 0, class 1 is -0.5, expected a number of at least 0; give ' +
        'fromLogits: true for logits',
    );
    expect(decoding({}, [[[0.5, Number.NaN]]])).toThrow(DataError);
  });
});

describe('editDistance', () => {
  it('counts what is put in, taken out and changed', () => {
    expect(editDistance([], [])).toBe(0);
    expect(editDistance([1, 2, 3], [])).toBe(3);
    expect(editDistance([1, 2, 3], [1, 3])).toBe(1);
    expect(editDistance([1, 2, 3, 4], [2, 3, 5, 4, 6])).toBe(3);
  });
});
