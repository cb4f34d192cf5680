import { describe, expect, it } from 'vitest';
import {
  bidirectional,
  gru,
  input,
  type Layer,
  lstm,
  masking,
  model,
  type SymbolicTensor,
  sequential,
  simpleRNN,
  tensor,
} from '../../../src/index.js';
import { stepsAtOnce } from '../../../src/layers/recurrent/sequence.js';
import { bitsOf, samplesOf } from '../../harness/bits.js';
import { testData } from '../../harness/random.js';

/** So many samples that a forward pass alone takes the sequence in several chunks, one sample in one. */
const B = 48;
const T = 61;
const I = 3;
const H = 21;

describe('steps whose projections are made at once', () => {
  it('are of nearly equal chunks, of enough rows, and of few chunks', () => {
    for (const steps of [1, 5, 100, 1024, 5000]) {
      for (const batch of [1, 3, 32, 256]) {
        for (const floats of [4, 128, 512, 4096]) {
          const size = stepsAtOnce(steps, batch, floats);
          const chunks = Math.ceil(steps / size);
          expect(size).toBeGreaterThan(0);
          expect(chunks).toBeLessThanOrEqual(64);
          expect(size * chunks - steps).toBeLessThan(chunks);
          if (chunks > 1) expect(2 * size * batch).toBeGreaterThanOrEqual(128);
        }
      }
    }
  });

  it('are several chunks for a batch of these tests, one for a sample', () => {
    expect(stepsAtOnce(T, B, 3 * H)).toBeLessThan(T);
    expect(stepsAtOnce(T, 1, 4 * H)).toBe(T);
  });
});

const LAYERS: Readonly<Record<string, () => (Layer | SymbolicTensor)[]>> = {
  'lstm, all steps': () => [lstm({ units: H, returnSequences: true })],
  'lstm, backwards': () => [lstm({ units: H, goBackwards: true })],
  'lstm of a projected output': () => [lstm({ units: H, projection: 7, returnSequences: true })],
  gru: () => [gru({ units: H })],
  'gru, reset before the product, all steps': () => [
    gru({ units: H, form: 'resetBefore', returnSequences: true }),
  ],
  'simple RNN, all steps': () => [simpleRNN({ units: 4 * H, returnSequences: true })],
  'lstm both ways': () => [bidirectional({ layer: lstm({ units: H, returnSequences: true }) })],
  'lstm under a mask': () => [masking({ maskValue: 0 }), lstm({ units: H, returnSequences: true })],
};

/** Sequences some of whose steps are masked. */
function sequences(): Float32Array {
  const x = testData(5, B * T * I);
  for (let row = 0; row < B * T; row++) if ((row * 7) % 11 < 3) x.fill(0, row * I, (row + 1) * I);
  return x;
}

describe('a sequence taken in chunks has the bits of one taken whole', () => {
  it.each(Object.keys(LAYERS))('%s', (name) => {
    const net = sequential([input({ shape: [T, I] }), ...LAYERS[name]()], { seed: 2 });
    const x = sequences();
    const together = net.predict(tensor(x, [B, T, I]), { batchSize: B });
    for (let s = 0; s < B; s += 5) {
      const alone = net.predict(tensor(samplesOf(x, B, s), [1, T, I]));
      expect(bitsOf(samplesOf(together.data, B, s))).toEqual(bitsOf(alone.data));
    }
  });

  it('so do the final states that it gives out', () => {
    const x = input({ shape: [T, I] });
    const outputs = lstm({ units: H, returnState: true }).applyAll(x) as SymbolicTensor[];
    const net = model({ inputs: x, outputs, seed: 2 });
    const data = sequences();
    const together = net.predict(tensor(data, [B, T, I]), { batchSize: B });
    const alone = net.predict(tensor(samplesOf(data, B, 3), [1, T, I]));
    together.forEach((one, i) => {
      expect(bitsOf(samplesOf(one.data, B, 3))).toEqual(bitsOf(alone[i].data));
    });
  });

  it('and the states that a stateful layer carries', () => {
    const make = () =>
      sequential([input({ shape: [null, I] }), lstm({ units: H, stateful: true })], { seed: 2 });
    const [whole, pieces] = [make(), make()];
    const x = sequences();
    const part = (from: number, steps: number): Float32Array => {
      const out = new Float32Array(B * steps * I);
      for (let s = 0; s < B; s++) {
        out.set(x.subarray((s * T + from) * I, (s * T + from + steps) * I), s * steps * I);
      }
      return out;
    };
    const options = { batchSize: B };
    whole.predict(tensor(part(0, T), [B, T, I]), options);
    for (let t = 0; t < T; t++) pieces.predict(tensor(part(t, 1), [B, 1, I]), options);
    const next = tensor(part(0, 2), [B, 2, I]);
    expect(bitsOf(whole.predict(next, options).data)).toEqual(bitsOf(pieces.predict(next, options).data));
  });
});
