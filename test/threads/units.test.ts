import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  dense,
  gru,
  input,
  type Layer,
  lstm,
  type Model,
  sequential,
  simpleRNN,
  type Tensor,
  tensor,
} from '../../src/index.js';
import { sha256Hex } from '../../src/numeric/sha256.js';
import { testData } from '../harness/random.js';
import { prepareThreads, shareEverything, threadsReady } from '../harness/threads.js';

const THREADS = [2, 3, 4];
/** More than any machine of ours has cores: threads wait for others that do not run. */
const CROWD = 8;
const T = 9;
const I = 6;

/** Sizes below and above a part of 16 units, whole and not. */
const CASES: Readonly<Record<string, (returnSequences: boolean) => Layer>> = {
  'lstm of 33 units': (returnSequences) => lstm({ units: 33, returnSequences }),
  'lstm of 64 units with masks': (returnSequences) =>
    lstm({ units: 64, returnSequences, recurrentDropout: 0.3, dropout: 0.2 }),
  'lstm of 17 units, recomputed': (returnSequences) => lstm({ units: 17, returnSequences, recompute: true }),
  'gru of 50 units': (returnSequences) => gru({ units: 50, returnSequences }),
  'gru of 33 units with masks': (returnSequences) =>
    gru({ units: 33, returnSequences, recurrentDropout: 0.3 }),
  'gru of 40 units, reset before the product, with masks': (returnSequences) =>
    gru({ units: 40, returnSequences, resetAfter: false, recurrentDropout: 0.3 }),
  'simple RNN of 33 units': (returnSequences) => simpleRNN({ units: 33, returnSequences }),
  'simple RNN of 65 units with masks': (returnSequences) =>
    simpleRNN({ units: 65, returnSequences, recurrentDropout: 0.3, activation: 'relu' }),
};

async function network(name: string, threads: number): Promise<Model<Tensor>> {
  const cell = CASES[name];
  const net = sequential([input({ shape: [null, I] }), cell(true), cell(false), dense({ units: 2 })], {
    seed: 3,
    threads,
  });
  net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  await threadsReady(net);
  expect(net.threads).toBe(threads);
  return net;
}

/** Digests of weights after training on few samples at a time, of predictions, and of a stream. */
async function digests(name: string, threads: number): Promise<string[]> {
  const net = await network(name, threads);
  const found: string[] = [];
  for (const B of [1, 3, 2]) {
    const x = tensor(testData(B, B * T * I), [B, T, I]);
    const y = tensor(testData(B + 9, B * 2), [B, 2]);
    for (let step = 0; step < 3; step++) found.push(JSON.stringify(net.trainOnBatch(x, y)));
    found.push(net.fingerprint(), sha256Hex(net.predict(x).data));
  }
  const runs = net.arena.threads?.runs ?? 0;
  const stream = net.stream();
  const frames = testData(21, T * I);
  for (let t = 0; t < T; t++) found.push(sha256Hex(stream.step(frames.subarray(t * I, (t + 1) * I))));
  if (threads > 1) expect((net.arena.threads?.runs ?? 0) - runs).toBe(T);
  net.close();
  return found;
}

describe('bits of few samples do not depend on the threads that share their units', () => {
  let restore: () => void;
  beforeAll(async () => {
    restore = shareEverything();
    await prepareThreads(CROWD);
  });
  afterAll(() => restore());

  it.each(Object.keys(CASES))('%s', async (name) => {
    const alone = await digests(name, 1);
    for (const threads of THREADS) expect([threads, await digests(name, threads)]).toEqual([threads, alone]);
  });

  it('ends with more threads than cores', async () => {
    const alone = await digests('lstm of 64 units with masks', 1);
    expect(await digests('lstm of 64 units with masks', CROWD)).toEqual(alone);
  });
});
