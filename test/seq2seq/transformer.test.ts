import { describe, expect, it } from 'vitest';
import {
  adam,
  dense,
  generate,
  input,
  load,
  padTokens,
  sequential,
  sgd,
  type Tensor,
  type TransformerOptions,
  teacherForcing,
  tensor,
  tokenAndPositionEmbedding,
  transformer,
  transformerEncoder,
} from '../../src/index.js';
import { bitsOf, giveWeights, samplesOf } from '../harness/bits.js';
import { checkModel } from '../harness/gradient.js';
import { testData } from '../harness/random.js';

const small: TransformerOptions = {
  sourceVocabularySize: 9,
  targetVocabularySize: 7,
  hiddenDim: 8,
  intermediateDim: 12,
  numHeads: 2,
  layers: 2,
  dropout: 0,
};

/** Largest difference from f64 of predictions, loss and gradients, over the largest value. */
const MAX_DIFFERENCE = 2e-6;

/** Ids from 1 on, [batch, time]. */
function ids(seed: number, batch: number, time: number, below: number): Tensor {
  const data = testData(seed, batch * time).map((v) => 1 + (Math.floor(Math.abs(v) * 1000) % (below - 1)));
  return tensor(data, [batch, time]);
}

describe('transformer', () => {
  it.each([
    {},
    { normalizeFirst: true, activation: 'gelu' },
    { positions: 'learned', maxLength: 12 },
    { maskZero: false },
    { tieEmbeddings: true },
  ] as const)('steps with the bits of whole sequences, %j', (more) => {
    const net = transformer({ ...small, ...more });
    giveWeights(net, 3);
    const [S, T] = 'maxLength' in more ? [12, 12] : [6, 5];
    const source = ids(1, 2, S, 9);
    (source.data as Float32Array).fill(0, S + 4, 2 * S); // padding behind the second
    const target = ids(2, 2, T, 7);
    const whole = net.predict([source, target]).data;
    const stream = net.stream({ stepInput: 'target', batchSize: 2, maxSteps: T });
    stream.start(source);
    for (let t = 0; t < T; t++) {
      const y = stream.step([target.data[t], target.data[T + t]]);
      for (const s of [0, 1]) {
        const expected = samplesOf(samplesOf(whole, 2, s), T, t);
        expect(bitsOf(samplesOf(y, 2, s)), `sample ${s}, step ${t}`).toEqual(bitsOf(expected));
      }
    }
  });

  it('learns to turn short lists round, and writes them', () => {
    const sizes = { sourceVocabularySize: 8, targetVocabularySize: 8, hiddenDim: 16, layers: 1 };
    const net = transformer({ ...small, ...sizes, seed: 2 });
    net.compile({ optimizer: adam({ learningRate: 5e-3 }), loss: 'sparseCategoricalCrossentropy' });
    // Token 1 starts a list, 2 ends it.
    const [start, stop] = [1, 2];
    const lists = Array.from({ length: 60 * 32 }, (_, i) => {
      const drawn = testData(i + 1, 4);
      const length = 2 + (i % 3);
      return Array.from({ length }, (_v, j) => 3 + (Math.floor(Math.abs(drawn[j]) * 1e4) % 5));
    });
    const turned = (own: readonly number[][]): number[][] => own.map((list) => [...list].reverse());
    for (let pass = 0; pass < 6; pass++) {
      for (let from = 0; from < lists.length - 64; from += 32) {
        const own = lists.slice(from, from + 32);
        const [x, y] = teacherForcing(own, turned(own), { startToken: start, stopToken: stop });
        net.trainOnBatch(x, y);
      }
    }
    const unseen = lists.slice(-64);
    const written = generate(net, padTokens(unseen), { startToken: start, stopToken: stop, maxLength: 6 });
    const right = written.filter(({ tokens }, i) => tokens.join() === turned(unseen)[i].join());
    expect(right.length).toBeGreaterThan(56);
  });

  it('has one table for targets and output where asked for', () => {
    const net = transformer({ ...small, tieEmbeddings: true, seed: 1 });
    const plain = transformer({ ...small, seed: 1 });
    expect(plain.parameterCount - net.parameterCount).toBe(8 * 7 + 7);
    net.compile({ optimizer: adam(), loss: 'sparseCategoricalCrossentropy' });
    const [x, y] = teacherForcing([[3, 4]], [[5, 6]], { startToken: 1, stopToken: 2 });
    const { data: before } = net.getWeights()['targetEmbedding.embeddings'];
    net.trainOnBatch(x, y);
    const { data: after } = net.getWeights()['targetEmbedding.embeddings'];
    // Token 3 stands in no target: it learns from the output alone.
    expect(after[3 * 8]).not.toBe(before[3 * 8]);
    const again = load(net.save());
    expect(again.fingerprint()).toBe(net.fingerprint());
  });

  it('refuses what does not fit', () => {
    expect(() => transformer({ ...small, numHeads: 3 })).toThrow(
      'transformer: numHeads must divide hiddenDim, got 3 heads for 8',
    );
    expect(() => transformer({ ...small, positions: 'learned' })).toThrow(
      "positions 'learned' needs maxLength",
    );
    expect(() => transformer({ ...small, positions: 'cosine' as never })).toThrow("'cosine'");
    expect(() => transformer({ ...small, layers: 0 })).toThrow('transformer: layers must be a whole number');
    expect(() => transformer({ ...small, heads: 2 } as never)).toThrow("transformer: unknown option 'heads'");
  });
});

describe('tokenAndPositionEmbedding', () => {
  const options = { vocabularySize: 6, sequenceLength: 7, embeddingDim: 4 };

  it.each([false, true])('has the outputs and gradients of f64, maskZero: %s', (maskZero) => {
    const net = sequential([
      input({ shape: [5] }),
      tokenAndPositionEmbedding({ ...options, maskZero }),
      dense({ units: 3, activation: 'tanh' }),
    ]);
    giveWeights(net, 4);
    net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    const x = tensor([1, 5, 2, 3, 1, 4, 2, maskZero ? 0 : 1, 0, 0], [2, 5]);
    const y = tensor(testData(3, 30), [2, 5, 3]);
    const { forward, loss, gradients } = checkModel(net, x, y);
    expect(Math.max(forward, loss, ...Object.values(gradients))).toBeLessThan(MAX_DIFFERENCE);
  });

  it('begins a language model that writes on from prompts, with the bits of whole sequences', () => {
    const block = { intermediateDim: 8, numHeads: 2, useCausalMask: true };
    const net = sequential([
      input({ shape: [null] }),
      tokenAndPositionEmbedding(options),
      transformerEncoder(block),
      transformerEncoder(block),
      dense({ units: 6, activation: 'softmax' }),
    ]);
    giveWeights(net, 5);
    const [{ tokens }] = generate(net, [[1, 2]], { maxLength: 5 });
    const written = [1, 2];
    for (let t = 0; t < 5; t++) {
      const { data } = net.predict(tensor(written, [1, written.length]));
      const last = data.subarray(-6);
      written.push(last.indexOf(Math.max(...last)));
    }
    expect(tokens).toEqual(written.slice(2));
    expect(() => generate(net, [[1, 2]], { maxLength: 9 })).toThrow('expected at most 7 steps');
  });

  it('refuses what is no list of ids, and longer ones', () => {
    const layer = tokenAndPositionEmbedding(options);
    expect(() => layer.apply(input({ shape: [5, 2] }))).toThrow(
      'tokenAndPositionEmbedding: input has shape [null, 5, 2], expected ids [batch, time]',
    );
    expect(() => layer.apply(input({ shape: [8] }))).toThrow('expected at most 7 steps');
    expect(() => tokenAndPositionEmbedding({ ...options, embeddingDim: 0 })).toThrow('embeddingDim must be');
  });
});
