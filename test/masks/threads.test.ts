import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bidirectional,
  dense,
  gru,
  input,
  type Layer,
  lstm,
  masking,
  sequential,
  simpleRNN,
  tensor,
} from '../../src/index.js';
import { sha256Hex } from '../../src/numeric/sha256.js';
import { testData } from '../harness/random.js';
import { prepareThreads, shareEverything, threadsReady } from '../harness/threads.js';

const T = 6;
const I = 3;

const CASES: Readonly<Record<string, (returnSequences: boolean) => Layer>> = {
  lstm: (returnSequences) => lstm({ units: 33, returnSequences, recurrentDropout: 0.2 }),
  gru: (returnSequences) => gru({ units: 33, returnSequences, truncate: 2 }),
  'gru that resets before the product': (returnSequences) =>
    gru({ units: 17, returnSequences, resetAfter: false }),
  simpleRNN: (returnSequences) => simpleRNN({ units: 33, returnSequences }),
  bidirectional: (returnSequences) => bidirectional({ layer: lstm({ units: 17, returnSequences }) }),
};

/** Digests after training by lengths and by masks, on few samples and on several. */
async function digests(name: string, threads: number): Promise<string[]> {
  const found: string[] = [];
  const head = [CASES[name](true), CASES[name](false), dense({ units: 2 })];
  const net = sequential([input({ shape: [null, I] }), masking(), ...head], { seed: 3, threads });
  net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  await threadsReady(net);
  expect(net.threads).toBe(threads);
  for (const B of [1, 5]) {
    const data = testData(B, B * T * I);
    for (let r = 0; r < B * T; r += 4) data.fill(0, r * I, (r + 1) * I);
    const x = tensor(data, [B, T, I]);
    const y = tensor(testData(B + 9, B * 2), [B, 2]);
    const lengths = Array.from({ length: B }, (_, b) => (b * 4 + 5) % (T + 1));
    for (let step = 0; step < 2; step++) {
      found.push(JSON.stringify([net.trainOnBatch(x, y), net.trainOnBatch(x, y, { lengths })]));
    }
    found.push(net.fingerprint(), sha256Hex(net.predict(x, { lengths }).data));
  }
  net.close();
  return found;
}

describe('bits of masked sequences do not depend on the threads that share them', () => {
  let restore: () => void;
  beforeAll(async () => {
    restore = shareEverything();
    await prepareThreads(3);
  });
  afterAll(() => restore());

  it.each(Object.keys(CASES))('%s', async (name) => {
    const alone = await digests(name, 1);
    for (const threads of [2, 3]) expect([threads, await digests(name, threads)]).toEqual([threads, alone]);
  });
});
