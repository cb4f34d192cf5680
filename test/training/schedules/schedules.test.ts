import { describe, expect, it } from 'vitest';
import { ALL_NAMES } from '../../../src/training/named/names.js';
import { scheduleFrom } from '../../../src/training/names.js';
import {
  cosineDecay,
  cosineDecayRestarts,
  exponentialDecay,
  inverseTimeDecay,
  learningRateFrom,
  piecewiseConstantDecay,
  polynomialDecay,
  type Schedule,
} from '../../../src/training/schedules/index.js';

/** Against values worked out by hand from the formulas, relative. Measured: 4.5e-16. */
const SCHEDULE_MAX_RELATIVE_ERROR = 1e-15;

/** Expects rate(step) for each pair. */
function follows(schedule: Schedule, pairs: readonly (readonly [number, number])[]): void {
  for (const [step, want] of pairs) {
    const error = Math.abs(schedule.at(step) - want);
    expect(error, `${schedule.name} at ${step}: ${schedule.at(step)}, want ${want}`).toBeLessThanOrEqual(
      SCHEDULE_MAX_RELATIVE_ERROR * Math.max(want, 1e-3),
    );
  }
}

describe('exponentialDecay', () => {
  const options = { initialLearningRate: 0.8, decaySteps: 10, decayRate: 0.25 };

  it('multiplies by decayRate every decaySteps', () => {
    const pairs = [
      [0, 0.8],
      [5, 0.4],
      [10, 0.2],
      [15, 0.1],
      [40, 0.003125],
    ] as const;
    follows(exponentialDecay(options), pairs);
  });

  it('goes down by stairs', () => {
    const pairs = [
      [0, 0.8],
      [9, 0.8],
      [10, 0.2],
      [19, 0.2],
      [20, 0.05],
    ] as const;
    follows(exponentialDecay({ ...options, staircase: true }), pairs);
  });
});

describe('inverseTimeDecay', () => {
  const options = { initialLearningRate: 0.6, decaySteps: 4, decayRate: 2 };

  it('divides by 1 + decayRate · step / decaySteps', () => {
    const pairs = [
      [0, 0.6],
      [1, 0.4],
      [2, 0.3],
      [4, 0.2],
      [10, 0.1],
    ] as const;
    follows(inverseTimeDecay(options), pairs);
  });

  it('goes down by stairs', () => {
    const pairs = [
      [3, 0.6],
      [4, 0.2],
      [7, 0.2],
      [8, 0.12],
    ] as const;
    follows(inverseTimeDecay({ ...options, staircase: true }), pairs);
  });
});

describe('piecewiseConstantDecay', () => {
  it('keeps a value up to its boundary, the boundary included', () => {
    const schedule = piecewiseConstantDecay({ boundaries: [3, 5, 9], values: [1, 0.5, 0.1, 0.01] });
    expect([0, 3, 4, 5, 6, 9, 10, 1000].map((step) => schedule.at(step))).toEqual([
      1, 1, 0.5, 0.5, 0.1, 0.1, 0.01, 0.01,
    ]);
    expect(piecewiseConstantDecay({ boundaries: [], values: [0.2] }).at(7)).toBe(0.2);
  });
});

describe('polynomialDecay', () => {
  it('falls in a straight line by default, then stays', () => {
    const schedule = polynomialDecay({ initialLearningRate: 1, decaySteps: 8, endLearningRate: 0.2 });
    const pairs = [
      [0, 1],
      [2, 0.8],
      [4, 0.6],
      [8, 0.2],
      [9, 0.2],
    ] as const;
    follows(schedule, pairs);
  });

  it('takes a power', () => {
    const root = polynomialDecay({ initialLearningRate: 1, decaySteps: 16, endLearningRate: 0, power: 0.5 });
    const pairs = [
      [0, 1],
      [7, 0.75],
      [12, 0.5],
      [15, 0.25],
      [16, 0],
    ] as const;
    follows(root, pairs);
    const cube = polynomialDecay({ initialLearningRate: 1, decaySteps: 10, power: 3 });
    follows(cube, [[5, 0.9999 * 0.125 + 1e-4]]);
  });

  it('cycles over multiples of decaySteps', () => {
    const schedule = polynomialDecay({
      initialLearningRate: 1,
      decaySteps: 10,
      endLearningRate: 0,
      cycle: true,
    });
    const pairs = [
      [0, 1],
      [5, 0.5],
      [10, 0],
      [11, 0.45],
      [15, 0.25],
      [20, 0],
      [21, 0.3],
    ] as const;
    follows(schedule, pairs);
  });
});

describe('cosineDecay', () => {
  it('falls along a cosine to alpha', () => {
    const schedule = cosineDecay({ initialLearningRate: 2, decaySteps: 12, alpha: 0.1 });
    const pairs = [
      [0, 2],
      [4, 2 * (0.9 * 0.75 + 0.1)],
      [6, 1.1],
      [8, 2 * (0.9 * 0.25 + 0.1)],
      [9, 2 * (0.9 * 0.5 * (1 - Math.SQRT1_2) + 0.1)],
      [12, 0.2],
      [500, 0.2],
    ] as const;
    follows(schedule, pairs);
  });

  it('warms up first', () => {
    const schedule = cosineDecay({
      initialLearningRate: 0.1,
      decaySteps: 6,
      warmupTarget: 0.5,
      warmupSteps: 4,
    });
    const pairs = [
      [0, 0.1],
      [1, 0.2],
      [3, 0.4],
      [4, 0.5],
      [6, 0.375],
      [7, 0.25],
      [8, 0.125],
      [10, 0],
      [11, 0],
    ] as const;
    follows(schedule, pairs);
  });
});

describe('cosineDecayRestarts', () => {
  it('starts again after periods that double', () => {
    const schedule = cosineDecayRestarts({ initialLearningRate: 1, firstDecaySteps: 6 });
    const pairs = [
      [0, 1],
      [2, 0.75],
      [3, 0.5],
      [6, 1],
      [10, 0.75],
      [12, 0.5],
      [18, 1],
      [30, 0.5],
      [42, 1],
      [90, 1],
    ] as const;
    follows(schedule, pairs);
  });

  it('lowers each start by mMul and ends at alpha', () => {
    const schedule = cosineDecayRestarts({
      initialLearningRate: 2,
      firstDecaySteps: 4,
      tMul: 1,
      mMul: 0.5,
      alpha: 0.2,
    });
    const pairs = [
      [0, 2],
      [2, 2 * (0.8 * 0.5 + 0.2)],
      [4, 2 * (0.8 * 0.5 + 0.2)],
      [6, 2 * (0.8 * 0.25 + 0.2)],
      [8, 2 * (0.8 * 0.25 + 0.2)],
    ] as const;
    follows(schedule, pairs);
  });

  it.each([1.1, 1.5, 2, 3, 7])('finds the period of every step for tMul %f', (tMul) => {
    const schedule = cosineDecayRestarts({ initialLearningRate: 1, firstDecaySteps: 7, tMul, mMul: 0.9 });
    let start = 0;
    let length = 7;
    let top = 1;
    for (let step = 0; step < 5000; step++) {
      if (step >= start + length * (1 - 1e-12)) {
        start += length;
        length *= tMul;
        top *= 0.9;
      }
      const want = top * 0.5 * (1 + Math.cos((Math.PI * (step - start)) / length));
      expect(Math.abs(schedule.at(step) - want)).toBeLessThan(1e-11);
    }
  });
});

const ALL: Schedule[] = [
  exponentialDecay({ initialLearningRate: 0.3, decaySteps: 7, decayRate: 0.9 }),
  inverseTimeDecay({ initialLearningRate: 0.3, decaySteps: 7, decayRate: 0.9, staircase: true }),
  piecewiseConstantDecay({ boundaries: [2, 8], values: [3, 2, 1] }),
  polynomialDecay({ initialLearningRate: 0.3, decaySteps: 7, power: 1.7, cycle: true }),
  cosineDecay({ initialLearningRate: 0.3, decaySteps: 7, warmupTarget: 1, warmupSteps: 3, alpha: 0.1 }),
  cosineDecayRestarts({ initialLearningRate: 0.3, firstDecaySteps: 3, tMul: 1.5, mMul: 0.8, alpha: 0.1 }),
];

describe('files', () => {
  it.each(ALL)('hold $name', (schedule) => {
    const { name, config } = schedule;
    const again = scheduleFrom(ALL_NAMES, JSON.parse(JSON.stringify({ name, config })));
    expect(again.config).toEqual(config);
    for (let step = 0; step < 30; step++) expect(again.at(step)).toBe(schedule.at(step));
  });

  it('name the nearest schedule', () => {
    expect(() => scheduleFrom(ALL_NAMES, { name: 'cosineDekay', config: {} })).toThrow(
      "learningRate: unknown schedule 'cosineDekay'; did you mean 'cosineDecay'?",
    );
    expect(() => scheduleFrom(ALL_NAMES, { name: 'toString', config: {} })).toThrow('unknown schedule');
  });
});

it('gives the same bits everywhere', () => {
  const bits = new DataView(new ArrayBuffer(8));
  let hash = 0x811c9dc5;
  for (const schedule of ALL) {
    for (let step = 0; step < 400; step++) {
      bits.setFloat64(0, schedule.at(step));
      for (let i = 0; i < 8; i++) hash = Math.imul(hash ^ bits.getUint8(i), 0x01000193) >>> 0;
    }
  }
  expect(hash.toString(16)).toBe('72480af7');
});

describe('options', () => {
  it('may be a schedule of the user', () => {
    const mine: Schedule = { name: 'mine', config: {}, at: (step) => 1 / (1 + step) };
    expect(learningRateFrom('adam', mine)).toBe(mine);
  });

  it.each([
    [
      () => exponentialDecay({ initialLearningRate: 1, decaySteps: 0, decayRate: 1 }),
      'exponentialDecay: decaySteps must be a whole number of at least 1, got 0',
    ],
    [
      () => exponentialDecay({ initialLearningRate: 1, decaySteps: 5 } as never),
      'exponentialDecay: decayRate must be a finite number at least 0, got undefined',
    ],
    [
      () => cosineDecay({ initialLearningRate: 1, decaySteps: 5, warmup: 3 } as never),
      "cosineDecay: unknown option 'warmup'; did you mean",
    ],
    [
      () => cosineDecay({ initialLearningRate: 1, decaySteps: 5, warmupSteps: 3 }),
      'cosineDecay: warmupSteps 3 needs a warmupTarget',
    ],
    [
      () => cosineDecayRestarts({ initialLearningRate: 1, firstDecaySteps: 5, tMul: 0.5 }),
      'cosineDecayRestarts: tMul must be a finite number at least 1, got 0.5',
    ],
    [
      () => piecewiseConstantDecay({ boundaries: [5, 5], values: [1, 2, 3] }),
      'piecewiseConstantDecay: boundaries[1] must be a whole number of at least 6, got 5',
    ],
    [
      () => piecewiseConstantDecay({ boundaries: [5], values: [1] }),
      'piecewiseConstantDecay: values must be a list with one more entry than boundaries, got 1 boundaries and 1',
    ],
    [
      () => polynomialDecay({ initialLearningRate: Number.NaN, decaySteps: 3 }),
      'polynomialDecay: initialLearningRate must be a finite number at least 0, got NaN',
    ],
  ])('are checked (%#)', (make, message) => {
    expect(make).toThrow(message);
  });
});
