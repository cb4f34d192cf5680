import { describe, expect, it } from 'vitest';
import {
  dense,
  embedding,
  globalAveragePooling1d,
  input,
  model,
  sequential,
  sgd,
  tensor,
} from '../../src/index.js';
import { testData } from '../harness/random.js';

const make = () => {
  const net = sequential([input({ shape: [3], name: 'x' }), dense({ units: 2 })], { seed: 1 });
  net.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' });
  return net;
};
const x = tensor(testData(1, 10 * 3), [10, 3]);
const y = tensor(testData(2, 10 * 2), [10, 2]);

describe('fit with augment', () => {
  it('trains on what the inputs are changed to, sample by sample, and leaves the data as they are', async () => {
    const [changed, plain] = [make(), make()];
    const before = x.data.slice();
    const steps: number[] = [];
    await changed.fit(x, y, {
      epochs: 2,
      batchSize: 4,
      verbose: 0,
      augment: (inputs, { step, epoch, seed, lengths }) => {
        steps.push(step);
        expect([epoch, seed, lengths.x]).toEqual([Math.floor(step / 3), 1, null]);
        expect(inputs.x.shape).toEqual([step % 3 === 2 ? 2 : 4, 3]);
        for (let i = 0; i < inputs.x.data.length; i++) inputs.x.data[i] *= -2;
      },
    });
    const twice = tensor(
      x.data.map((v) => -2 * v),
      [10, 3],
    );
    await plain.fit(twice, y, { epochs: 2, batchSize: 4, verbose: 0 });
    expect(changed.fingerprint()).toBe(plain.fingerprint());
    expect(steps).toEqual([0, 1, 2, 3, 4, 5]);
    expect(x.data).toEqual(before);
  });

  it('keeps sample weights and lengths beside their samples', async () => {
    const nets = [0, 1].map(() => {
      const s = input({ shape: [null, 2] });
      const net = model({ inputs: s, outputs: dense({ units: 1 }).apply(globalAveragePooling1d().apply(s)) });
      net.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' });
      return net;
    });
    const sequences = tensor(testData(3, 7 * 5 * 2), [7, 5, 2]);
    const targets = tensor(testData(4, 7), [7, 1]);
    const options = {
      epochs: 3,
      batchSize: 3,
      verbose: 0 as const,
      lengths: [5, 1, 2, 3, 5, 4, 2],
      sampleWeight: [1, 2, 0, 3, 1, 0.5, 2],
    };
    await nets[0].fit(sequences, targets, { ...options, augment: () => {} });
    await nets[1].fit(sequences, targets, options);
    expect(nets[0].fingerprint()).toBe(nets[1].fingerprint());
  });

  it('refuses what is no function, and ids that are out of range then', async () => {
    await expect(make().fit(x, y, { augment: 3 as never })).rejects.toThrow(
      'augment must be a function, got 3',
    );
    const ids = input({ shape: [2], name: 'ids' });
    const pooled = globalAveragePooling1d().apply(embedding({ inputDim: 4, outputDim: 2 }).apply(ids));
    const net = model({ inputs: ids, outputs: dense({ units: 1 }).apply(pooled) });
    net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    const before = net.fingerprint();
    const out = net.fit(tensor([0, 1, 2, 3], [2, 2]), tensor([0, 1], [2, 1]), {
      verbose: 0,
      augment: ({ ids: given }) => {
        given.data[1] = 4;
      },
    });
    await expect(out).rejects.toThrow('is 4, expected a whole number from 0 to 3');
    expect(net.fingerprint()).toBe(before);
  });
});
