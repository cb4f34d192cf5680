import { describe, expect, it } from 'vitest';
import { randomDirection } from './gradient.js';
import { testData } from './random.js';
import { differenceAlong } from './reference/network.js';

describe('the derivative along a direction', () => {
  const count = 2000;
  const weights = { w: Float64Array.from(testData(1, count)) };
  const scales = testData(2, count, 0.5, 1.5);
  const loss = ({ w }: { [name: string]: Float64Array }): number =>
    w.reduce((sum, v, i) => sum + (scales[i] * v ** 3) / 3, 0);
  const direction = randomDirection(count);
  const along = (gradient: Float64Array): number => gradient.reduce((sum, v, i) => sum + v * direction[i], 0);
  const wanted = differenceAlong(weights, 'w', loss, direction);
  const gradient = weights.w.map((v, i) => scales[i] * v * v);

  it('is that of the gradient, and leaves the weights as they were', () => {
    expect(Math.abs(along(gradient) - wanted)).toBeLessThan(1e-8);
    expect(weights.w).toEqual(Float64Array.from(testData(1, count)));
  });

  it.each([0, 777, count - 1])('shows an error of a hundredth in element %i alone', (i) => {
    const wrong = gradient.slice();
    wrong[i] += 0.01;
    expect(Math.abs(along(wrong) - wanted)).toBeGreaterThan(1e-4);
  });
});
