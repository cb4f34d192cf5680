import { describe, expect, it } from 'vitest';
import { crfLossScratch, crfViterbiScratch } from '../../src/wasm/scratch.js';
import { scaledDifference } from '../harness/gradient.js';
import { KernelBench } from '../harness/kernels.js';
import { testData, testRandom } from '../harness/random.js';
import { crfBest, crfByEnumeration, crfLogSum, crfLoss } from '../harness/reference/crf.js';
import type { Rows } from '../harness/reference/ctc.js';

const SIZES = [1, 3, 4, 5, 17, 33];
/** Relative to the larger of the loss and 1. */
const LOSS_BOUND = 1e-6;
/** Of the largest gradient. */
const GRADIENT_BOUND = 5e-6;
/** Reach of a difference. */
const STEP = 1e-5;

const bench = new KernelBench(16);

interface Input {
  readonly T: number;
  readonly B: number;
  readonly N: number;
  readonly u: Float32Array;
  readonly tags: Float32Array;
  readonly chain: Float32Array;
  readonly mask?: Float32Array;
  readonly weights?: Float32Array;
  readonly scale?: number;
}

function draw(seed: number, T: number, B: number, N: number, masked = false): Input {
  const next = testRandom(seed);
  const mask = Float32Array.from({ length: T * B }, () => (next() < 0.3 ? 0 : 1));
  return {
    ...{ T, B, N },
    u: testData(seed + 1, T * B * N, -2, 3),
    tags: Float32Array.from({ length: T * B }, () => Math.floor(next() * N)),
    chain: testData(seed + 2, N * N, -2, 1.5),
    ...(masked ? { mask, weights: testData(seed + 3, B, 0, 2), scale: 0.25 } : {}),
  };
}

function runLoss(input: Input, gradient = true) {
  bench.reset();
  const { T, B, N, u, tags, chain, mask, weights, scale = 1 } = input;
  const [losses, du, dchain] = [B, T * B * N, B * N * N].map((floats) => bench.alloc(floats));
  bench.kernels.crf_loss(
    losses,
    ...((gradient ? [du, dchain] : [0, 0]) as [number, number]),
    bench.put(u),
    bench.put(tags),
    bench.put(chain),
    mask ? bench.put(mask) : 0,
    weights ? bench.put(weights) : 0,
    bench.alloc(crfLossScratch(T, N)),
    ...([T, B, B, N, scale] as const),
  );
  const read = { losses: bench.read(losses, B), du: bench.read(du, T * B * N) };
  return { ...read, dchain: bench.read(dchain, B * N * N) };
}

function runViterbi({ T, B, N, u, chain, mask }: Input): Float32Array {
  bench.reset();
  const y = bench.alloc(T * B * N);
  const places = [y, bench.put(u), bench.put(chain), mask ? bench.put(mask) : 0] as const;
  bench.kernels.crf_viterbi(...places, bench.alloc(crfViterbiScratch(T, N)), T, B, B, N);
  return bench.read(y, T * B * N);
}

const rowsOf = (values: ArrayLike<number>, N: number): number[][] =>
  Array.from({ length: values.length / N }, (_, r) => Array.from({ length: N }, (_, j) => values[r * N + j]));

/** The steps of sample b that count. */
function stepsOf({ T, B, mask }: Input, b: number): number[] {
  return Array.from({ length: T }, (_, t) => t).filter((t) => mask?.[t * B + b] !== 0);
}

/** Every row and element moved up and down. */
function slopes(rows: Rows, loss: (rows: Rows) => number): number[][] {
  return rows.map((row, i) =>
    row.map((_, j) => {
      const moved = (by: number): Rows =>
        rows.map((own, r) => (r === i ? own.map((v, c) => (c === j ? v + by : v)) : own));
      return (loss(moved(STEP)) - loss(moved(-STEP))) / (2 * STEP);
    }),
  );
}

function reference(input: Input) {
  const { T, B, N, u, tags, weights, scale = 1 } = input;
  const chain = rowsOf(input.chain, N);
  const all = rowsOf(u, N);
  const du = Array.from({ length: T * B }, () => Array(N).fill(0));
  const dchain: number[] = [];
  const losses = Array.from({ length: B }, (_, b) => {
    const steps = stepsOf(input, b);
    const own = steps.map((t) => all[t * B + b]);
    const y = steps.map((t) => tags[t * B + b]);
    const g = scale * (weights?.[b] ?? 1);
    slopes(own, (rows) => crfLoss(rows, chain, y)).forEach((row, i) => {
      du[steps[i] * B + b] = row.map((v) => g * v);
    });
    dchain.push(
      ...slopes(chain, (rows) => crfLoss(own, rows, y))
        .flat()
        .map((v) => g * v),
    );
    return crfLoss(own, chain, y);
  });
  return { losses, du: du.flat(), dchain };
}

function compare(input: Input): void {
  const [got, want] = [runLoss(input), reference(input)];
  const label = `T=${input.T} B=${input.B} N=${input.N}`;
  want.losses.forEach((loss, b) => {
    expect(Math.abs(got.losses[b] - loss), label).toBeLessThan(LOSS_BOUND * Math.max(1, loss));
  });
  expect(scaledDifference(got.du, want.du, 0.1), label).toBeLessThan(GRADIENT_BOUND);
  expect(scaledDifference(got.dchain, want.dchain, 0.1), label).toBeLessThan(GRADIENT_BOUND);
}

describe('crf_loss', () => {
  it('has a reference that is the sum over all tags', () => {
    for (const [T, N] of [
      [1, 4],
      [3, 3],
      [5, 2],
      [4, 1],
    ]) {
      const { u, chain } = draw(T, T, 1, N);
      const found = crfByEnumeration(rowsOf(u, N), rowsOf(chain, N));
      expect(crfLogSum(rowsOf(u, N), rowsOf(chain, N))).toBeCloseTo(found.logSum, 12);
      expect(crfBest(rowsOf(u, N), rowsOf(chain, N))).toEqual(found.best);
    }
  });

  it('agrees with f64 and its differences at every number of steps and of tags', () => {
    for (const [i, T] of SIZES.entries()) {
      for (const N of SIZES.slice(0, i < 4 ? 6 : 4)) compare(draw(10 * T + N, T, i < 4 && N < 17 ? 2 : 1, N));
    }
  });

  it('heeds masks anywhere, weights and scale', () => {
    for (const B of SIZES) {
      const input = draw(B, 6, B, 5, true);
      compare(input);
      const { du } = runLoss(input);
      input.mask?.forEach((counts, row) => {
        if (counts === 0) expect([...du.subarray(5 * row, 5 * row + 5)]).toEqual([0, 0, 0, 0, 0]);
      });
    }
    const none = runLoss({ ...draw(1, 4, 1, 3), mask: new Float32Array(4) });
    expect([none.losses[0], ...none.du, ...none.dchain]).toEqual(Array(1 + 12 + 9).fill(0));
  });

  it('gives a sample the same bits alone, in any batch, padded, and without the gradient', () => {
    const [T, B, N] = [9, 5, 6];
    const all = draw(7, T, B, N);
    const batch = runLoss(all);
    expect([...runLoss(all, false).losses]).toEqual([...batch.losses]);
    const tags = runViterbi(all);
    for (let b = 0; b < B; b++) {
      // A step that does not count behind the second, and one at the end.
      const from = [0, 1, -1, 2, 3, 4, 5, 6, 7, 8, -1];
      const own = {
        ...{ T: 11, B: 1, N, chain: all.chain },
        u: Float32Array.from(from.flatMap((t) => (t < 0 ? Array(N).fill(9) : [...rowOf(all.u, t, b)]))),
        tags: Float32Array.from(from, (t) => (t < 0 ? 1 : all.tags[t * B + b])),
        mask: Float32Array.from(from, (t) => (t < 0 ? 0 : 1)),
      };
      const alone = runLoss(own);
      expect(alone.losses[0]).toBe(batch.losses[b]);
      expect([...alone.dchain]).toEqual([...batch.dchain.subarray(b * N * N, (b + 1) * N * N)]);
      const best = runViterbi(own);
      from.forEach((t, i) => {
        const none = Array(N).fill(0);
        expect([...alone.du.subarray(i * N, i * N + N)]).toEqual(t < 0 ? none : [...rowOf(batch.du, t, b)]);
        expect([...best.subarray(i * N, i * N + N)]).toEqual(t < 0 ? none : [...rowOf(tags, t, b)]);
      });
    }

    function rowOf(values: Float32Array, t: number, b: number): Float32Array {
      return values.subarray((t * B + b) * N, (t * B + b + 1) * N);
    }
  });

  it('holds in long sequences, and with tags that may not follow each other', () => {
    const long = draw(3, 2000, 1, 3);
    const want = crfLoss(rowsOf(long.u, 3), rowsOf(long.chain, 3), [...long.tags]);
    expect(Math.abs(runLoss(long).losses[0] / want - 1)).toBeLessThan(LOSS_BOUND);
    // From 0 only to 0, though the second step says 1: all the weight is on ways that are rare up to there.
    const strict = { ...draw(4, 3, 1, 2), chain: Float32Array.of(0, -1e6, 0, 0) };
    const input = { ...strict, u: Float32Array.of(150, 0, 0, 150, 0, 150), tags: Float32Array.of(1, 1, 1) };
    const loss = crfLoss(rowsOf(input.u, 2), rowsOf(input.chain, 2), [1, 1, 1]);
    expect(runLoss(input).losses[0]).toBeCloseTo(loss, 5);
    expect([...runViterbi(input)]).toEqual([0, 1, 0, 1, 0, 1]);
  });
});

describe('crf_viterbi', () => {
  it('finds the best tags of all at every size', () => {
    for (const T of SIZES) {
      for (const N of SIZES) {
        const input = draw(T + 100 * N, T, 3, N, T % 2 === 1);
        const y = runViterbi(input);
        for (let b = 0; b < 3; b++) {
          const steps = stepsOf(input, b);
          const u = steps.map((t) => rowsOf(input.u, N)[t * 3 + b]);
          const found = steps.map((t) => rowsOf(y, N)[t * 3 + b].indexOf(1));
          expect(found).toEqual(crfBest(u, rowsOf(input.chain, N)));
        }
        const ones = y.reduce((sum, v) => sum + v, 0);
        expect(ones).toBe(input.mask ? input.mask.reduce((sum, v) => sum + v, 0) : 3 * T);
      }
    }
  });

  it('takes the tags of smaller numbers of equals', () => {
    const input = { ...draw(1, 3, 1, 5), u: new Float32Array(15), chain: new Float32Array(25) };
    expect(rowsOf(runViterbi(input), 5).map((row) => row.indexOf(1))).toEqual([0, 0, 0]);
  });
});
