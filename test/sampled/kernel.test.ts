import { describe, expect, it } from 'vitest';
import { sampledSoftmaxScratch } from '../../src/wasm/scratch.js';
import { scaledDifference } from '../harness/gradient.js';
import { KernelBench } from '../harness/kernels.js';
import { testData, testRandom } from '../harness/random.js';
import { logSum } from '../harness/reference/ctc.js';

const SIZES = [1, 3, 4, 5, 17, 33];
/** Of the largest number compared. */
const BOUND = 5e-6;

const bench = new KernelBench(16);

interface Input {
  readonly R: number;
  readonly I: number;
  readonly V: number;
  readonly S: number;
  readonly h: Float32Array;
  readonly target: Float32Array;
  readonly table: Float32Array;
  readonly bias?: Float32Array;
  readonly weights?: Float32Array;
  readonly scale: number;
  readonly step: number;
}

function draw(seed: number, R: number, I: number, V: number, S: number, full = false): Input {
  const next = testRandom(seed);
  return {
    ...{ R, I, V, S, step: seed, scale: full ? 0.25 : 1 },
    h: testData(seed + 1, R * I),
    target: Float32Array.from({ length: R }, () => Math.floor(next() * V)),
    table: testData(seed + 2, V * I),
    ...(full ? { bias: testData(seed + 3, V), weights: testData(seed + 4, R, 0, 2) } : {}),
  };
}

function run(input: Input) {
  bench.reset();
  const { R, I, V, S, h, target, table, bias, weights, scale, step } = input;
  const rng = bench.alloc(4);
  new Uint32Array(bench.memory.buffer, rng, 4).set([7, 0, step, 0]);
  const [losses, dh] = [bench.alloc(R), bench.alloc(R * I)];
  const [dtable, dbias] = [bench.alloc(V * I, 0), bench.alloc(V, 0)];
  const scratch = bench.alloc(sampledSoftmaxScratch(R, I, V, S));
  bench.kernels.sampled_softmax_loss(
    ...([losses, dh, dtable, bias ? dbias : 0, bench.put(h), bench.put(target), bench.put(table)] as const),
    bias ? bench.put(bias) : 0,
    weights ? bench.put(weights) : 0,
    ...([rng, scratch, R, I, V, S, scale, 3] as const),
  );
  const words = new Int32Array(bench.memory.buffer, scratch, 4 * Math.ceil(S / 4) + 1);
  return {
    classes: [...words.subarray(0, S)],
    tries: words[words.length - 1],
    losses: bench.read(losses, R),
    dh: bench.read(dh, R * I),
    dtable: bench.read(dtable, V * I),
    dbias: bench.read(dbias, V),
  };
}

/** ln of how often class k is among the distinct classes of so many draws. */
function logExpected(k: number, tries: number, V: number): number {
  const p = Math.log((k + 2) / (k + 1)) / Math.log(V + 1);
  return Math.log(-Math.expm1(tries * Math.log1p(-p)));
}

function reference(input: Input, classes: number[], tries: number) {
  const { R, I, V, h, target, table, bias, weights, scale } = input;
  const [dh, dtable, dbias] = [new Float64Array(R * I), new Float64Array(V * I), new Float64Array(V)];
  const losses = Array.from({ length: R }, (_, r) => {
    const y = target[r];
    const among = [y, ...classes.filter((k) => k !== y)];
    const x = among.map((k) => {
      let sum = (bias?.[k] ?? 0) - logExpected(k, tries, V);
      for (let i = 0; i < I; i++) sum += h[r * I + i] * table[k * I + i];
      return sum;
    });
    const whole = logSum(x);
    among.forEach((k, j) => {
      const d = (Math.exp(x[j] - whole) - (j === 0 ? 1 : 0)) * scale * (weights?.[r] ?? 1);
      dbias[k] += d;
      for (let i = 0; i < I; i++) {
        dh[r * I + i] += d * table[k * I + i];
        dtable[k * I + i] += d * h[r * I + i];
      }
    });
    return whole - x[0];
  });
  return { losses, dh, dtable, dbias };
}

describe('sampled_softmax_loss', () => {
  it('agrees with f64 at every size, with bias, weights and scale and without', () => {
    for (const [i, I] of SIZES.entries()) {
      for (const S of SIZES) {
        const R = SIZES[(i + S) % SIZES.length];
        const input = draw(100 * I + S, R, I, S + 1 + 3 * I, S, i % 2 === 1);
        const got = run(input);
        const want = reference(input, got.classes, got.tries);
        const label = `R=${R} I=${I} S=${S}`;
        for (const name of ['losses', 'dh', 'dtable'] as const) {
          expect(scaledDifference(got[name], want[name], 0.1), `${name}, ${label}`).toBeLessThan(BOUND);
        }
        if (input.bias) expect(scaledDifference(got.dbias, want.dbias, 0.1), label).toBeLessThan(BOUND);
      }
    }
  });

  it('has the gradient of its own reference', () => {
    const input = draw(5, 3, 4, 12, 5, true);
    const { classes, tries } = run(input);
    const lossAt = (h: Float32Array): number =>
      reference({ ...input, h }, classes, tries).losses.reduce(
        (sum, l, r) => sum + l * (input.weights?.[r] ?? 1),
        0,
      );
    const { dh } = reference(input, classes, tries);
    dh.forEach((slope, i) => {
      const moved = (by: number) => input.h.map((v, j) => (i === j ? v + by : v));
      const rise = (lossAt(moved(2 ** -8)) - lossAt(moved(-(2 ** -8)))) / 2 ** -7;
      expect(rise * input.scale).toBeCloseTo(slope, 4);
    });
  });

  it('draws distinct classes by the log-uniform distribution, anew for each step and the same for the same', () => {
    const V = 40;
    const counts = new Float64Array(V);
    const steps = 3000;
    for (let step = 0; step < steps; step++) {
      const { classes } = run({ ...draw(1, 1, 1, V, 1), step });
      counts[classes[0]]++;
    }
    for (const k of [0, 1, 4, 20]) {
      const p = Math.log((k + 2) / (k + 1)) / Math.log(V + 1);
      const deviation = Math.sqrt(p * (1 - p) * steps);
      expect(Math.abs(counts[k] - p * steps)).toBeLessThan(4 * deviation);
    }
    expect(counts.every((count) => count > 0)).toBe(true);
    const [first, again, other] = [2, 2, 3].map((step) => run({ ...draw(1, 2, 3, 500, 33), step }).classes);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(new Set(first).size).toBe(33);
    expect(first.every((k) => k >= 0 && k < 500)).toBe(true);
    // All classes but one can be asked for.
    expect(new Set(run(draw(9, 2, 3, 60, 59)).classes).size).toBe(59);
  });
});
