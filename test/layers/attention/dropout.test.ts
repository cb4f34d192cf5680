import { expect, it } from 'vitest';
import { dense, input, type Model, model, multiHeadAttention, sgd, tensor } from '../../../src/index.js';
import { giveWeights } from '../../harness/bits.js';
import { kernelGradients } from '../../harness/gradient.js';
import { testData } from '../../harness/random.js';

/** Difference of the loss's slope along its gradient from the gradient's square, over the latter. Measured: 2e-5. */
const MAX_SLOPE_ERROR = 1e-4;

const [B, T, F] = [3, 70, 4];

it.each([false, true])(
  'follows the same dropped scores backwards as forwards, causal: %s',
  (useCausalMask) => {
    const x = input({ shape: [T, F] });
    const before = dense({ units: 6, activation: 'tanh' }).apply(x);
    const layer = multiHeadAttention({ numHeads: 2, keyDim: 3, dropout: 0.5, useCausalMask });
    const net = model({ inputs: x, outputs: layer.apply(before) }) as unknown as Model;
    giveWeights(net, 5);
    net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    const data = tensor(testData(1, B * T * F), [B, T, F]);
    const target = tensor(testData(2, B * T * 6), [B, T, 6]);
    const { loss, gradients } = kernelGradients(net, data, target);
    expect(loss).not.toBeCloseTo(net.evaluate(data, target).loss, 3);
    const weights = net.getWeights();
    for (const part of ['queryKernel', 'keyKernel', 'valueKernel', 'outputKernel']) {
      const name = `multiHeadAttention.${part}`;
      const gradient = gradients[name];
      const square = gradient.reduce((sum, g) => sum + g * g, 0);
      const step = 0.02 / Math.sqrt(square);
      const lossAt = (sign: number): number => {
        const moved = weights[name].data.map((w, i) => w + sign * step * gradient[i]);
        net.setWeights({ ...weights, [name]: tensor(moved, weights[name].shape) });
        return kernelGradients(net, data, target).loss;
      };
      const slope = (lossAt(1) - lossAt(-1)) / (2 * step);
      expect(Math.abs(slope / square - 1), part).toBeLessThan(MAX_SLOPE_ERROR);
      net.setWeights(weights);
    }
  },
);
