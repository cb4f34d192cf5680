import { describe, expect, it } from 'vitest';
import { type CellCase, cellData, cellOptions } from '../harness/cells.js';
import { testData } from '../harness/random.js';
import { differenceError, weighted } from '../harness/reference/differences.js';
import { lstmBackward, lstmForward } from '../harness/reference/lstm.js';

/** Central differences at step 1e-5 against the analytic gradient. Measured: 6.1e-11. */
const DIFFERENCE_BOUND = 3e-10;

const CASES: CellCase[] = [
  { T: 1, B: 1, I: 1, H: 1 },
  { T: 4, B: 2, I: 3, H: 5 },
  { T: 3, B: 2, I: 2, H: 4, mask: true },
  { T: 3, B: 1, I: 3, H: 3, act: 'selu', ract: 'sigmoid' },
  { T: 3, B: 1, I: 3, H: 3, act: 'softsign', ract: 'softplus' },
  { T: 3, B: 1, I: 3, H: 3, act: 'elu', ract: 'hardSigmoid' },
];

describe('lstm reference', () => {
  it.each(CASES)('gradients are those of finite differences: %o', (test) => {
    const { T, B, H } = test;
    const raw = cellData(test, 4);
    const data = {
      x: Float64Array.from(raw.x),
      kernel: Float64Array.from(raw.kernel),
      recurrentKernel: Float64Array.from(raw.recurrentKernel),
      bias: Float64Array.from(raw.bias),
      h0: Float64Array.from(raw.h0),
      c0: Float64Array.from(testData(6, B * H)),
      rmask: raw.rmask,
    };
    const options = cellOptions(test);
    const dy = testData(8, T * B * H);
    const dhT = testData(9, B * H);
    const dcT = testData(10, B * H);
    const loss = () => {
      const { h, c } = lstmForward(test, data, options);
      return weighted(h, dy, B * H) + weighted(h, dhT, T * B * H) + weighted(c, dcT, T * B * H);
    };
    const got = lstmBackward(test, data, lstmForward(test, data, options), dy, dhT, dcT, options);
    expect(differenceError(loss, data.x, got.dx)).toBeLessThan(DIFFERENCE_BOUND);
    expect(differenceError(loss, data.kernel, got.dKernel)).toBeLessThan(DIFFERENCE_BOUND);
    expect(differenceError(loss, data.recurrentKernel, got.dRecurrentKernel)).toBeLessThan(DIFFERENCE_BOUND);
    expect(differenceError(loss, data.bias, got.dBias)).toBeLessThan(DIFFERENCE_BOUND);
    expect(differenceError(loss, data.h0, got.dh0)).toBeLessThan(DIFFERENCE_BOUND);
    expect(differenceError(loss, data.c0, got.dc0)).toBeLessThan(DIFFERENCE_BOUND);
  });
});
