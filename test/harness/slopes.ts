import { expect } from 'vitest';
import type { Model, Tensor } from '../../src/index.js';
import { kernelGradients } from './gradient.js';
import { testData } from './random.js';

/** Half the reach of a difference, where losses are no more curved than those of plain cells. */
const STEP = 0.02;
const DIRECTIONS = 4;

/**
 * Largest |slope - gradient · direction| / |gradient| over weights and directions: the slope of the kernels' own
 * training loss, its masks held. The slope is a four-point difference of f32 losses.
 */
export function slopeDifference(net: Model, x: Tensor | Tensor[], y: Tensor, step = STEP): number {
  const weights = net.getWeights();
  const { gradients } = kernelGradients(net, x, y);
  let largest = 0;
  for (const [name, g] of Object.entries(gradients)) {
    const length = Math.hypot(...g);
    expect(length, name).toBeGreaterThan(0);
    for (let d = 0; d < DIRECTIONS; d++) {
      const drawn = testData(31 * d + g.length, g.length, -1, 1);
      // Half along the gradient, half anywhere: the slope is never lost in rounding.
      const along = drawn.map((v, i) => v / Math.hypot(...drawn) + g[i] / length);
      const lossAt = (at: number): number => {
        net.setWeights({ [name]: weights[name].data.map((w, i) => w + at * along[i]) });
        return kernelGradients(net, x, y).loss;
      };
      const rise = (at: number): number => lossAt(at) - lossAt(-at);
      const slope = (8 * rise(step) - rise(2 * step)) / (12 * step);
      const expected = g.reduce((sum, v, i) => sum + v * along[i], 0);
      largest = Math.max(largest, Math.abs(slope - expected) / length);
    }
    net.setWeights({ [name]: weights[name] });
  }
  return largest;
}
