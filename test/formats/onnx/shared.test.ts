import { expect, it } from 'vitest';
import { exportOnnx, importOnnx } from '../../../src/formats/onnx/index.js';
import {
  add,
  dense,
  input,
  type Layer,
  layerNormalization,
  lstm,
  type Model,
  model,
  multiHeadAttention,
  type Tensor,
  tensor,
} from '../../../src/index.js';
import { bitsOf, giveWeights } from '../../harness/bits.js';
import { testData } from '../../harness/random.js';

type Net = Model<Tensor>;

/** Two inputs through one layer, added, and through another dense layer. */
function siamese(make: () => Layer): Net {
  const [a, b] = ['a', 'b'].map((name) => input({ shape: [5, 4], name }));
  const both = make();
  const sum = add().apply([a, b].map((x) => both.apply(x)));
  const net = model({ inputs: [a, b], outputs: dense({ units: 4 }).apply(sum) }) as unknown as Net;
  giveWeights(net, 2);
  return net;
}

it.each([
  ['dense', () => dense({ units: 4, activation: 'tanh' })],
  ['lstm', () => lstm({ units: 4 })],
  ['multiHeadAttention', () => multiHeadAttention({ numHeads: 2, keyDim: 3 })],
])('a layer that is used twice is one layer again, and trains as one: %s', (type, make: () => Layer) => {
  const net = siamese(make);
  const file = exportOnnx(net);
  const again = importOnnx(file).model as Net;
  const kinds = again.graph.layers.map(({ layer }) => layer.definition.type);
  expect(kinds.filter((kind) => kind === type)).toHaveLength(type === 'dense' ? 2 : 1);
  expect(again.parameterCount).toBe(net.parameterCount);
  const x = [1, 2].map((seed) => tensor(testData(seed, 3 * 5 * 4), [3, 5, 4]));
  const { shape } = net.predict(x);
  const y = tensor(
    testData(
      3,
      shape.reduce((p, q) => p * q),
    ),
    shape,
  );
  for (const one of [net, again]) {
    one.compile({ optimizer: 'sgd', loss: 'mse' });
    one.trainOnBatch(x, y);
  }
  expect(bitsOf(again.predict(x).data)).toEqual(bitsOf(net.predict(x).data));
});

it('layers of equal weights stay two', () => {
  const x = input({ shape: [3], name: 'x' });
  const h = layerNormalization().apply(dense({ units: 3, useBias: false }).apply(x));
  const y = layerNormalization().apply(dense({ units: 3, useBias: false }).apply(h));
  const net = model({ inputs: x, outputs: y }) as unknown as Net;
  const kernel = tensor(testData(4, 9), [3, 3]);
  net.setWeights({ 'dense.kernel': kernel, 'dense_1.kernel': kernel });
  expect(importOnnx(exportOnnx(net)).model.graph.layers).toHaveLength(net.graph.layers.length);
});
