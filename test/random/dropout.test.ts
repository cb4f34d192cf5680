import { describe, expect, it } from 'vitest';
import { philox4x32 } from '../../src/random/philox.js';
import { KernelBench } from '../harness/kernels.js';

const RNG = [0x13572468, 0x2468ace0, 41, 1];

function mask(offset: number, n: number, layer: number, rate: number, rng = RNG): number[] {
  const bench = new KernelBench(2);
  const at = bench.put([0, 0, 0, 0]);
  new Uint32Array(bench.memory.buffer, at, 4).set(rng);
  const out = bench.alloc(n + 4, 7);
  bench.kernels.dropout_mask(out, at, offset, n, layer, rate);
  const got = [...bench.read(out, n + 4)];
  expect(got.splice(n)).toEqual([7, 7, 7, 7]);
  return got;
}

/** The definition, one element at a time. */
function reference(offset: number, n: number, layer: number, rate: number, rng = RNG): number[] {
  const words = new Uint32Array(4);
  const threshold = Math.trunc(Math.fround(rate) * 2 ** 32);
  const scale = Math.fround(1 / Math.fround(1 - Math.fround(rate)));
  return Array.from({ length: n }, (_, i) => {
    const j = offset + i;
    philox4x32(words, 0, Math.floor(j / 4), layer, rng[2], rng[3], rng[0], rng[1]);
    return words[j % 4] < threshold ? 0 : scale;
  });
}

describe('dropout_mask', () => {
  it.each([0, 1, 3, 4, 5, 17, 33, 100])('is the definition, %i elements at any offset', (n) => {
    for (const offset of [0, 1, 2, 3, 4, 7, 30, 1_000_003]) {
      for (const rate of [0.1, 0.5, 0.83])
        expect(mask(offset, n, 5, rate)).toEqual(reference(offset, n, 5, rate));
    }
  });

  it('gives a part of a mask the bits of the whole', () => {
    const whole = mask(0, 500, 2, 0.3);
    for (const [from, to] of [
      [0, 1],
      [1, 130],
      [3, 36],
      [129, 500],
      [498, 500],
    ])
      expect(mask(from, to - from, 2, 0.3)).toEqual(whole.slice(from, to));
  });

  it('keeps everything at rate 0 and drops everything at rate 1', () => {
    expect(new Set(mask(3, 200, 0, 0))).toEqual(new Set([1]));
    expect(new Set(mask(3, 200, 0, 1))).toEqual(new Set([0]));
  });

  it.each([0.05, 0.5, 0.9])('drops a share of %f, within five standard deviations', (rate) => {
    const n = 200_000;
    const got = mask(1, n, 9, rate);
    const kept = got.filter((m) => m !== 0).length;
    expect(Math.abs(kept - n * (1 - rate))).toBeLessThan(5 * Math.sqrt(n * rate * (1 - rate)));
  });

  it('changes with layer, step and seed, each word of them', () => {
    const base = mask(0, 256, 1, 0.5);
    const others = [
      mask(0, 256, 2, 0.5),
      ...RNG.map((_, i) =>
        mask(
          0,
          256,
          1,
          0.5,
          RNG.map((w, j) => w + Number(i === j)),
        ),
      ),
    ];
    for (const other of others) {
      const equal = base.filter((m, j) => m === other[j]).length;
      expect(equal).toBeGreaterThan(80);
      expect(equal).toBeLessThan(176);
    }
  });
});
