import { describe, expect, it } from 'vitest';
import {
  dense,
  input,
  type Layer,
  load,
  type Model,
  model,
  sequential,
  sgd,
  sinePositionEncoding,
  type Tensor,
  type TransformerEncoderOptions,
  tensor,
  transformerDecoder,
  transformerEncoder,
} from '../../../src/index.js';
import { bitsOf, giveWeights, samplesOf } from '../../harness/bits.js';
import { checkModel } from '../../harness/gradient.js';
import { expectInvariant } from '../../harness/layer-invariance.js';
import { testData } from '../../harness/random.js';

/** Largest difference from f64 of predictions, loss and gradients, over the largest value. Measured: 7.5e-6. */
const MAX_DIFFERENCE = 1e-5;

const B = 3;
const options = { intermediateDim: 5, numHeads: 2 };

/** A block behind dense layers on each input. */
function around(layer: Layer, T: number, features: number, S?: number, pairs = false): Model {
  const inputs = [T, ...(S === undefined ? [] : [S])].map((steps) => input({ shape: [steps, 2] }));
  const parts = inputs.map((x) => dense({ units: features, activation: 'tanh' }).apply(x));
  const mask = pairs ? [input({ shape: [T, T] })] : [];
  const outputs = layer.apply([...parts, ...mask]);
  const net = model({ inputs: [...inputs, ...mask], outputs }) as unknown as Model;
  giveWeights(net, T + features);
  net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
  return net;
}

function dataFor(net: Model): Tensor[] {
  return net.graph.inputs.map(({ shape }, i) => {
    const [T, F] = shape as number[];
    const data = testData(5 + i, B * T * F);
    const isMask = i > 0 && F === T && F !== 2;
    return tensor(isMask ? data.map((v, j) => (v > 0 || j % F === 0 ? 1 : 0)) : data, [B, T, F]);
  });
}

function worst(net: Model, lengths?: readonly number[]): number {
  const x = dataFor(net);
  const [T, F] = net.graph.outputs[0].shape as number[];
  const y = tensor(testData(9, B * T * F), [B, T, F]);
  const { forward, loss, gradients } = checkModel(net, x.length === 1 ? x[0] : x, y, lengths);
  const felt = Object.entries(gradients).filter(([name]) => !name.endsWith('keyBias'));
  return Math.max(forward, loss, ...felt.map(([, difference]) => difference));
}

describe.each([false, true])('blocks of a Transformer against f64, normalizeFirst: %s', (normalizeFirst) => {
  for (const activation of ['relu', 'gelu'] as const) {
    it.each([3, 5, 17])(`an encoder's, ${activation}, %i steps`, (T) => {
      for (const useCausalMask of [false, true]) {
        const layer = transformerEncoder({ ...options, normalizeFirst, activation, useCausalMask });
        expect(worst(around(layer, T, 4))).toBeLessThan(MAX_DIFFERENCE);
      }
    });

    it.each([
      [1, 3],
      [4, 5],
      [17, 3],
    ])(`a decoder's, ${activation}, %i steps and %i of an encoder`, (T, S) => {
      const layer = transformerDecoder({ ...options, normalizeFirst, activation });
      expect(worst(around(layer, T, 4, S))).toBeLessThan(MAX_DIFFERENCE);
    });
  }

  it('with masks, windows and rotary positions', () => {
    const make = (more: Partial<TransformerEncoderOptions>): Layer =>
      transformerEncoder({ ...options, normalizeFirst, ...more });
    expect(worst(around(make({ useAttentionMask: true }), 5, 4, undefined, true))).toBeLessThan(
      MAX_DIFFERENCE,
    );
    expect(worst(around(make({ useCausalMask: true, slidingWindow: 3 }), 7, 6))).toBeLessThan(MAX_DIFFERENCE);
    expect(worst(around(make({ rotary: true }), 5, 8))).toBeLessThan(MAX_DIFFERENCE);
    expect(worst(around(make({}), 5, 4), [5, 2, 3])).toBeLessThan(MAX_DIFFERENCE);
    const decoder = transformerDecoder({ ...options, normalizeFirst, rotary: { maxWavelength: 40 } });
    expect(worst(around(decoder, 5, 4))).toBeLessThan(MAX_DIFFERENCE);
  });
});

/** Two causal blocks on positions. */
function languageModel(more: Partial<TransformerEncoderOptions>, T: number | null): Model {
  const block = () => transformerEncoder({ ...options, useCausalMask: true, dropout: 0.2, ...more });
  const net = sequential([input({ shape: [T, 4] }), dense({ units: 6 }), block(), block()]);
  giveWeights(net, 4);
  return net;
}

describe('promises of blocks', () => {
  it.each([false, true])(
    'the same bits alone, in batches and by steps, normalizeFirst: %s',
    (normalizeFirst) => {
      for (const T of [1, 4, 5, 33]) {
        const net = languageModel({ normalizeFirst, activation: 'gelu' }, T);
        expectInvariant(net, tensor(testData(T, 4 * T * 4), [4, T, 4]), true);
      }
    },
  );

  it('streams over more than a block of keys, with room for as many steps as are asked for', () => {
    const T = 130;
    const net = languageModel({ numHeads: 3, rotary: true }, null);
    const x = testData(6, T * 4);
    const whole = net.predict(tensor(x, [1, T, 4])).data;
    const stream = net.stream({ maxSteps: T });
    for (let t = 0; t < T; t++) {
      expect(bitsOf(stream.step(samplesOf(x, T, t))), `step ${t}`).toEqual(bitsOf(samplesOf(whole, T, t)));
    }
    expect(() => stream.step([1, 2, 3, 4])).toThrow(
      'stream: transformerEncoder.selfAttention has room for 130 steps',
    );
  });

  it('train on with the same bits after loading, with dropout', () => {
    const net = languageModel({ normalizeFirst: true }, 5);
    net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    const x = tensor(testData(3, B * 20), [B, 5, 4]);
    const y = tensor(testData(4, B * 30), [B, 5, 6]);
    const before = net.trainOnBatch(x, y);
    const again = load(net.save()) as unknown as Model;
    expect(again.trainOnBatch(x, y)).toEqual(net.trainOnBatch(x, y));
    expect(again.fingerprint()).toBe(net.fingerprint());
    expect(before).not.toEqual(net.evaluate(x, y));
  });

  it('has weights under the names of its layers', () => {
    const decoder = transformerDecoder({ ...options, name: 'block' });
    const names = Object.keys(around(decoder, 4, 4, 3).getWeights()).filter((name) =>
      name.startsWith('block.'),
    );
    expect(names.slice(0, 2)).toEqual(['block.selfAttention.queryKernel', 'block.selfAttention.queryBias']);
    expect(names).toContain('block.crossAttentionLayerNorm.gamma');
    expect(names.at(-1)).toBe('block.feedforwardLayerNorm.beta');
    expect(names.length).toBe(2 * 8 + 3 * 2 + 2 * 2);
  });
});

describe('a decoder in a stream', () => {
  const [S, T] = [67, 70];
  const source = input({ shape: [null, 3], name: 'source' });
  const target = input({ shape: [null, 4], name: 'target' });

  function decoding(more: object): Model {
    const encoded = dense({ units: 5 }).apply(source);
    const block = () => transformerDecoder({ ...options, ...more });
    const inside = block().apply([target, encoded]);
    const net = model({ inputs: [source, target], outputs: block().apply([inside, encoded]) });
    giveWeights(net as unknown as Model, 8);
    return net as unknown as Model;
  }

  it.each([{}, { normalizeFirst: true, activation: 'gelu', rotary: true }])(
    'has the bits of the whole sequences, %j',
    (more) => {
      const net = decoding(more);
      const encoded = tensor(testData(3, 2 * S * 3), [2, S, 3]);
      const x = tensor(testData(4, 2 * T * 4), [2, T, 4]);
      const lengths = { source: [S, 5], target: [T, T] };
      const whole = net.predict([encoded, x], { lengths }).data;
      const stream = net.stream({ batchSize: 2, stepInput: 'target', maxSteps: T });
      for (let run = 0; run < 2; run++) {
        stream.start(encoded, { lengths: { source: lengths.source } });
        for (let t = 0; t < T; t++) {
          const frames = [0, 1].flatMap((s) => [...samplesOf(samplesOf(x.data, 2, s), T, t)]);
          const y = stream.step(frames);
          for (const s of [0, 1]) {
            expect(bitsOf(samplesOf(y, 2, s)), `sample ${s}, step ${t}`).toEqual(
              bitsOf(samplesOf(samplesOf(whole, 2, s), T, t)),
            );
          }
        }
      }
    },
  );

  it('goes on from another row behind reorder', () => {
    const net = decoding({});
    const stream = net.stream({ batchSize: 2, stepInput: 'target', maxSteps: 9 });
    stream.start(tensor(testData(3, 2 * 5 * 3), [2, 5, 3]));
    for (let t = 0; t < 3; t++) stream.step(testData(20 + t, 8));
    stream.reorder([1, 1]);
    const y = stream.step(new Float32Array([1, 2, 3, 4, 1, 2, 3, 4])).slice();
    expect(bitsOf(samplesOf(y, 2, 0))).toEqual(bitsOf(samplesOf(y, 2, 1)));
    expect(() => net.stream({ stepInput: 'source' })).toThrow('cannot stream');
  });
});

describe('what blocks refuse', () => {
  const x = input({ shape: [4, 6] });
  it.each([
    [{ numHeads: 0 }, 'transformerEncoder: numHeads must be a whole number of at least 1, got 0'],
    [
      { intermediateDim: 1.5 },
      'transformerEncoder: intermediateDim must be a whole number of at least 1, got 1.5',
    ],
    [{ dropout: 1 }, 'transformerEncoder: dropout must be a number from 0 to below 1, got 1'],
    [{ layerNormEpsilon: 0 }, 'transformerEncoder: layerNormEpsilon must be a finite number above 0, got 0'],
    [{ activation: 'rectified' }, "transformerEncoder: unknown activation 'rectified'"],
    [{ normalizeFirst: 1 }, 'transformerEncoder: normalizeFirst must be true or false, got 1'],
    [{ slidingWindow: 2 }, 'transformerEncoder.selfAttention: slidingWindow needs useCausalMask: true'],
    [{ heads: 2 }, "transformerEncoder: unknown option 'heads'"],
  ])('the options %j', (more, message) => {
    expect(() => transformerEncoder({ ...options, ...more } as never)).toThrow(message);
  });

  it('heads that do not divide the features, and other inputs', () => {
    expect(() => transformerEncoder({ ...options, numHeads: 4 }).apply(x)).toThrow(
      'transformerEncoder: numHeads must divide the features of the input, got 4 heads for 6 features',
    );
    expect(() => transformerEncoder(options).apply(input({ shape: [6] }))).toThrow('expected a sequence');
    expect(() => transformerEncoder(options).apply([x, x])).toThrow(
      'transformerEncoder: has 2 inputs, expected one',
    );
    expect(() => transformerDecoder(options).apply([x, input({ shape: [6] })])).toThrow(
      'transformerDecoder: the second input has shape [null, 6], expected [batch, time, features]',
    );
    const masked = transformerEncoder({ ...options, useAttentionMask: true });
    expect(() => masked.apply([x, input({ shape: [4, 5] })])).toThrow(
      'expected a mask [null, 4, 4] as the last',
    );
  });

  it('to stream what looks ahead', () => {
    const net = sequential([input({ shape: [4, 6] }), sinePositionEncoding(), transformerEncoder(options)]);
    expect(() => net.stream()).toThrow(
      'transformerEncoder cannot stream: selfAttention: a step looks at later ones',
    );
  });
});
