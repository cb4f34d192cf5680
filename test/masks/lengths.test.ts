import { describe, expect, it } from 'vitest';
import {
  bidirectional,
  dense,
  gru,
  input,
  type Layer,
  lastStep,
  lstm,
  type Model,
  masking,
  minGru,
  minLstm,
  sequential,
  simpleRNN,
  sru,
  type Tensor,
  tensor,
} from '../../src/index.js';
import { bitsOf, samplesOf } from '../harness/bits.js';
import { testData } from '../harness/random.js';

const N = 5;
const T = 7;
const I = 3;
const LENGTHS = [3, 6, 1, 0, 4];

/** Values past the end of a sequence: they must not matter. */
const GARBAGE = 1e30;

/** Sequences of unequal length, padded with anything. */
function padded(lengths: readonly number[], features: number, steps = T): Float32Array {
  const x = testData(1, lengths.length * steps * features);
  lengths.forEach((length, s) => {
    x.fill(GARBAGE, (s * steps + length) * features, (s + 1) * steps * features);
  });
  return x;
}

function bareSteps(x: Float32Array, s: number, length: number, features: number): Tensor {
  return tensor(samplesOf(x, N, s).slice(0, length * features), [1, length, features]);
}

const CELLS: Readonly<Record<string, (sequences: boolean) => Layer>> = {
  lstm: (returnSequences) => lstm({ units: 5, returnSequences }),
  'gru backwards': (returnSequences) => gru({ units: 5, returnSequences, goBackwards: true }),
  simpleRNN: (returnSequences) => simpleRNN({ units: 5, returnSequences }),
  minGru: (returnSequences) => minGru({ units: 5, returnSequences }),
  minLstm: (returnSequences) => minLstm({ units: 5, returnSequences, activation: 'g' }),
  sru: (returnSequences) => sru({ units: 5, returnSequences }),
  'sru of its input': (returnSequences) => sru({ units: I, returnSequences }),
  bidirectional: (returnSequences) => bidirectional({ layer: gru({ units: 4, returnSequences }) }),
};

function network(layers: readonly Layer[]): Model<Tensor> {
  return sequential([input({ shape: [null, I] }), ...layers], { seed: 3 }) as Model<Tensor>;
}

describe('lengths', () => {
  it.each(Object.keys(CELLS))('%s: last output and sequences are those of the bare sequences', (name) => {
    const x = padded(LENGTHS, I);
    const last = network([CELLS[name](false), dense({ units: 2 })]);
    const whole = network([CELLS[name](true), dense({ units: 2 })]);
    const all = last.predict(tensor(x, [N, T, I]), { lengths: LENGTHS }).data;
    const sequences = whole.predict(tensor(x, [N, T, I]), { lengths: LENGTHS }).data;
    LENGTHS.forEach((length, s) => {
      if (length === 0) return;
      const bare = bareSteps(x, s, length, I);
      expect(bitsOf(samplesOf(all, N, s)), `sample ${s}`).toEqual(bitsOf(last.predict(bare).data));
      const steps = samplesOf(sequences, N, s);
      if (name === 'gru backwards') return;
      expect(bitsOf(steps.subarray(0, 2 * length))).toEqual(bitsOf(whole.predict(bare).data));
      expect(steps.subarray(2 * length).every((v) => v === 0)).toBe(true);
    });
    for (const batchSize of [1, 2, 3]) {
      const again = whole.predict(tensor(x, [N, T, I]), { lengths: LENGTHS, batchSize }).data;
      expect(bitsOf(again), `batches of ${batchSize}`).toEqual(bitsOf(sequences));
    }
  });

  it.each(Object.keys(CELLS))('%s: training on a padded sequence has the bits of the bare one', (name) => {
    const make = (mask: readonly Layer[]): Model<Tensor> => {
      const net = network([...mask, CELLS[name](true), lastStep(), dense({ units: 2 })]);
      net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
      return net;
    };
    const [byLengths, byMask, bare] = [make([]), make([masking()]), make([])];
    const y = tensor(testData(4, 2), [1, 2]);
    for (const length of [4, 2, 7]) {
      const x = padded([length], I);
      const zeros = x.map((v) => (v === Math.fround(GARBAGE) ? 0 : v));
      const results = [
        byLengths.trainOnBatch(tensor(x, [1, T, I]), y, { lengths: [length] }),
        byMask.trainOnBatch(tensor(zeros, [1, T, I]), y),
        bare.trainOnBatch(tensor(x.slice(0, length * I), [1, length, I]), y),
      ];
      expect(results[0]).toEqual(results[2]);
      expect(results[1]).toEqual(results[2]);
    }
    expect(byLengths.fingerprint()).toBe(bare.fingerprint());
    expect(byMask.fingerprint()).toBe(bare.fingerprint());
  });

  it('the loss of sequences is the mean over steps that count, with the bits of the bare sequence', () => {
    const make = (mask: readonly Layer[]): Model<Tensor> => {
      const net = network([...mask, lstm({ units: 5, returnSequences: true }), dense({ units: 2 })]);
      net.compile({ optimizer: 'adam', loss: 'meanSquaredError', lossWeights: [0.3], metrics: ['mae'] });
      return net;
    };
    const [byLengths, byMask, bare] = [make([]), make([masking()]), make([])];
    for (const length of [4, 2, 7]) {
      const x = padded([length], I);
      const y = testData(5, T * 2);
      const zeros = x.map((v) => (v === Math.fround(GARBAGE) ? 0 : v));
      const results = [
        byLengths.trainOnBatch(tensor(x, [1, T, I]), tensor(y, [1, T, 2]), { lengths: [length] }),
        byMask.trainOnBatch(tensor(zeros, [1, T, I]), tensor(y, [1, T, 2])),
        bare.trainOnBatch(
          tensor(x.slice(0, length * I), [1, length, I]),
          tensor(y.slice(0, 2 * length), [1, length, 2]),
        ),
      ];
      expect(results[0]).toEqual(results[2]);
      expect(results[1]).toEqual(results[2]);
    }
    expect(byLengths.fingerprint()).toBe(bare.fingerprint());
    expect(byMask.fingerprint()).toBe(bare.fingerprint());
  });
});
