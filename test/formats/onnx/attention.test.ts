import { describe, expect, it } from 'vitest';
import { exportOnnx, importOnnx } from '../../../src/formats/onnx/index.js';
import { adam, type Tensor, tensor } from '../../../src/index.js';
import golden from '../../golden/onnx_attention.json' with { type: 'json' };
import { bytesOf } from '../../harness/base64.js';
import { bitsOf } from '../../harness/bits.js';
import { testData } from '../../harness/random.js';
import { importedFrom, samplesFor, tensors } from './golden-files.js';

/** Against PyTorch, of the scale of the output. */
const DIFFERENCE = 1e-6;

const imported = importedFrom(golden.cases);

function near(got: Tensor, expected: Tensor): void {
  expect(got.shape).toEqual(expected.shape);
  const scale = expected.data.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
  got.data.forEach((value, i) => {
    expect(Math.abs(value - expected.data[i]) / scale, `[${i}]`).toBeLessThanOrEqual(DIFFERENCE);
  });
}

describe.each(golden.cases)(
  'importOnnx of attention and its like: $name',
  ({ file, inputs, outputs, kinds }) => {
    const whole = importOnnx(bytesOf(file));

    it('gives the outputs of PyTorch', () => {
      near(whole.run(tensors(inputs)).y, tensors(outputs).y);
    });

    it('is made of the layers that it spells', () => {
      const types = whole.model.graph.layers.map(({ layer }) => layer.definition.type);
      for (const kind of kinds) expect(types).toContain(kind);
      if (kinds.length > 0) for (const single of ['matmul', 'reduce']) expect(types).not.toContain(single);
      if (kinds.includes('multiHeadAttention')) expect(types).not.toContain('attention');
    });

    it('is written again and gives the same', () => {
      const again = importOnnx(exportOnnx(whole.model)).model;
      const fed = samplesFor(whole.model);
      near(again.predict(fed) as Tensor, whole.model.predict(fed) as Tensor);
    });
  },
);

describe('attention that was spelled out', () => {
  it('streams with the bits of the whole where it is causal', () => {
    const { model } = imported('heads of open length, causal');
    const x = testData(3, 5 * 8);
    const whole = (model.predict(tensor(x, [1, 5, 8])) as Tensor).data;
    const stream = model.stream({ maxSteps: 5 });
    for (let t = 0; t < 5; t++) {
      const y = stream.step(x.slice(8 * t, 8 * t + 8)) as Float32Array;
      expect(bitsOf(y)).toEqual(bitsOf(whole.slice(8 * t, 8 * t + 8)));
    }
  });

  it('trains all weights of a layer of a Transformer', () => {
    const { model, feeds } = imported('TransformerEncoderLayer, gelu');
    const before = model.getWeights();
    model.compile({ optimizer: adam({ learningRate: 0.01 }), loss: 'meanSquaredError' });
    const target = tensor(testData(8, feeds.x.data.length), feeds.x.shape);
    const losses = Array.from({ length: 20 }, () => model.trainOnBatch(feeds.x, target).loss);
    expect(losses[19]).toBeLessThan(0.9 * losses[0]);
    for (const [name, { data }] of Object.entries(model.getWeights())) {
      expect(
        data.every((value, i) => value === before[name].data[i]),
        name,
      ).toBe(false);
    }
  });
});
