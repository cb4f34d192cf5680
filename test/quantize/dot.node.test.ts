import { setFlagsFromString } from 'node:v8';
import { expect, it } from 'vitest';
import { load, type Model, prepare, quantize, runtimeInfo, type Tensor } from '../../src/index.js';
import { bitsOf } from '../harness/bits.js';
import { INT8_MODELS } from '../harness/int8-models.js';
import { shareEverything, threadsReady } from '../harness/threads.js';

// Node 20 has relaxed SIMD behind this flag, later versions without one.
const enableRelaxed = () => setFlagsFromString('--experimental-wasm-relaxed-simd');

/** Outputs of the whole sequence, then those of a stream where there is one. */
function results(net: Model, x: Tensor, streams: boolean): Uint32Array[] {
  const found = [bitsOf(net.predict(x).data)];
  if (!streams) return found;
  const stream = net.stream();
  const frame = x.shape.length === 3 ? x.shape[2] : 1;
  for (let t = 0; t < x.shape[1]; t++) {
    found.push(bitsOf(stream.step(x.data.subarray(t * frame, (t + 1) * frame))));
  }
  return found;
}

it("the engine's 8-bit dot product changes no bit of a quantised model", async () => {
  const portable = INT8_MODELS.map(({ make, data, streams }) => results(quantize(make()), data(5), streams));
  expect(runtimeInfo().int8Prepared).toBe(false);
  enableRelaxed();
  expect(await prepare({ int8: true })).toMatchObject({ numerics: 'portable', int8: true, missing: [] });
  expect(runtimeInfo().int8Prepared).toBe(true);
  INT8_MODELS.forEach(({ make, data, streams }, i) => {
    const net = quantize(make());
    expect(results(net, data(5), streams)).toEqual(portable[i]);
    const relaxed = load(net.save(), { numerics: 'relaxed' });
    expect(results(relaxed, data(5), streams)).toEqual(portable[i]);
  });
});

it.each([false, true])('threads change none either, with the dot product %s', async (int8) => {
  const alone = INT8_MODELS.map(({ make, data, streams }) => results(quantize(make()), data(27), streams));
  if (int8) enableRelaxed();
  expect((await prepare({ threads: 3, int8 })).missing).toEqual([]);
  const stop = shareEverything();
  try {
    for (const [i, { make, data, streams }] of INT8_MODELS.entries()) {
      const net = quantize(make(), { threads: 3 });
      net.predict(data(2));
      await threadsReady(net);
      expect(net.threads).toBe(3);
      expect(results(net, data(27), streams)).toEqual(alone[i]);
      net.close();
    }
  } finally {
    stop();
  }
});
