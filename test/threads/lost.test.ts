import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  adam,
  dense,
  dropout,
  input,
  lstm,
  type Model,
  sequential,
  type Tensor,
  tensor,
} from '../../src/index.js';
import { testData } from '../harness/random.js';
import { loseWorker, prepareThreads, shareEverything, threadsReady } from '../harness/threads.js';

const T = 5;
const x = tensor(testData(1, 16 * T * 3), [16, T, 3]);
const y = tensor(testData(2, 16, 0.1, 0.9), [16, 1]);

const IN_PAGE = typeof document !== 'undefined';
/** Milliseconds: Chromium lets a worker that is told to end go on for two seconds; Node tells of the end at once. */
const LAST_WORDS = 3000;

function network(threads: number): Model<Tensor> {
  const net = sequential(
    [input({ shape: [null, 3] }), lstm({ units: 9 }), dropout({ rate: 0.3 }), dense({ units: 1 })],
    { seed: 5, threads },
  );
  net.compile({ optimizer: adam({ clipNorm: 1 }), loss: 'meanSquaredError' });
  return net;
}

let restore: () => void;
beforeAll(async () => {
  restore = shareEverything();
  await prepareThreads(2);
});
afterAll(() => restore());

it('a model that loses a worker in fit has the weights of the epoch before, and trains on alone', async () => {
  const [alone, net] = [network(1), network(2)];
  await threadsReady(net);
  const options = { epochs: 1, batchSize: 4, verbose: 0 } as const;
  await alone.fit(x, y, options);
  let batches = 0;
  const onBatchEnd = async (): Promise<void> => {
    batches++;
    if (batches !== 6) return;
    loseWorker(net);
    if (IN_PAGE) await new Promise((resolve) => setTimeout(resolve, LAST_WORDS));
  };
  const fit = net.fit(x, y, { ...options, epochs: 3, callbacks: [{ onBatchEnd }] });
  await expect(fit).rejects.toThrow(/fit: threads: .* the weights of the end of epoch 1 again/);
  expect([net.threads, net.fingerprint()]).toEqual([1, alone.fingerprint()]);
  for (const model of [alone, net]) await model.fit(x, y, { ...options, initialEpoch: 1, epochs: 2 });
  expect(net.fingerprint()).toBe(alone.fingerprint());
});
