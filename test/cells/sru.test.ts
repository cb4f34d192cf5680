import { describe, expect, it } from 'vitest';
import { CellBench, worstError } from '../harness/cells.js';
import { testData } from '../harness/random.js';
import { type CellActivationName, cellActivations } from '../harness/reference/cell_activations.js';
import { projectionSlopes, sruForward, unitLosses, unitSlopes } from '../harness/reference/scans.js';

/** Largest error of h and c in units of 2^-24 (test/harness/cells.ts). Measured: 5.45. */
const FORWARD_BOUND = 7;
/** Largest error of dz, dx, dh0 and dc0, likewise; the reference are differences in f64. Measured: 3.81. */
const BACKWARD_BOUND = 6;

interface SruCase {
  readonly T: number;
  readonly B: number;
  readonly H: number;
  readonly act?: CellActivationName;
  /** The input itself passes to the output. */
  readonly highway?: boolean;
  readonly peephole?: boolean;
  /** Some steps do not count. */
  readonly padded?: boolean;
}

const FORMS = [
  { highway: true, peephole: true },
  { highway: false, peephole: true },
  { highway: true, peephole: false },
];
const CASES: SruCase[] = [
  ...[1, 3, 4, 5, 8, 17, 33].flatMap((H) => FORMS.map((form, i) => ({ T: 3, B: i + 1, H, ...form }))),
  ...FORMS.map((form) => ({ T: 6, B: 4, H: 17, padded: true, ...form })),
  ...(['tanh', 'relu', 'selu', 'sigmoid'] as const).map((act) => ({ T: 4, B: 2, H: 9, act, ...FORMS[1] })),
  { T: 6, B: 3, H: 5, act: 'tanh', padded: true, ...FORMS[0] },
];

const gatesOf = ({ highway }: SruCase): number => (highway ? 3 : 4);

function dataOf(test: SruCase) {
  const { T, B, H, highway, peephole, padded } = test;
  return {
    proj: testData(1, T * B * gatesOf(test) * H, -2, 2.5),
    x: highway ? testData(2, T * B * H) : null,
    v: peephole ? testData(3, 2 * H) : null,
    h0: testData(4, B * H),
    c0: testData(5, B * H),
    valid: padded ? Float32Array.from({ length: T * B }, (_, r) => Number(r % 3 !== 1)) : null,
    dy: testData(6, T * B * H),
    dhT: testData(7, B * H),
    dcT: testData(8, B * H),
  };
}
type Data = ReturnType<typeof dataOf>;

/** Units from .. from + units of samples first .. first + samples. */
interface Share {
  readonly from: number;
  readonly units: number;
  readonly first: number;
  readonly samples: number;
}
const whole = ({ B, H }: SruCase): Share => ({ from: 0, units: H, first: 0, samples: B });

const bench = new CellBench();
const behind = (address: number, floats: number) => (address ? address + 4 * floats : 0);
const put = (values: ArrayLike<number> | null) => (values ? bench.put(values) : 0);

function sizesOf({ T, B, H, act = 'linear' }: SruCase, share: Share) {
  return [T, share.samples, B, share.units, H, cellActivations[act].code] as const;
}

function forward(test: SruCase, data: Data, share = whole(test)) {
  const { T, B, H } = test;
  const [gates, x, v, valid] = [data.proj, data.x, data.v, data.valid].map(put);
  const [h, c] = [data.h0, data.c0].map((start) => {
    const slots = bench.alloc((T + 1) * B * H);
    bench.kernels.copy(slots, bench.put(start), B * H);
    return slots;
  });
  const unit = share.first * H + share.from;
  bench.kernels.sru_forward(
    behind(h, B * H + unit),
    behind(c, B * H + unit),
    behind(gates, share.first * gatesOf(test) * H + share.from),
    behind(x, unit),
    behind(v, share.from),
    behind(h, unit),
    behind(c, unit),
    behind(valid, share.first),
    ...sizesOf(test, share),
  );
  bench.check('sru_forward');
  return { h, c, gates, x, v, valid };
}

interface Way {
  readonly share?: Share;
  readonly inPlace?: boolean;
  readonly everyStep?: boolean;
}

function backward(
  test: SruCase,
  data: Data,
  { c, gates, x, v, valid }: ReturnType<typeof forward>,
  { share = whole(test), inPlace = false, everyStep = true }: Way = {},
) {
  const { T, B, H } = test;
  const wide = gatesOf(test) * H;
  const dz = inPlace ? gates : bench.alloc(T * B * wide);
  const dx = x ? bench.alloc(T * B * H) : 0;
  const [dh, dc] = [data.dhT, data.dcT].map(put);
  const dy = everyStep ? bench.put(data.dy) : 0;
  const unit = share.first * H + share.from;
  bench.kernels.sru_backward(
    behind(dz, share.first * wide + share.from),
    ...([dx, dh, dc, dy].map((address) => behind(address, unit)) as [number, number, number, number]),
    behind(gates, share.first * wide + share.from),
    behind(x, unit),
    behind(v, share.from),
    behind(c, unit),
    behind(valid, share.first),
    ...sizesOf(test, share),
  );
  bench.check('sru_backward');
  return {
    dz: bench.read(dz, T * B * wide),
    dx: dx ? bench.read(dx, T * B * H) : null,
    dh0: bench.read(dh, B * H),
    dc0: bench.read(dc, B * H),
  };
}

/** What a share holds of [R, B, G, H]. */
function shareOf(values: ArrayLike<number> | null, { B, H }: SruCase, G: number, share: Share): number[] {
  return Array.from(values ?? []).filter((_, i) => {
    const sample = Math.floor(i / (G * H)) % B;
    const unit = i % H;
    const inUnits = unit >= share.from && unit < share.from + share.units;
    return inUnits && sample >= share.first && sample < share.first + share.samples;
  });
}

function doubles(data: Data) {
  return {
    proj: Float64Array.from(data.proj),
    x: data.x && Float64Array.from(data.x),
    v: data.v && Float64Array.from(data.v),
    h0: Float64Array.from(data.h0),
    c0: Float64Array.from(data.c0),
    valid: data.valid ?? undefined,
  };
}

describe('sru', () => {
  it.each(CASES)('forward follows the reference: %o', (test) => {
    const data = dataOf(test);
    bench.reset();
    const { h, c } = forward(test, data);
    const want = sruForward(test, doubles(data), cellActivations[test.act ?? 'linear'].f);
    expect(worstError(bench.read(h, want.h.length), want.h)).toBeLessThanOrEqual(FORWARD_BOUND);
    expect(worstError(bench.read(c, want.c.length), want.c)).toBeLessThanOrEqual(FORWARD_BOUND);
  });

  it.each(CASES)('backward follows differences of the reference: %o', (test) => {
    const { T, B, H } = test;
    const n = B * H;
    const data = dataOf(test);
    for (const everyStep of [true, false]) {
      bench.reset();
      const got = backward(test, data, forward(test, data), { everyStep });
      const wide = doubles(data);
      const dy = everyStep ? data.dy : new Float32Array(T * n);
      const losses = () => {
        const { h, c } = sruForward(test, wide, cellActivations[test.act ?? 'linear'].f);
        return unitLosses(h, dy, data.dhT).map((loss, e) => loss + data.dcT[e] * c[T * n + e]);
      };
      const want = projectionSlopes(test, gatesOf(test), losses, wide.proj);
      expect(worstError(got.dz, want), 'dz').toBeLessThanOrEqual(BACKWARD_BOUND);
      for (const [values, found] of [
        [wide.h0, got.dh0],
        [wide.c0, got.dc0],
      ]) {
        const slopes = new Float64Array(n);
        unitSlopes(n, losses, values as Float64Array, (e) => e, slopes);
        expect(worstError(found, slopes)).toBeLessThanOrEqual(BACKWARD_BOUND);
      }
      if (wide.x === null || got.dx === null) continue;
      const dx = new Float64Array(T * n);
      for (let t = 0; t < T; t++) unitSlopes(n, losses, wide.x, (e) => t * n + e, dx);
      expect(worstError(got.dx, dx), 'dx').toBeLessThanOrEqual(BACKWARD_BOUND);
    }
  });

  it.each(FORMS)('one step at a time, in place, gives the bits of the sequence: %o', (form) => {
    const test: SruCase = { T: 5, B: 3, H: 17, ...form };
    const { T, B, H } = test;
    const data = dataOf(test);
    bench.reset();
    const all = forward(test, data);
    const [h, c, v] = [data.h0, data.c0, data.v].map(put);
    const frame = B * gatesOf(test) * H;
    for (let t = 0; t < T; t++) {
      const gates = bench.put(data.proj.subarray(t * frame, (t + 1) * frame));
      const x = behind(all.x, t * B * H);
      bench.kernels.sru_forward(h, c, gates, x, v, h, c, 0, 1, B, B, H, H, cellActivations.linear.code);
      for (const [one, sequence] of [
        [h, all.h],
        [c, all.c],
      ]) {
        expect(bench.read(one, B * H)).toEqual(bench.read(behind(sequence, (t + 1) * B * H), B * H));
      }
    }
    bench.check('steps');
  });

  it.each(FORMS.flatMap((form) => [false, true].map((padded) => ({ padded, ...form }))))(
    'a share of samples or units gives the bits of the whole: %o',
    (form) => {
      const test: SruCase = { T: 4, B: 7, H: 33, ...form };
      const { T, B, H } = test;
      const data = dataOf(test);
      const shares = [
        ...[1, 2, 4].map((samples) => ({ from: 0, units: H, first: 3, samples })),
        ...[1, 3, 4, 17].map((units) => ({ from: 16, units, first: 0, samples: B })),
      ];
      for (const share of shares) {
        bench.reset();
        const all = forward(test, data);
        const part = forward(test, data, share);
        const states = (at: number) => shareOf(bench.read(at, (T + 1) * B * H), test, 1, share);
        expect([states(part.h), states(part.c)]).toEqual([states(all.h), states(all.c)]);
        const want = backward(test, data, all);
        const got = backward(test, data, all, { share });
        expect(shareOf(got.dz, test, gatesOf(test), share)).toEqual(
          shareOf(want.dz, test, gatesOf(test), share),
        );
        for (const name of ['dx', 'dh0', 'dc0'] as const) {
          expect(shareOf(got[name], test, 1, share), name).toEqual(shareOf(want[name], test, 1, share));
        }
      }
    },
  );

  it.each(FORMS)('backward in place of the gates gives the same bits: %o', (form) => {
    const test: SruCase = { T: 4, B: 3, H: 21, act: 'tanh', padded: true, ...form };
    const data = dataOf(test);
    bench.reset();
    const saved = forward(test, data);
    const apart = backward(test, data, saved);
    expect(backward(test, data, saved, { inPlace: true })).toEqual(apart);
  });
});
