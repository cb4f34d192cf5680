import { describe, expect, it } from 'vitest';
import { exportOnnx, importOnnx } from '../../../src/formats/onnx/index.js';
import {
  dense,
  FormatError,
  gru,
  input,
  lstm,
  type Model,
  mgu,
  sequential,
  type Tensor,
  tensor,
  UnknownNameError,
  ValueError,
} from '../../../src/index.js';
import { bitsOf, giveWeights } from '../../harness/bits.js';
import { testData } from '../../harness/random.js';
import { EXPORT_CASES } from './export-cases.js';

const listOf = (result: Tensor | Tensor[]): Tensor[] => (Array.isArray(result) ? result : [result]);

describe.each(Object.entries(EXPORT_CASES))('exportOnnx and back: %s', (_name, { make, inputs, rounds }) => {
  it.each([13, 17, 21])('gives the same bits by opset %i', (opset) => {
    const model = make();
    const given = inputs();
    const expected = listOf(model.predict(given.length === 1 ? given[0] : given));
    const { run, inputs: names, outputs } = importOnnx(exportOnnx(model as Model, { opset }));
    const got = run(Object.fromEntries(names.map(({ name }, i) => [name, given[i]])));
    expect(outputs.map(({ name }) => name)).toEqual(model.graph.outputNames);
    outputs.forEach(({ name }, i) => {
      expect(got[name].shape).toEqual(expected[i].shape);
      if (!rounds) expect(bitsOf(got[name].data), name).toEqual(bitsOf(expected[i].data));
      else {
        got[name].data.forEach((value, at) => {
          expect(value).toBeCloseTo(expected[i].data[at], 5);
        });
      }
    });
  });
});

describe('exportOnnx', () => {
  it('keeps names and layers, so that the weights are the same', () => {
    const model = sequential([input({ shape: [null, 3] }), lstm({ units: 4 }), dense({ units: 2 })]);
    const again = importOnnx(exportOnnx(model)).model;
    expect(again.graph.layers.map(({ name }) => name).slice(0, 2)).toEqual(['lstm', 'dense']);
    for (const [name, { data }] of Object.entries(model.getWeights())) {
      expect(bitsOf(again.getWeights()[name].data), name).toEqual(bitsOf(data));
    }
  });

  it('gives states in and out, with which a sequence goes on in pieces', () => {
    const model = sequential([
      input({ shape: [null, 3] }),
      lstm({ units: 4, returnSequences: true }),
      gru({ units: 3, returnSequences: true }),
      dense({ units: 2 }),
    ]);
    giveWeights(model, 3);
    const { run, inputs, outputs } = importOnnx(exportOnnx(model, { states: true }));
    expect(inputs.map(({ name }) => name)).toEqual(['input', 'lstm.h', 'lstm.c', 'gru.h']);
    expect(outputs.map(({ name }) => name)).toEqual(['dense', 'lstm.h_out', 'lstm.c_out', 'gru.h_out']);
    const x = testData(4, 6 * 3);
    const whole = model.predict(tensor(x, [1, 6, 3])).data;
    let states: Record<string, Tensor> = {
      'lstm.h': tensor(new Float32Array(4), [1, 4]),
      'lstm.c': tensor(new Float32Array(4), [1, 4]),
      'gru.h': tensor(new Float32Array(3), [1, 3]),
    };
    for (const [from, to] of [
      [0, 1],
      [1, 4],
      [4, 6],
    ]) {
      const piece = tensor(x.subarray(3 * from, 3 * to), [1, to - from, 3]);
      const got = run({ input: piece, ...states });
      expect(bitsOf(got.dense.data)).toEqual(bitsOf(whole.subarray(2 * from, 2 * to)));
      states = Object.fromEntries(Object.keys(states).map((name) => [name, got[`${name}_out`]]));
    }
  });

  it('streams a graph with states in and out, which feeds them back by itself', () => {
    const model = sequential([
      input({ shape: [null, 3] }),
      lstm({ units: 4, returnSequences: true }),
      gru({ units: 3, returnSequences: true }),
      dense({ units: 2 }),
    ]);
    giveWeights(model, 3);
    const stream = importOnnx(exportOnnx(model, { states: true })).model.stream();
    const own = model.stream();
    for (let t = 0; t < 4; t++) {
      const frame = testData(t, 3);
      expect(bitsOf(stream.step(frame as Float32Array) as Float32Array)).toEqual(bitsOf(own.step(frame)));
    }
  });

  it('refuses by name what ONNX cannot say', () => {
    const of = (...layers: ReturnType<typeof lstm>[]) => sequential([input({ shape: [null, 3] }), ...layers]);
    expect(() => exportOnnx(of(mgu({ units: 2 })))).toThrow(
      'exportOnnx: mgu (mgu): ONNX has no such layer; exported are',
    );
    expect(() => exportOnnx(of(lstm({ units: 2, zoneout: 0.1 })))).toThrow(
      'exportOnnx: lstm (lstm): ONNX has no zoneout',
    );
    expect(() => exportOnnx(of(lstm({ units: 2, projection: 1 })))).toThrow('no projection');
    expect(() => exportOnnx(of(gru({ units: 2, form: 'split' })))).toThrow("no form 'split'");
    expect(() => exportOnnx(of(gru({ units: 2, activation: 'selu' })))).toThrow(
      "ONNX's GRU has no activation 'selu'",
    );
    expect(() => exportOnnx(of(gru({ units: 2, stateful: true })))).toThrow(FormatError);
    expect(() => exportOnnx(of(gru({ units: 2 })), { opset: 12 })).toThrow(ValueError);
    expect(() => exportOnnx(of(gru({ units: 2 })), { opsets: 12 } as object)).toThrow(UnknownNameError);
  });
});
