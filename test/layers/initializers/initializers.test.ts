import { describe, expect, it } from 'vitest';
import {
  computeFans,
  constant,
  glorotUniform,
  identity,
  initializerFrom,
  ones,
  orthogonal,
  randomNormal,
  randomUniform,
  varianceScaling,
  zeros,
} from '../../../src/layers/initializers/index.js';
import { sha256Hex } from '../../../src/numeric/sha256.js';
import { RandomStream } from '../../../src/random/stream.js';

const stream = (index = 0) => new RandomStream(7, index);
const NAMES = [
  'zeros',
  'ones',
  'constant',
  'identity',
  'randomNormal',
  'randomUniform',
  'truncatedNormal',
  'varianceScaling',
  'glorotNormal',
  'glorotUniform',
  'heNormal',
  'heUniform',
  'lecunNormal',
  'lecunUniform',
  'orthogonal',
];

describe('computeFans', () => {
  it.each([
    [[], 1, 1],
    [[6], 6, 6],
    [[8, 3], 8, 3],
    [[16, 64], 16, 64],
    [[5, 8, 3], 40, 15],
    [[2, 5, 8, 3], 80, 30],
  ])('of %j are %i and %i', (shape, fanIn, fanOut) => {
    expect(computeFans(shape)).toEqual({ fanIn, fanOut });
  });
});

describe('constant initializers', () => {
  it('fill with their value', () => {
    expect([...zeros().fill([2, 3], stream())]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...ones().fill([3], stream())]).toEqual([1, 1, 1]);
    expect([...constant(0.25).fill([1, 2], stream())]).toEqual([0.25, 0.25]);
    expect([...constant({ value: -2 }).fill([2], stream())]).toEqual([-2, -2]);
    expect([...constant().fill([2], stream())]).toEqual([0, 0]);
  });

  it('identity', () => {
    expect([...identity().fill([2, 3], stream())]).toEqual([1, 0, 0, 0, 1, 0]);
    expect([...identity({ gain: 0.5 }).fill([3, 2], stream())]).toEqual([0.5, 0, 0, 0.5, 0, 0]);
    expect(() => identity().fill([4], stream())).toThrow(
      'identity: expected a weight of shape [rows, columns], got [4]',
    );
  });
});

describe('orthogonal', () => {
  /** Greatest element of |QQᵀ − I| or |QᵀQ − I| after rounding to f32; measured 4.7e-8. */
  const F32_MAX_ERROR = 1e-7;

  it.each([
    [[4, 16], 4, 16],
    [[17, 5], 17, 5],
    [[33, 33], 33, 33],
    [[3, 5, 4], 15, 4],
    [[2, 3, 17], 6, 17],
    [[1, 9], 1, 9],
    [[128, 512], 128, 512],
  ])('%j has orthonormal rows or columns, whichever are fewer, times the gain', (shape, rows, columns) => {
    const gain = 1.5;
    const w = orthogonal({ gain }).fill(shape, stream());
    const few = Math.min(rows, columns);
    const at = (a: number, i: number) => w[rows < columns ? a * columns + i : i * columns + a] / gain;
    let worst = 0;
    for (let a = 0; a < few; a++) {
      for (let b = a; b < few; b++) {
        let dot = 0;
        for (let i = 0; i < Math.max(rows, columns); i++) dot += at(a, i) * at(b, i);
        worst = Math.max(worst, Math.abs(dot - (a === b ? 1 : 0)));
      }
    }
    expect(worst).toBeLessThan(F32_MAX_ERROR);
  });

  it('refuses a vector', () => {
    expect(() => orthogonal().fill([8], stream())).toThrow(
      'orthogonal: expected a weight of two or more dimensions, got [8]',
    );
  });

  it('has the same bits in every engine', () => {
    expect(sha256Hex(orthogonal().fill([64, 256], stream())).slice(0, 16)).toBe('4baae9e3ae9aa244');
    expect(sha256Hex(orthogonal({ gain: 2 }).fill([70, 30], stream())).slice(0, 16)).toBe('0aae646ada95ead1');
  });
});

describe('a seed of its own', () => {
  it('takes the place of the stream', () => {
    for (const make of [randomNormal, randomUniform, glorotUniform, orthogonal, varianceScaling]) {
      const own = [...make({ seed: 5 }).fill([4, 6], stream(1))];
      expect([...make({ seed: 5 }).fill([4, 6], stream(2))]).toEqual(own);
      expect([...make({ seed: 6 }).fill([4, 6], stream(1))]).not.toEqual(own);
      expect([...make().fill([4, 6], stream(1))]).not.toEqual(own);
      expect(make({ seed: 5 }).config.seed).toBe(5);
    }
  });

  it('is a whole number', () => {
    expect(() => glorotUniform({ seed: 0.5 })).toThrow('glorotUniform: seed must be a whole number, got 0.5');
  });
});

describe('initializerFrom', () => {
  it.each(NAMES)('%s comes back from its name and from its JSON', (name) => {
    const made = initializerFrom('dense: kernelInitializer', name);
    expect(made.name).toBe(name);
    const again = initializerFrom('dense: kernelInitializer', JSON.parse(JSON.stringify(made)));
    expect(again.config).toEqual(made.config);
    expect([...again.fill([3, 5], stream())]).toEqual([...made.fill([3, 5], stream())]);
  });

  it('keeps options through JSON', () => {
    const made = varianceScaling({ scale: 2.5, mode: 'fanOut', distribution: 'uniform', seed: 9 });
    expect(JSON.parse(JSON.stringify(made))).toEqual({
      name: 'varianceScaling',
      config: { scale: 2.5, mode: 'fanOut', distribution: 'uniform', seed: 9 },
    });
    const again = initializerFrom('x', JSON.parse(JSON.stringify(made)));
    expect([...again.fill([3, 5], stream())]).toEqual([...made.fill([3, 5], stream())]);
  });

  it('knows the short names of Keras and passes an initializer through', () => {
    expect(initializerFrom('x', 'uniform').name).toBe('randomUniform');
    expect(initializerFrom('x', 'normal').name).toBe('randomNormal');
    const made = constant(3);
    expect(initializerFrom('x', made)).toBe(made);
  });

  it('names the nearest of an unknown name', () => {
    expect(() => initializerFrom('lstm: kernelInitializer', 'glorot_unifrom')).toThrow(
      "lstm: kernelInitializer: unknown initializer 'glorot_unifrom'; did you mean 'glorotUniform'?",
    );
    expect(() => initializerFrom('dense: biasInitializer', 'toString')).toThrow(
      "dense: biasInitializer: unknown initializer 'toString'",
    );
    expect(() => initializerFrom('dense: biasInitializer', 3 as never)).toThrow(
      'dense: biasInitializer must be a name',
    );
  });

  it.each([
    [() => randomNormal({ stddev: -1 }), 'randomNormal: stddev must be a finite number at least 0, got -1'],
    [() => randomUniform({ minval: 1, maxval: 0 }), 'randomUniform: minval 1 is above maxval 0'],
    [() => constant(Number.NaN), 'constant: value must be a finite number, got NaN'],
    [() => varianceScaling({ mode: 'fan_avg' as never }), "unknown mode 'fan_avg'; did you mean 'fanAvg'?"],
    [
      () => varianceScaling({ distribution: 'normal' as never }),
      "varianceScaling: unknown distribution 'normal'",
    ],
    [() => varianceScaling({ scale: 0 }), 'varianceScaling: scale must be a finite number above 0, got 0'],
    [() => orthogonal({ gian: 2 } as never), "orthogonal: unknown option 'gian'; did you mean 'gain'?"],
  ])('refuses bad options: %s', (make, message) => {
    expect(make).toThrow(message);
  });
});
