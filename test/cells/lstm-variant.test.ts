import { describe, expect, it } from 'vitest';
import { lstmVariantBackwardScratch, lstmVariantStepScratch } from '../../src/wasm/scratch.js';
import { CellBench, worstError } from '../harness/cells.js';
import { testData } from '../harness/random.js';
import { type CellActivationName, cellActivations } from '../harness/reference/cell_activations.js';
import { lstmVariantStep, normalized } from '../harness/reference/lstm_variant.js';
import type { Weights } from '../harness/reference/network.js';

/** Largest error of h and c in units of 2^-24 (test/harness/cells.ts). Measured: 4.81. */
const FORWARD_BOUND = 8;
/** The same where a row is normalised, which divides errors by its deviation. Measured: 14.3. */
const NORM_BOUND = 24;
/** Largest error of a normalised row, likewise, 3000 from zero as well. Measured: 2.98. */
const ROW_BOUND = 5;

const EPSILON = 1e-3;

interface Case {
  readonly T: number;
  readonly B: number;
  readonly I: number;
  readonly H: number;
  /** Size of the output; H without projection. */
  readonly P: number;
  readonly G: 3 | 4;
  readonly peephole?: boolean;
  readonly norm?: boolean;
  readonly clip?: number;
  readonly mask?: boolean;
  readonly act?: CellActivationName;
  readonly ract?: CellActivationName;
}

/** Every batch with a tile of its own, every tail of units, each variant alone and all of them. */
const CASES: readonly Case[] = [
  ...[1, 3, 4, 5, 8, 17, 33].flatMap((H) => [
    { T: 3, B: 2, I: 5, H, P: H, G: 4 as const, peephole: true },
    { T: 3, B: 2, I: 5, H, P: Math.ceil(H / 2) + 1, G: 3 as const, peephole: true, clip: 0.5, mask: true },
    { T: 3, B: 2, I: 5, H, P: H, G: 4 as const, norm: true, peephole: H === 5 },
  ]),
  ...[1, 4, 5, 6, 7, 17].map((B) => ({
    T: 4,
    B,
    I: 3,
    H: 9,
    P: 5,
    G: 4 as const,
    peephole: true,
    clip: 0.4,
  })),
  ...[1, 6, 17].map((B) => ({ T: 4, B, I: 3, H: 9, P: 9, G: 3 as const, norm: true, mask: true })),
  ...(['linear', 'relu', 'selu', 'sigmoid', 'softsign', 'softplus'] as const).map((act) => ({
    ...{ T: 4, B: 2, I: 4, H: 9, P: 4, G: 4 as const, peephole: true, act },
    ract: 'hardSigmoid' as const,
  })),
];

const codesOf = ({ act = 'tanh', ract = 'sigmoid' }: Case): [number, number] => [
  cellActivations[act].code,
  cellActivations[ract].code,
];

function dataOf({ T, B, I, H, P, G, peephole, norm, mask }: Case) {
  const N = G * H;
  const near1 = (seed: number, n: number) => testData(seed, n, 0.6, 1.5);
  return {
    x: testData(1, T * B * I),
    kernel: testData(2, I * N, -0.5, 0.6),
    recurrentKernel: testData(3, P * N, -1 / Math.sqrt(P), 1.1 / Math.sqrt(P)),
    bias: testData(4, N, -0.4, 0.6),
    h0: testData(5, B * P),
    c0: testData(6, B * H, -1.5, 1.2),
    rmask: mask ? testData(7, B * P).map((v) => (v > 0.2 ? 1.5 : 0)) : null,
    peepholeKernel: peephole ? testData(8, (G - 1) * H, -0.9, 0.7) : null,
    projectionKernel: P === H ? null : testData(9, H * P, -0.8, 0.9),
    gains: norm ? [near1(10, N), near1(11, N), near1(12, H), testData(13, H)] : null,
  };
}

type Data = ReturnType<typeof dataOf>;

/** h and c of every step by the f64 equations; z has the projections of x, which may be normalised. */
function reference(test: Case, data: Data, valid: Float32Array | null): { h: number[]; c: number[] } {
  const { T, B, H, P, I } = test;
  const wide = (values: ArrayLike<number> | null | undefined) =>
    values === null || values === undefined ? undefined : Float64Array.from(values);
  const [kernelGamma, recurrentGamma, cellGamma, cellBeta] = (data.gains ?? []).map(wide);
  const given = {
    ...{ kernel: data.kernel, recurrentKernel: data.recurrentKernel, bias: data.bias },
    ...{ peepholeKernel: data.peepholeKernel, projectionKernel: data.projectionKernel },
  };
  const weights = Object.fromEntries(Object.entries(given).map(([name, w]) => [name, wide(w)]));
  const all = { ...weights, kernelGamma, recurrentGamma, cellGamma, cellBeta } as unknown as Weights;
  const config = { units: H, coupled: test.G === 3, cellClip: test.clip ?? null, projection: null };
  const functions = [
    cellActivations[test.act ?? 'tanh'].f,
    cellActivations[test.ract ?? 'sigmoid'].f,
  ] as const;
  const [h, c] = [Array.from(data.h0), Array.from(data.c0)];
  for (let t = 0; t < T; t++) {
    for (let b = 0; b < B; b++) {
      const before = [
        h.slice((t * B + b) * P, (t * B + b + 1) * P),
        c.slice((t * B + b) * H, (t * B + b + 1) * H),
      ];
      const masked = before[0].map((v, j) => v * (data.rmask?.[b * P + j] ?? 1));
      const frame = data.x.slice((t * B + b) * I, (t * B + b + 1) * I);
      const counts = valid === null || valid[t * B + b] !== 0;
      const next = counts ? lstmVariantStep(config, functions, all, frame, [masked, before[1]]) : before;
      h.push(...next[0]);
      c.push(...next[1]);
    }
  }
  return { h, c };
}

describe('lstm_variant', () => {
  const bench = new CellBench();

  function forward(test: Case, data: Data, valid: Float32Array | null = null) {
    const { T, B, I, H, P, G, clip = 0 } = test;
    const { kernels: k } = bench;
    const [N, rows] = [G * H, T * B];
    const put = (values: ArrayLike<number> | null) => (values === null ? 0 : bench.put(values));
    const norm = (floats: number) => (data.gains === null ? 0 : bench.alloc(floats));
    const gains = (data.gains ?? [null, null, null, null]).map(put);
    const [kgain, rgain, cgain, cbias] = gains;
    const at = {
      ...{ kgain, rgain, cgain, cbias, h: bench.alloc((T + 1) * B * P), c: bench.alloc((T + 1) * B * H) },
      ...{ gates: bench.alloc(rows * N), m: P === H ? 0 : bench.alloc(rows * H) },
      ...{ rhat: norm(rows * N), chat: norm(rows * H), inv: norm(rows * 2), bias: bench.put(data.bias) },
      ...{ w: bench.pack(data.kernel, I, N, G), u: bench.pack(data.recurrentKernel, P, N, G) },
      ...{ p: put(data.peepholeKernel), rmask: put(data.rmask), valid: put(valid), x: bench.put(data.x) },
      v: data.projectionKernel === null ? 0 : bench.pack(data.projectionKernel, H, P, 1),
      hm: data.rmask === null ? 0 : bench.alloc(rows * P),
    };
    k.copy(at.h, bench.put(data.h0), B * P);
    k.copy(at.c, bench.put(data.c0), B * H);
    if (data.gains === null) k.gemm(at.gates, at.x, at.w, at.bias, rows, N, I, G, I, N, 0);
    else {
      const [hat, inv] = [bench.alloc(rows * N), bench.alloc(rows)];
      k.gemm(hat, at.x, at.w, 0, rows, N, I, G, I, N, 0);
      k.norm_rows(at.gates, hat, inv, kgain, at.bias, rows, N, N, 1, 0, EPSILON);
    }
    const saved = [at.h, at.c, at.gates, at.m, at.rhat, at.chat, at.inv] as const;
    const weights = [at.u, at.p, at.v, rgain, cgain, cbias, at.rmask, at.valid, at.hm] as const;
    k.lstm_variant_forward(...saved, ...weights, T, B, B, H, P, G, ...codesOf(test), clip, EPSILON);
    bench.check('lstm_variant_forward');
    return at;
  }

  it.each(CASES)('forward follows the reference: %o', (test) => {
    const { T, B, H, P } = test;
    const data = dataOf(test);
    const some = testData(14, T * B).map((v, i) => (v > -0.3 && i > 0 ? 1 : 0));
    for (const valid of [null, some]) {
      bench.reset();
      const at = forward(test, data, valid);
      const want = reference(test, data, valid);
      const bound = test.norm ? NORM_BOUND : FORWARD_BOUND;
      expect(worstError(bench.read(at.h, (T + 1) * B * P), want.h), 'h').toBeLessThanOrEqual(bound);
      expect(worstError(bench.read(at.c, (T + 1) * B * H), want.c), 'c').toBeLessThanOrEqual(bound);
      if (test.clip !== undefined) {
        const cells = bench
          .read(at.c + 4 * B * H, T * B * H)
          .filter((_, i) => valid === null || valid[Math.floor(i / H)]);
        expect(Math.max(...cells.map(Math.abs))).toBeLessThanOrEqual(Math.fround(test.clip));
      }
    }
  });

  it.each(CASES.filter((test) => !test.mask))('steps give the bits of the sequence: %o', (test) => {
    const { T, B, I, H, P, G, clip = 0 } = test;
    const data = dataOf(test);
    bench.reset();
    const at = forward(test, data);
    const [h, c] = [bench.put(data.h0), bench.put(data.c0)];
    const scratch = bench.alloc(lstmVariantStepScratch(B, H, G));
    const weights = [
      at.w,
      at.u,
      at.bias,
      at.p,
      at.v,
      at.kgain,
      at.rgain,
      at.cgain,
      at.cbias,
      scratch,
    ] as const;
    for (let t = 0; t < T; t++) {
      const x = at.x + 4 * t * B * I;
      bench.kernels.lstm_variant_step(h, c, x, ...weights, B, I, H, P, G, ...codesOf(test), clip, EPSILON);
      expect(bench.read(h, B * P)).toEqual(bench.read(at.h + 4 * (t + 1) * B * P, B * P));
      expect(bench.read(c, B * H)).toEqual(bench.read(at.c + 4 * (t + 1) * B * H, B * H));
    }
    bench.check('lstm_variant_step');
  });

  it.each(CASES)('backward in place gives the bits of backward apart: %o', (test) => {
    const { T, B, H, P, G, clip = 0 } = test;
    const data = dataOf(test);
    const [N, rows] = [G * H, T * B];
    const run = (inPlace: boolean) => {
      bench.reset();
      const at = forward(test, data);
      const norm = (floats: number) => (data.gains === null ? 0 : bench.alloc(floats));
      const dz = inPlace ? at.gates : bench.alloc(rows * N);
      const [dh, dc] = [bench.put(testData(15, B * P)), bench.put(testData(16, B * H))];
      const dhs = at.v === 0 ? 0 : bench.alloc(rows * P);
      const [e, dn] = [norm(rows * N), norm(rows * H)];
      const ut = bench.packTranspose(data.recurrentKernel, P, N);
      const vt = data.projectionKernel === null ? 0 : bench.packTranspose(data.projectionKernel, H, P);
      const scratch = bench.alloc(lstmVariantBackwardScratch(B, H, P));
      const saved = [bench.put(testData(17, rows * P)), at.gates, at.c, at.rhat, at.chat, at.inv] as const;
      const weights = [ut, at.p, vt, at.rgain, at.cgain, at.cbias, at.rmask, 0, scratch] as const;
      const sizes = [T, B, B, H, P, G, ...codesOf(test), clip] as const;
      bench.kernels.lstm_variant_backward(dz, dh, dc, dhs, e, dn, ...saved, ...weights, ...sizes);
      bench.check('lstm_variant_backward');
      const filled = [bench.read(dz, rows * N), bench.read(dh, B * P), bench.read(dc, B * H)];
      return [...filled, ...(dhs === 0 ? [] : [bench.read(dhs, rows * P)])];
    };
    const apart = run(false);
    expect(apart.every((values) => values.every(Number.isFinite))).toBe(true);
    expect(run(true)).toEqual(apart);
  });
});

describe('norm_rows', () => {
  const bench = new CellBench(4);

  it.each([1, 3, 4, 5, 17, 33])(
    '%i values a row: as the reference, far from zero as well, in strided rows',
    (D) => {
      for (const [offset, accumulate] of [
        [0, 0],
        [3000, 0],
        [0, 1],
      ]) {
        bench.reset();
        const [R, ldy] = [5, D + 3];
        const x = testData(D, R * D).map((v) => v + offset);
        const [gain, bias, before] = [testData(2, D, 0.5, 1.5), testData(3, D), testData(4, R * ldy)];
        const [y, hat, inv] = [bench.put(before), bench.put(x), bench.alloc(2 * R)];
        bench.kernels.norm_rows(
          y,
          hat,
          inv,
          bench.put(gain),
          bench.put(bias),
          R,
          D,
          ldy,
          2,
          accumulate,
          EPSILON,
        );
        bench.check('norm_rows');
        const got = bench.read(y, R * ldy);
        for (let r = 0; r < R; r++) {
          const row = Array.from(x.subarray(r * D, (r + 1) * D));
          const base = accumulate ? before.subarray(r * ldy) : bias;
          const want = normalized(row, Float64Array.from(gain)).map((v, j) => v + base[j]);
          expect(worstError(got.subarray(r * ldy, r * ldy + D), want)).toBeLessThanOrEqual(ROW_BOUND);
          expect(got.subarray(r * ldy + D, (r + 1) * ldy)).toEqual(
            before.subarray(r * ldy + D, (r + 1) * ldy),
          );
        }
      }
    },
  );
});
