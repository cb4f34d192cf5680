import { describe, expect, it } from 'vitest';
import { LOSS_CASES } from './cases/index.js';

const STEP = 1e-6;
/** Of the gradient's largest element; measured 3.2e-8. */
const DIFFERENCE_BOUND = 1e-7;

describe.each(LOSS_CASES)('the f64 reference of $label', ({ reference, pred, target }) => {
  it.each([1, 3, 4, 5, 17, 33])('has the gradient that finite differences of %i outputs give', (O) => {
    const at = [...pred(O + 1, 1, O)];
    const wanted = [...target(O + 2, 1, O)];
    const { gradient } = reference(at, wanted);
    const size = Math.max(1e-3, ...gradient.map(Math.abs));
    const moved = (j: number, by: number) => at.map((v, k) => (k === j ? v + by : v));
    for (let j = 0; j < O; j++) {
      const slope =
        (reference(moved(j, STEP), wanted).loss - reference(moved(j, -STEP), wanted).loss) / (2 * STEP);
      expect(Math.abs(gradient[j] - slope) / size).toBeLessThan(DIFFERENCE_BOUND);
    }
  });
});
