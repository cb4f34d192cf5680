import { dense, input, type Layer, type Model, sequential, sgd, tensor } from '../../../src/index.js';
import { giveWeights } from '../../harness/bits.js';
import { checkModel } from '../../harness/gradient.js';
import { testData } from '../../harness/random.js';

/** Channels in and out. */
export const SIZES: readonly [number, number][] = [
  [1, 3],
  [3, 1],
  [4, 5],
  [5, 17],
  [17, 4],
  [33, 2],
  [2, 33],
];

/** A layer on sequences of C channels, behind a dense one through which a gradient must come. */
export function stack(layer: Layer, steps: number | null, C: number): Model {
  const net = sequential([input({ shape: [steps, 2] }), dense({ units: C, activation: 'tanh' }), layer]);
  giveWeights(net as Model, C);
  net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
  return net as Model;
}

/** The largest difference from f64 of predictions, loss and gradients. */
export function largestDifference(net: Model, samples: number, steps: number): number {
  const x = tensor(testData(steps, samples * steps * 2), [samples, steps, 2]);
  const { shape } = net.predict(x);
  const size = shape.reduce((a, b) => a * b, 1);
  const { forward, loss, gradients } = checkModel(net, x, tensor(testData(7, size), shape));
  return Math.max(forward, loss, ...Object.values(gradients));
}
