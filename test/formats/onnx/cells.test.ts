import { describe, expect, it } from 'vitest';
import { exportOnnx, importOnnx } from '../../../src/formats/onnx/index.js';
import { sgd, type Tensor, tensor } from '../../../src/index.js';
import golden from '../../golden/onnx_cells.json' with { type: 'json' };
import { bytesOf } from '../../harness/base64.js';
import { bitsOf } from '../../harness/bits.js';
import { testData } from '../../harness/random.js';
import { importedFrom, samplesFor, tensors } from './golden-files.js';

/** Against PyTorch. Measured: 3.6e-7 at most. */
const DIFFERENCE = 1e-6;

/** Layers that only move values. */
const MOVES = ['reshape', 'slice', 'concatenate'];

const imported = importedFrom(golden.cases);

const typesOf = ({ model }: ReturnType<typeof importOnnx>): string[] =>
  model.graph.layers.map(({ layer }) => layer.definition.type);

describe.each(golden.cases)('importOnnx of gates: $name', ({ file, inputs, outputs, kinds }) => {
  const whole = importOnnx(bytesOf(file));

  it('gives the outputs of PyTorch', () => {
    const got = whole.run(tensors(inputs));
    for (const [name, { data, shape }] of Object.entries(tensors(outputs))) {
      expect(got[name].shape, name).toEqual(shape);
      got[name].data.forEach((value, i) => {
        expect(Math.abs(value - data[i]), `${name}[${i}]`).toBeLessThanOrEqual(DIFFERENCE);
      });
    }
  });

  it.runIf(kinds.length > 0)('is made of the layers that it spells', () => {
    const types = typesOf(whole).filter((type) => !MOVES.includes(type));
    expect([...new Set(types)]).toEqual([...new Set(kinds)]);
    const cells = (list: readonly string[]) =>
      list.filter((type) => ['lstm', 'gru', 'simpleRNN'].includes(type));
    expect(cells(types)).toEqual(cells(kinds));
  });

  it('is written again and gives the same', () => {
    const { model } = whole;
    const again = importOnnx(exportOnnx(model));
    const fed = samplesFor(model);
    const list = (result: Tensor | Tensor[]): Tensor[] => [result].flat();
    const got = list(again.model.predict(fed));
    list(model.predict(fed)).forEach(({ data }, i) => {
      data.forEach((value, at) => {
        expect(Math.abs(value - got[i].data[at])).toBeLessThanOrEqual(DIFFERENCE);
      });
    });
  });
});

describe('a model of gates that became layers', () => {
  it('does not take for a cell what is none', () => {
    expect(typesOf(imported('gates of no cell'))).not.toContain('lstm');
  });

  it.each([
    ['LSTMCell step by step {}', 3],
    ['GRUCell step by step {}', 3],
    ['RNNCell step by step {}', 3],
  ])('streams with the bits of the whole: %s', (name, steps) => {
    const { model, feeds } = imported(name);
    const x = feeds.x.data.slice(0, steps * 3);
    const whole = (model.predict(tensor(x, [1, steps, 3])) as Tensor).data;
    const stream = model.stream();
    for (let t = 0; t < steps; t++) {
      const y = stream.step(x.slice(3 * t, 3 * t + 3)) as Float32Array;
      expect(bitsOf(y)).toEqual(bitsOf(whole.slice(2 * t, 2 * t + 2)));
    }
  });

  it.each([
    ['two LSTMCells with states in and out', 'y', 4],
    ['a Loop around gates, opset 14', 'y', 4],
    ['a Scan around lstm', 'y', 4],
    ['a Scan around rnn, batch first', 'y', 4],
    ['a Loop around two layers', 'y', 2],
  ])('feeds states back by itself: %s', (name, output, units) => {
    const { model, run, feeds, inputs } = imported(name);
    const [{ batchAxis }] = inputs;
    const steps = feeds.x.shape[1 - (batchAxis ?? 0)];
    const x = testData(9, steps * 3);
    const shape = batchAxis === 0 ? [1, steps, 3] : [steps, 1, 3];
    const zeros = inputs.slice(1).map((value) => [value.name, tensor(new Float32Array(4), [1, 4])] as const);
    const whole = run({ x: tensor(x, shape), ...Object.fromEntries(zeros) })[output].data;
    const stream = model.stream();
    for (let t = 0; t < steps; t++) {
      const y = stream.step(x.slice(3 * t, 3 * t + 3)) as Float32Array;
      expect(bitsOf(y)).toEqual(bitsOf(whole.slice(units * t, units * (t + 1))));
    }
  });

  it.each([
    ['one step of LSTMCell', ['h', 'c']],
    ['one step of GRUCell', ['h']],
  ])('streams a graph of one step: %s', (name, states) => {
    const { model, run } = imported(name);
    const stream = model.stream();
    let held = Object.fromEntries(states.map((state) => [state, tensor(new Float32Array(4), [1, 4])]));
    for (let t = 0; t < 4; t++) {
      const x = testData(t, 3);
      const got = run({ x: tensor(x, [1, 3]), ...held });
      expect(bitsOf(stream.step(x) as Float32Array)).toEqual(bitsOf(got.y.data));
      held = Object.fromEntries(states.map((state) => [state, got[`${state}_n`]]));
    }
  });

  it('trains the one set of weights that all steps use', () => {
    const { model, feeds } = imported('GRUCell step by step {}');
    const names = ['gru.kernel', 'gru.recurrentKernel', 'gru.bias'];
    const before = model.getWeights();
    expect(Object.keys(before).filter((name) => name.startsWith('gru'))).toEqual(names);
    model.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' });
    const target = tensor(testData(5, 2 * 3 * 2), [2, 3, 2]);
    const losses = Array.from({ length: 10 }, () => model.trainOnBatch(feeds.x, target).loss);
    const after = model.getWeights();
    for (const name of names) {
      expect(
        after[name].data.every((value, i) => value === before[name].data[i]),
        name,
      ).toBe(false);
    }
    losses.slice(1).forEach((loss, i) => {
      expect(loss).toBeLessThan(losses[i]);
    });
  });

  it('keeps one layer for a cell that takes its own output', () => {
    const { model } = imported('an LSTMCell that takes its own output');
    expect(Object.keys(model.getWeights()).filter((name) => name.includes('recurrentKernel'))).toHaveLength(
      1,
    );
  });
});
