import { expect, it } from 'vitest';
import {
  bidirectional,
  gru,
  input,
  lastStep,
  lstm,
  masking,
  minGru,
  minLstm,
  sequential,
  simpleRNN,
  sru,
  tensor,
} from '../../src/index.js';
import { testData } from '../harness/random.js';

it.each([lstm, gru, simpleRNN, minGru, minLstm, sru])(
  '%# : a padded sequence has the bits of the bare one, and a stream the last that counts',
  (cell) => {
    for (const make of [
      () => cell({ units: 5 }),
      () => cell({ units: 5, goBackwards: true }),
      () => bidirectional({ layer: cell({ units: 5 }) }),
    ]) {
      const net = sequential([input({ shape: [null, 3] }), masking(), make()], { seed: 3 });
      const bare = testData(1, 4 * 3);
      const a = net.predict(tensor(bare, [1, 4, 3])).data;
      for (const front of [0, 2]) {
        const padded = new Float32Array(7 * 3);
        padded.set(bare, front * 3);
        expect(net.predict(tensor(padded, [1, 7, 3])).data).toEqual(a);
      }
    }
    const seq = sequential(
      [input({ shape: [null, 3] }), masking(), cell({ units: 5, returnSequences: true }), lastStep()],
      { seed: 3 },
    );
    const bare = testData(1, 4 * 3);
    const padded = new Float32Array(7 * 3);
    padded.set(bare, 0);
    expect(seq.predict(tensor(padded, [1, 7, 3])).data).toEqual(seq.predict(tensor(bare, [1, 4, 3])).data);
    const s = seq.stream();
    let y: Float32Array = new Float32Array();
    for (let t = 0; t < 7; t++) y = s.step(padded.subarray(3 * t, 3 * t + 3));
    expect(y).toEqual(seq.predict(tensor(bare, [1, 4, 3])).data);
  },
);
