import { describe, expect, it } from 'vitest';
import {
  type Constraint,
  type ConstraintAxis,
  constraintFrom,
  maxNorm,
  nonNeg,
  recordConstraint,
  unitNorm,
} from '../../src/layers/constraints.js';
import { KernelBench } from '../harness/kernels.js';
import { immediate } from '../harness/optimizer-run.js';
import { testData } from '../harness/random.js';

/** Elements below 1.1 in size against f64. Measured: 6.4e-8. */
const CONSTRAIN_MAX_ERROR = 1e-7;

/** Applies a constraint to a weight and checks that nothing behind it changes. */
function apply(constraint: Constraint, values: ArrayLike<number>, shape: readonly number[]): Float32Array {
  const bench = new KernelBench(1);
  const p = bench.put([...Array.from(values), 7, 7, 7]);
  recordConstraint(immediate(bench), constraint, p, shape, 'dense: kernelConstraint');
  const after = bench.read(p, values.length + 3);
  expect([...after.slice(values.length)]).toEqual([7, 7, 7]);
  return after.slice(0, values.length);
}

/** Norms by brute force: elements whose indices agree outside of the axes share one. */
function expected(
  values: Float32Array,
  shape: readonly number[],
  axis: ConstraintAxis,
  factor: (norm: number) => number,
): number[] {
  const axes = (typeof axis === 'number' ? [axis] : [...axis]).map((a) => (a < 0 ? a + shape.length : a));
  const keys = Array.from(values, (_, flat) => {
    let rest = flat;
    const index = [...shape].reverse().map((size) => {
      const i = rest % size;
      rest = (rest - i) / size;
      return i;
    });
    return index
      .reverse()
      .map((i, a) => (axes.includes(a) ? '*' : i))
      .join();
  });
  const squares = new Map<string, number>();
  values.forEach((x, i) => {
    squares.set(keys[i], (squares.get(keys[i]) ?? 0) + x * x);
  });
  return Array.from(values, (x, i) => x * factor(Math.sqrt(squares.get(keys[i]) as number)));
}

const SHAPES: [number[], ConstraintAxis][] = [
  [[1], 0],
  [[33], 0],
  [[5, 1], 0],
  [[1, 5], 0],
  [[17, 3], 0],
  [[3, 17], 0],
  [[4, 33], 0],
  [[33, 4], 1],
  [[3, 17], 1],
  [[3, 17], -1],
  [[5, 1], 1],
  [
    [5, 17],
    [0, 1],
  ],
  [[3, 4, 5], 0],
  [[3, 4, 5], 1],
  [[3, 4, 5], 2],
  [
    [3, 5, 17],
    [0, 1],
  ],
  [
    [3, 5, 17],
    [2, 1],
  ],
];

describe.each(SHAPES)('shape %j, axis %j', (shape, axis) => {
  const values = testData(
    9,
    shape.reduce((a, b) => a * b),
  );

  it('maxNorm', () => {
    const got = apply(maxNorm({ maxValue: 0.6, axis }), values, shape);
    const want = expected(values, shape, axis, (norm) => (norm > 0.6 ? 0.6 / (norm + 1e-7) : 1));
    want.forEach((value, i) => {
      expect(Math.abs(got[i] - value)).toBeLessThan(CONSTRAIN_MAX_ERROR);
    });
  });

  it('unitNorm', () => {
    const got = apply(unitNorm({ axis }), values, shape);
    const want = expected(values, shape, axis, (norm) => 1 / (norm + 1e-7));
    want.forEach((value, i) => {
      expect(Math.abs(got[i] - value)).toBeLessThan(CONSTRAIN_MAX_ERROR);
    });
  });
});

describe('maxNorm', () => {
  it('keeps the bits of what is within the limit', () => {
    const values = testData(10, 12);
    expect(apply(maxNorm(5), values, [4, 3])).toEqual(values);
  });

  it('leaves the other columns alone when one is too long', () => {
    expect(
      [...apply(maxNorm(1), [30, 0.1, 0, 40, 0.2, 0], [2, 3])].map((x) => Math.round(x * 1e6) / 1e6),
    ).toEqual([0.6, 0.1, 0, 0.8, 0.2, 0]);
  });
});

describe('unitNorm', () => {
  it('leaves a zero vector at zero', () => {
    expect([...apply(unitNorm(), [0, 3, 0, 4], [2, 2])].map((x) => Math.round(x * 1e5) / 1e5)).toEqual([
      0, 0.6, 0, 0.8,
    ]);
  });
});

describe('nonNeg', () => {
  it.each([1, 3, 4, 5, 17, 33])('makes negative ones of %i zero', (n) => {
    const values = testData(11, n);
    const got = apply(nonNeg(), values, [n]);
    expect([...got]).toEqual([...values].map((x) => Math.max(x, 0)));
  });
});

describe('options', () => {
  it('have the defaults of Keras', () => {
    expect(maxNorm()).toEqual({ name: 'maxNorm', maxValue: 2, axis: 0 });
    expect(unitNorm()).toEqual({ name: 'unitNorm', axis: 0 });
    expect(maxNorm(3)).toEqual(maxNorm({ maxValue: 3 }));
  });

  it('may be names or JSON', () => {
    expect(constraintFrom('x', 'maxNorm')).toEqual(maxNorm());
    expect(constraintFrom('x', 'UnitNorm')).toEqual(unitNorm());
    expect(constraintFrom('x', 'nonneg')).toEqual(nonNeg());
    expect(constraintFrom('x', null)).toBeNull();
    for (const constraint of [maxNorm({ maxValue: 3, axis: [0, 1] }), unitNorm({ axis: -1 }), nonNeg()]) {
      expect(constraintFrom('x', JSON.parse(JSON.stringify(constraint)))).toEqual(constraint);
    }
  });

  it('are checked', () => {
    const where = 'lstm: kernelConstraint';
    expect(() => constraintFrom(where, 'maxnrom')).toThrow(
      "lstm: kernelConstraint: unknown constraint 'maxnrom'; did you mean 'maxNorm'?",
    );
    expect(() => constraintFrom(where, 3 as never)).toThrow('lstm: kernelConstraint must be a name');
    expect(() => maxNorm(-1)).toThrow('maxNorm: maxValue must be a finite number at least 0, got -1');
    expect(() => maxNorm({ axis: 0.5 })).toThrow('maxNorm: axis must be a whole number, got 0.5');
    expect(() => unitNorm({ axis: [] })).toThrow('unitNorm: axis must name at least one axis');
    expect(() => unitNorm({ maxValue: 1 } as never)).toThrow("unitNorm: unknown option 'maxValue'");
    for (const axis of [2, -3, [0, 2], [0, 0]]) {
      expect(() => recordConstraint(() => {}, maxNorm({ axis }), 0, [3, 4], where)).toThrow(
        `${where}: axis ${JSON.stringify(axis)} of a weight of shape [3, 4]`,
      );
    }
  });
});
