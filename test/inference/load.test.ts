import { describe, expect, it } from 'vitest';
import * as full from '../../src/index.js';
import { kindOf } from '../../src/inference/kind.js';
import * as kinds from '../../src/inference/layers.js';
import { load } from '../../src/inference/load.js';
import { LAYER_DEFINITIONS } from '../../src/layers/registry.js';

const { bidirectional, dense, dropout, embedding, gru, input, lstm, sequential, timeDistributed } = full;

const series = (shape: readonly number[]) => {
  const size = shape.reduce((product, n) => product * n, 1);
  return { data: Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.7)), shape };
};

describe('kinds of layers', () => {
  it('are there for every layer that a saved model may name, under its name', () => {
    const types = LAYER_DEFINITIONS.map(({ type }) => type);
    expect(Object.keys(kinds).sort()).toEqual([...types, 'lstmVariant'].sort());
    for (const type of types) expect((kinds as Record<string, { type: string }>)[type].type).toBe(type);
  });
});

describe('load of the inference entry', () => {
  const models: Record<string, { layers: full.Layer[]; needs: (typeof kinds.dense)[]; streams: boolean }> = {
    'LSTM and dense': {
      layers: [lstm({ units: 17 }), dense({ units: 3, activation: 'softmax' })],
      needs: [kinds.lstm, kinds.dense],
      streams: true,
    },
    'LSTM with peepholes and dropout': {
      layers: [lstm({ units: 5, peephole: true, dropout: 0.3 }), dropout({ rate: 0.5 }), dense({ units: 1 })],
      needs: [kinds.lstmVariant, kinds.dense, kinds.dropout],
      streams: true,
    },
    'both directions of a GRU, dense at every step': {
      layers: [
        bidirectional({ layer: gru({ units: 4, returnSequences: true }) }),
        timeDistributed({ layer: dense({ units: 2 }) }),
      ],
      needs: [kinds.gru, kinds.bidirectional, kinds.timeDistributed, kinds.dense],
      streams: false,
    },
  };

  it.each(Object.entries(models))(
    '%s: gives the bits of the model that was saved',
    (_, { layers, needs, streams }) => {
      const model = sequential([input({ shape: [6, 3] }), ...layers], { seed: 4 });
      const x = series([5, 6, 3]);
      const loaded = load(model.save(), { layers: needs });
      expect(loaded.predict(x)).toEqual(model.predict(x));
      if (!streams) return;
      const [mine, theirs] = [loaded.stream(), model.stream()];
      for (let t = 0; t < 6; t++) {
        const frame = x.data.subarray(3 * t, 3 * t + 3);
        expect(mine.step(frame).slice()).toEqual(theirs.step(frame).slice());
      }
    },
  );

  it('leaves out how a compiled model is trained', () => {
    const model = sequential([
      input({ shape: [4] }),
      embedding({ inputDim: 9, outputDim: 3 }),
      gru({ units: 3 }),
    ]);
    model.compile({ optimizer: 'adam', loss: 'mse' });
    const ids = { data: Float32Array.from([1, 2, 3, 8, 0, 4, 5, 6]), shape: [2, 4] };
    model.trainOnBatch(ids, series([2, 3]));
    const loaded = load(model.save(), { layers: [kinds.gru, kinds.embedding] });
    expect(loaded.predict(ids)).toEqual(model.predict(ids));
  });

  it('says which kind is missing', () => {
    const bytes = sequential([input({ shape: [6, 3] }), lstm({ units: 2 }), dense({ units: 1 })]).save();
    expect(() => load(bytes, { layers: [kinds.dense] })).toThrow(full.UnknownNameError);
    expect(() => load(bytes, { layers: [kinds.dense] })).toThrow(
      "load: the model has a layer of type 'lstm', which is not among layers: pass { layers: [dense, lstm] }",
    );
    const peephole = sequential([input({ shape: [6, 3] }), lstm({ units: 2, peephole: true })]).save();
    expect(() => load(peephole, { layers: [kinds.lstm] })).toThrow(/take lstmVariant in place of lstm/);
  });

  it('refuses what are no kinds, no bytes of a model, and options that it does not have', () => {
    const bytes = sequential([input({ shape: [6, 3] }), lstm({ units: 2 })]).save();
    expect(() => load(bytes, { layers: [lstm as never] })).toThrow(/layers must be kinds of layers/);
    expect(() => load(bytes, { layers: 3 as never })).toThrow(full.ValueError);
    expect(() => load(bytes, {} as never)).toThrow(full.ValueError);
    expect(() => load(bytes, { layers: [], cells: [] } as never)).toThrow(full.UnknownNameError);
    const damaged = bytes.slice();
    damaged[damaged.length - 20] ^= 1;
    expect(() => load(damaged, { layers: [kinds.lstm] })).toThrow(full.FormatError);
    expect(() => load(bytes.slice(0, 40), { layers: [kinds.lstm] })).toThrow(full.FormatError);
    expect(kindOf(LAYER_DEFINITIONS[0]).type).toBe('simpleRNN');
  });
});
