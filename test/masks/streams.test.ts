import { describe, expect, it } from 'vitest';
import {
  dense,
  embedding,
  gru,
  indRnn,
  input,
  type Layer,
  lastStep,
  load,
  lstm,
  type Model,
  masking,
  mgu,
  minGru,
  minLstm,
  quantize,
  rnn,
  sequential,
  simpleRNN,
  type Tensor,
  tensor,
} from '../../src/index.js';
import { bitsOf } from '../harness/bits.js';
import {
  expectBatchInvariant,
  expectPiecesInvariant,
  expectStreamInvariant,
  N,
  T,
} from '../harness/invariance.js';
import { testData } from '../harness/random.js';

const I = 3;

type Options = { readonly returnSequences: boolean; readonly stateful?: boolean };

const CELLS: Readonly<Record<string, (options: Options) => Layer>> = {
  simpleRNN: (o) => simpleRNN({ units: 5, ...o }),
  lstm: (o) => lstm({ units: 5, ...o }),
  gru: (o) => gru({ units: 5, ...o }),
  mgu: (o) => mgu({ units: 5, ...o }),
  indRnn: (o) => indRnn({ units: 5, ...o }),
  minGru: (o) => minGru({ units: 5, ...o }),
  minLstm: (o) => minLstm({ units: 5, ...o }),
  stack: (o) => rnn([lstm({ units: 4 }), gru({ units: 3 })], o),
};

/** Frames of N sequences, every third of which does not count, those at the start of some included. */
function frames(): Float32Array {
  const x = testData(1, N * T * I);
  for (let r = 0; r < N * T; r++) if ((r * 7 + Math.floor(r / T)) % 3 === 0) x.fill(0, r * I, (r + 1) * I);
  return x;
}

function network(layers: readonly Layer[]): Model<Tensor> {
  return sequential([input({ shape: [null, I] }), masking(), ...layers, dense({ units: 2 })], { seed: 3 });
}

describe.each(Object.keys(CELLS))('%s with frames that do not count', (name) => {
  it('has the same bits in any batch and one frame at a time', () => {
    const net = network([CELLS[name]({ returnSequences: true })]);
    expectBatchInvariant(net as Model, frames(), [T, I]);
    expectStreamInvariant(net as Model, frames(), [I], true);
    expectStreamInvariant(network([CELLS[name]({ returnSequences: false })]) as Model, frames(), [I], false);
  });

  it('holds its states in 8 bits too', () => {
    const net = network([CELLS[name]({ returnSequences: true })]);
    const small = quantize(net as Model) as unknown as Model;
    expectBatchInvariant(small, frames(), [T, I]);
    expectStreamInvariant(small, frames(), [I], true);
  });
});

describe('frames that do not count', () => {
  it('give the last output again, whatever comes after', () => {
    const net = network([lstm({ units: 5, returnSequences: true }), lastStep()]);
    const stream = net.stream();
    const x = frames();
    for (let t = 0; t < T; t++) {
      const frame = x.subarray(t * I, (t + 1) * I);
      const before = t === 0 ? null : Float32Array.from(stream.step(new Float32Array(I)));
      const y = Float32Array.from(stream.step(frame));
      if (before !== null && frame.every((v) => v === 0)) expect(y).toEqual(before);
      if (before !== null && !frame.every((v) => v === 0)) expect(y).not.toEqual(before);
    }
  });

  it('are id 0 where an embedding masks it', () => {
    const layers = [
      input({ shape: [null] }),
      embedding({ inputDim: 6, outputDim: 4, maskZero: true }),
      gru({ units: 5, returnSequences: true }),
    ] as const;
    const net = sequential([...layers], { seed: 3 });
    const ids = Float32Array.from(testData(2, N * T), (v) => Math.floor(3 * (v + 0.9)));
    expect(ids.filter((id) => id === 0).length).toBeGreaterThan(5);
    expectBatchInvariant(net as Model, ids, [T]);
    expectStreamInvariant(net as Model, ids, [], true);
    const again = load(net.save());
    expect(bitsOf(again.predict(tensor(ids, [N, T])).data)).toEqual(
      bitsOf(net.predict(tensor(ids, [N, T])).data),
    );
  });

  it('are left out of sequences that stateful layers are fed in pieces', () => {
    const x = testData(1, N * T * I);
    for (let s = 0; s < N; s++) x.fill(0, (s * T + 4) * I, (s * T + 6) * I);
    const make = (stateful: boolean): Model =>
      network([lstm({ units: 5, returnSequences: true, stateful })]) as Model;
    expectPiecesInvariant(make(true), make(false), x, [I]);
  });
});
