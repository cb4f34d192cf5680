import { describe, expect, it } from 'vitest';
import { CellBench, worstError } from '../harness/cells.js';
import { testData } from '../harness/random.js';
import {
  SCANS,
  type ScanActivation,
  type ScanName,
  scanActivation,
  scanCode,
  scanForward,
  scanGradients,
} from '../harness/reference/scans.js';

/** Largest error of h in units of 2^-24 (test/harness/cells.ts). Measured: 5.57. */
const FORWARD_BOUND = 7;
/** Largest error of dz and dh0, likewise; the reference are differences in f64. Measured: 5.70. */
const BACKWARD_BOUND = 7;

interface ScanCase {
  readonly T: number;
  readonly B: number;
  readonly H: number;
  readonly act?: ScanActivation;
  /** Every third step of a sample does not count, and some samples end early. */
  readonly padded?: boolean;
}

const CASES: ScanCase[] = [
  ...[1, 3, 4, 5, 8, 17, 33].flatMap((H) => [1, 2, 5].map((B) => ({ T: 3, B, H }))),
  { T: 17, B: 3, H: 5 },
  { T: 6, B: 4, H: 17, padded: true },
  { T: 6, B: 3, H: 5, act: 'tanh', padded: true },
  ...(['g', 'tanh', 'relu', 'selu', 'sigmoid', 'softsign'] as const).map((act) => ({
    T: 4,
    B: 2,
    H: 9,
    act,
  })),
];

const KERNELS = {
  minGru: { forward: 'min_gru_forward', backward: 'min_gru_backward' },
  minLstm: { forward: 'min_lstm_forward', backward: 'min_lstm_backward' },
} as const;
const NAMES = Object.keys(KERNELS) as ScanName[];

const gatesOf = (name: ScanName): number => SCANS[name].gates;

function dataOf(name: ScanName, { T, B, H, padded }: ScanCase) {
  return {
    proj: testData(1, T * B * gatesOf(name) * H, -2.5, 3),
    h0: testData(2, B * H),
    valid: padded
      ? Float32Array.from({ length: T * B }, (_, r) => Number(r % 3 !== 1 && r % B <= r / B))
      : null,
    dy: testData(3, T * B * H),
    dhT: testData(4, B * H),
  };
}

type Data = ReturnType<typeof dataOf>;
/** Units from .. from + count of samples first .. first + some. */
interface Share {
  readonly from: number;
  readonly units: number;
  readonly first: number;
  readonly samples: number;
}
const whole = ({ B, H }: ScanCase): Share => ({ from: 0, units: H, first: 0, samples: B });

const bench = new CellBench();

function forward(name: ScanName, test: ScanCase, data: Data, share = whole(test)) {
  const { T, B, H, act = 'linear' } = test;
  const G = gatesOf(name);
  const gates = bench.put(data.proj);
  const h = bench.alloc((T + 1) * B * H);
  bench.kernels.copy(h, bench.put(data.h0), B * H);
  const valid = data.valid ? bench.put(data.valid) : 0;
  const at = 4 * (share.first * H + share.from);
  const atGates = 4 * (share.first * G * H + share.from);
  const atValid = valid ? valid + 4 * share.first : 0;
  const sizes = [T, share.samples, B, share.units, H, scanCode(act)] as const;
  bench.kernels[KERNELS[name].forward](h + 4 * B * H + at, gates + atGates, h + at, atValid, ...sizes);
  bench.check(KERNELS[name].forward);
  return { h, gates, valid };
}

interface Way {
  readonly share?: Share;
  readonly inPlace?: boolean;
  readonly everyStep?: boolean;
}

function backward(
  name: ScanName,
  test: ScanCase,
  data: Data,
  { h, gates, valid }: ReturnType<typeof forward>,
  { share = whole(test), inPlace = false, everyStep = true }: Way = {},
) {
  const { T, B, H, act = 'linear' } = test;
  const G = gatesOf(name);
  const dz = inPlace ? gates : bench.alloc(T * B * G * H);
  const dh = bench.put(data.dhT);
  const dy = everyStep ? bench.put(data.dy) : 0;
  const at = 4 * (share.first * H + share.from);
  const atGates = 4 * (share.first * G * H + share.from);
  const behind = (address: number, bytes: number) => (address ? address + bytes : 0);
  const sizes = [T, share.samples, B, share.units, H, scanCode(act)] as const;
  bench.kernels[KERNELS[name].backward](
    dz + atGates,
    dh + at,
    behind(dy, at),
    gates + atGates,
    h + at,
    behind(valid, 4 * share.first),
    ...sizes,
  );
  bench.check(KERNELS[name].backward);
  return { dz: bench.read(dz, T * B * G * H), dh0: bench.read(dh, B * H) };
}

/** What a share holds of [R, B, G, H]. */
function shareOf(values: Float32Array, { B, H }: ScanCase, G: number, share: Share): number[] {
  return [...values].filter((_, i) => {
    const sample = Math.floor(i / (G * H)) % B;
    const unit = i % H;
    const inUnits = unit >= share.from && unit < share.from + share.units;
    return inUnits && sample >= share.first && sample < share.first + share.samples;
  });
}

describe.each(NAMES)('%s', (name) => {
  const G = gatesOf(name);
  const doubles = (data: Data) => ({
    proj: Float64Array.from(data.proj),
    h0: Float64Array.from(data.h0),
    valid: data.valid ?? undefined,
  });

  it.each(CASES)('forward follows the reference: %o', (test) => {
    const { T, B, H, act = 'linear' } = test;
    const data = dataOf(name, test);
    bench.reset();
    const { h } = forward(name, test, data);
    const want = scanForward(SCANS[name], test, doubles(data), scanActivation(act));
    expect(worstError(bench.read(h, (T + 1) * B * H), want)).toBeLessThanOrEqual(FORWARD_BOUND);
  });

  it.each(CASES)('backward follows differences of the reference: %o', (test) => {
    const { T, B, H, act = 'linear' } = test;
    const data = dataOf(name, test);
    for (const everyStep of [true, false]) {
      bench.reset();
      const got = backward(name, test, data, forward(name, test, data), { everyStep });
      const wide = doubles(data);
      const dy = everyStep ? data.dy : new Float32Array(T * B * H);
      const want = scanGradients(SCANS[name], test, wide, scanActivation(act), dy, data.dhT);
      expect(worstError(got.dz, want.dz)).toBeLessThanOrEqual(BACKWARD_BOUND);
      expect(worstError(got.dh0, want.dh0)).toBeLessThanOrEqual(BACKWARD_BOUND);
    }
  });

  it('one step at a time, in place, gives the bits of the sequence', () => {
    const test: ScanCase = { T: 5, B: 3, H: 17, act: 'g' };
    const { T, B, H } = test;
    const data = dataOf(name, test);
    bench.reset();
    const all = forward(name, test, data);
    const h = bench.put(data.h0);
    const frame = B * G * H;
    for (let t = 0; t < T; t++) {
      const gates = bench.put(data.proj.subarray(t * frame, (t + 1) * frame));
      bench.kernels[KERNELS[name].forward](h, gates, h, 0, 1, B, B, H, H, scanCode('g'));
      expect(bench.read(h, B * H)).toEqual(bench.read(all.h + 4 * (t + 1) * B * H, B * H));
    }
    bench.check('steps');
  });

  it.each([false, true])('a share of samples or units gives the bits of the whole; padded %s', (padded) => {
    const test: ScanCase = { T: 4, B: 7, H: 33, padded };
    const { T, B, H } = test;
    const data = dataOf(name, test);
    const shares = [
      ...[1, 2, 3, 4].map((samples) => ({ from: 0, units: H, first: 3, samples })),
      ...[1, 2, 3, 4, 5, 17].map((units) => ({ from: 16, units, first: 0, samples: B })),
    ];
    for (const share of shares) {
      bench.reset();
      const all = forward(name, test, data);
      const part = forward(name, test, data, share);
      const states = (at: number) => shareOf(bench.read(at, (T + 1) * B * H), test, 1, share);
      expect(states(part.h)).toEqual(states(all.h));
      const want = backward(name, test, data, all);
      const got = backward(name, test, data, all, { share });
      expect(shareOf(got.dz, test, G, share)).toEqual(shareOf(want.dz, test, G, share));
      expect(shareOf(got.dh0, test, 1, share)).toEqual(shareOf(want.dh0, test, 1, share));
    }
  });

  it.each([false, true])('backward in place of the gates gives the same bits; padded %s', (padded) => {
    const test: ScanCase = { T: 4, B: 3, H: 21, act: 'tanh', padded };
    const data = dataOf(name, test);
    bench.reset();
    const saved = forward(name, test, data);
    const apart = backward(name, test, data, saved);
    expect(backward(name, test, data, saved, { inPlace: true })).toEqual(apart);
  });

  it('has the states and gradients of the bare sequence where padding follows', () => {
    const [T, more, H] = [3, 2, 9];
    const bare: ScanCase = { T, B: 1, H };
    const long: ScanCase = { T: T + more, B: 1, H };
    const data = { ...dataOf(name, long), valid: Float32Array.from([1, 1, 1, 0, 0]) };
    data.dy.fill(0, T * H);
    const short = { ...data, valid: null, proj: data.proj.slice(0, T * G * H), dy: data.dy.slice(0, T * H) };
    bench.reset();
    const one = forward(name, bare, short);
    const two = forward(name, long, data);
    const last = bench.read(one.h + 4 * T * H, H);
    for (const t of [T, T + 1, T + more]) expect(bench.read(two.h + 4 * t * H, H)).toEqual(last);
    const want = backward(name, bare, short, one);
    const got = backward(name, long, data, two);
    expect(got.dh0).toEqual(want.dh0);
    expect(got.dz.slice(0, T * G * H)).toEqual(want.dz);
    expect(got.dz.slice(T * G * H)).toEqual(new Float32Array(more * G * H));
  });
});

describe('minLstm with both gates nearly closed', () => {
  it.each([
    [-40, -41],
    [-90, -88],
    [-200, -203],
    [-1e4, -1e4 - 0.5],
    [-31, 3],
    [2, -150],
  ])('keeps their ratio at projections %f and %f', (pf, pi) => {
    bench.reset();
    const h0 = bench.put([0.75]);
    const h = bench.alloc(1);
    const gates = bench.put([pf, pi, -0.5]);
    bench.kernels.min_lstm_forward(h, gates, h0, 0, 1, 1, 1, 1, 1, 0);
    // f / (f + i) = 1 / (1 + i / f), and i / f = e^(pi − pf) (1 + e^pf) / (1 + e^pi)
    const ratio = Math.exp(pi - pf) * ((1 + Math.exp(pf)) / (1 + Math.exp(pi)));
    const want = 0.75 / (1 + ratio) - 0.5 / (1 + 1 / ratio);
    expect(worstError(bench.read(h, 1), [want])).toBeLessThanOrEqual(FORWARD_BOUND);
  });
});
