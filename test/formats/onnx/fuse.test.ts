import { describe, expect, it } from 'vitest';
import { exportOnnx, importOnnx } from '../../../src/formats/onnx/index.js';
import {
  activation,
  add,
  conv1d,
  dense,
  globalMaxPooling1d,
  gru,
  input,
  type Model,
  maxPooling1d,
  model,
  sequential,
  type Tensor,
  tensor,
} from '../../../src/index.js';
import { bitsOf, giveWeights } from '../../harness/bits.js';
import { testData } from '../../harness/random.js';

const layersOf = (net: Model<Tensor | Tensor[]>): string[] =>
  net.graph.layers.map(({ layer }) => {
    const { activation: own } = layer.config as { activation?: string };
    return layer.definition.type + (own === undefined ? '' : ` ${own}`);
  });

describe('activations that an ONNX file has as operators of their own', () => {
  it.each(['relu', 'tanh', 'gelu', 'softmax'] as const)('%s becomes an option of the layer', (name) => {
    const net = sequential([
      input({ shape: [12, 3] }),
      conv1d({ filters: 5, kernelSize: 4, padding: 'same', activation: name }),
      maxPooling1d({ poolSize: 2 }),
      gru({ units: 4, returnSequences: true }),
      dense({ units: 6, activation: name }),
      globalMaxPooling1d(),
      dense({ units: 3, activation: 'softmax' }),
    ]);
    giveWeights(net, 1);
    const again = importOnnx(exportOnnx(net)).model as Model<Tensor>;
    expect(layersOf(again)).toEqual(layersOf(net));
    const x = tensor(testData(2, 2 * 12 * 3), [2, 12, 3]);
    const y = tensor(testData(3, 2 * 3, 0.1, 0.9), [2, 3]);
    expect(bitsOf(again.predict(x).data)).toEqual(bitsOf(net.predict(x).data));
    for (const one of [net, again]) {
      one.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
      one.trainOnBatch(x, y);
    }
    expect(Object.values(again.getWeights()).map(({ data }) => bitsOf(data))).toEqual(
      Object.values(net.getWeights()).map(({ data }) => bitsOf(data)),
    );
  });

  it('stay layers where others read the argument too, or where a layer serves twice', () => {
    const x = input({ shape: [3], name: 'x' });
    const argument = dense({ units: 4 }).apply(x);
    const active = activation({ activation: 'tanh' }).apply(argument);
    const out = dense({ units: 2, activation: 'relu' }).apply(add().apply([argument, active]));
    const net = model({ inputs: x, outputs: [out, active] }) as unknown as Model<Tensor[]>;
    giveWeights(net as unknown as Model<Tensor>, 4);
    const { model: again } = importOnnx(exportOnnx(net as unknown as Model));
    expect(layersOf(again)).toEqual(['dense linear', 'activation tanh', 'add', 'dense relu']);
    const given = tensor(testData(5, 6), [2, 3]);
    const expected = net.predict(given).map(({ data }) => bitsOf(data));
    expect((again.predict(given) as Tensor[]).map(({ data }) => bitsOf(data))).toEqual(expected);
  });
});
