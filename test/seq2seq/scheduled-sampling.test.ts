import { afterEach, describe, expect, it } from 'vitest';
import {
  type AugmentContext,
  adam,
  encoderDecoder,
  exponentialDecay,
  inverseSigmoidDecay,
  load,
  type Model,
  polynomialDecay,
  scheduledSampling,
  type Tensor,
  teacherForcing,
  tensor,
} from '../../src/index.js';
import { bitsOf, giveWeights, samplesOf } from '../harness/bits.js';
import { prepareThreads, shareEverything, threadsReady } from '../harness/threads.js';
import { sources, translator } from './models.js';

const [N, V] = [6, 6];
const answers = [[3, 4, 5], [5], [3, 3, 4, 5, 3], [4, 4], [5, 3, 4, 4], [3, 5]];
const pair = () => teacherForcing(sources(N, 5), answers, { startToken: 1, stopToken: 2 });

const context = (step: number): AugmentContext => ({
  step,
  epoch: 0,
  seed: 9,
  lengths: { source: null, target: null },
});

/** The inputs of a batch after scheduled sampling. */
function mixed(net: Model, truthProbability: number, step = 0, strategy: 'greedy' | 'sampling' = 'greedy') {
  const [{ source, target }] = pair();
  const own = { source: source as Tensor, target: { data: target.data.slice(), shape: target.shape } };
  scheduledSampling(net, { truthProbability, strategy })(own, context(step));
  return own.target;
}

describe('scheduled sampling', () => {
  const net = translator(V);
  const truth = pair()[0].target;
  const T = truth.shape[1];

  it('leaves the truth where it is certain', () => {
    expect(mixed(net, 1)).toEqual(truth);
  });

  it('gives in its place what the model makes of the steps before, ends and padding left as they are', () => {
    const [{ source }] = pair();
    const target = mixed(net, 0);
    const { data } = net.predict({ source, target });
    let changed = 0;
    for (let s = 0; s < N; s++) {
      expect(target.data[s * T]).toBe(1);
      for (let t = 1; t < T; t++) {
        const at = s * T + t;
        if (truth.data[at] === 0) {
          expect(target.data[at]).toBe(0);
          continue;
        }
        const scores = samplesOf(samplesOf(data, N, s), T, t - 1).slice();
        scores[0] = -1;
        expect(target.data[at], `sample ${s}, step ${t}`).toBe(scores.indexOf(Math.max(...scores)));
        if (target.data[at] !== truth.data[at]) changed++;
      }
    }
    expect(changed).toBeGreaterThan(5);
  });

  it('does so as often as it should, by other coins at each step of training', () => {
    // A model that always writes 5 shows where a coin fell.
    const five = translator(V);
    five.setWeights({ 'output.bias': [0, 0, 0, 0, 0, 99] });
    const open = [...truth.data.keys()].filter((i) => i % T > 0 && truth.data[i] > 0 && truth.data[i] !== 5);
    let own = 0;
    const steps = 300;
    for (let step = 0; step < steps; step++) {
      const { data } = mixed(five, 0.7, step);
      own += open.filter((i) => data[i] === 5).length;
    }
    const share = own / (steps * open.length);
    expect(Math.abs(share - 0.3)).toBeLessThan(4 * Math.sqrt((0.3 * 0.7) / (steps * open.length)));
    expect(mixed(five, 0.5, 1)).toEqual(mixed(five, 0.5, 1));
    expect(mixed(five, 0.5, 1)).not.toEqual(mixed(five, 0.5, 2));
  });

  it('may draw tokens in place of the likeliest', () => {
    const drawn = [0, 1, 2, 3].map((step) => mixed(net, 0, step, 'sampling').data.join());
    expect(new Set(drawn).size).toBe(4);
    expect(mixed(net, 0, 0).data.join()).toBe(mixed(net, 0, 1).data.join());
  });

  it('of features gives the frame before as the model makes it', () => {
    const plain = encoderDecoder({ units: 4, sourceFeatures: 2, targetFeatures: 3, cell: 'gru' });
    giveWeights(plain, 2);
    const frames = (F: number, steps: number) =>
      tensor(
        Float32Array.from({ length: 2 * steps * F }, (_, i) => Math.sin(i)),
        [2, steps, F],
      );
    const own = { source: frames(2, 4), target: frames(3, 5) };
    const before = own.target.data.slice();
    scheduledSampling(plain, { truthProbability: 0 })(own, {
      ...context(0),
      lengths: { source: null, target: Uint32Array.of(5, 3) },
    });
    const { data } = plain.predict(own);
    for (let t = 1; t < 5; t++) {
      expect(bitsOf(own.target.data.slice(3 * t, 3 * t + 3))).toEqual(bitsOf(data.slice(3 * t - 3, 3 * t)));
    }
    expect(own.target.data.slice(15, 18)).toEqual(before.slice(15, 18));
    expect(own.target.data.slice(18, 24)).not.toEqual(before.slice(18, 24));
    expect(own.target.data.slice(24)).toEqual(before.slice(24));
  });
});

describe('training by scheduled sampling', () => {
  let restore = (): void => {};
  afterEach(() => restore());

  const make = (threads = 1): Model => {
    const own = { units: 6, sourceVocabularySize: 7, targetVocabularySize: V, seed: 5, threads };
    const net = encoderDecoder({ ...own, attention: 'dot', dropout: 0.2 });
    net.compile({ optimizer: adam({ learningRate: 0.01 }), loss: 'sparseCategoricalCrossentropy' });
    return net;
  };
  const train = async (net: Model, epochs: number): Promise<number[]> => {
    const augment = scheduledSampling(net, {
      truthProbability: inverseSigmoidDecay({ k: 4 }),
      strategy: 'sampling',
    });
    const { history } = await net.fit(...pair(), { epochs, batchSize: 4, verbose: 0, augment });
    return history.loss;
  };

  it('goes on after loading with the bits that it would have had', async () => {
    const [whole, half] = [make(), make()];
    await train(whole, 6);
    await train(half, 3);
    const again = load(half.save()) as unknown as Model;
    await train(again, 3);
    expect(again.fingerprint()).toBe(whole.fingerprint());
    const plain = make();
    await plain.fit(...pair(), { epochs: 6, batchSize: 4, verbose: 0 });
    expect(plain.fingerprint()).not.toBe(whole.fingerprint());
  });

  it('has the same bits with any threads', async () => {
    await prepareThreads(3);
    const alone = make();
    await train(alone, 3);
    restore = shareEverything();
    const shared = make(3);
    await threadsReady(shared);
    await train(shared, 3);
    expect(shared.fingerprint()).toBe(alone.fingerprint());
    shared.close();
  });
});

describe('what scheduled sampling refuses', () => {
  const net = translator(V);
  it.each([
    [{}, 'truthProbability must be a number, a schedule or a function, got undefined'],
    [{ truthProbability: 1.5 }, 'truthProbability must be a finite number of at least 0 and at most 1'],
    [{ truthProbability: Number.NaN }, 'truthProbability'],
    [{ truthProbability: 0.5, stepInput: 'taget' }, "'taget'"],
    [{ truthProbability: 0.5, strategy: 'beam' }, "'beam'"],
    [{ truthProbability: 0.5, rate: 1 }, 'rate'],
  ])('%j', (options, message) => {
    expect(() => scheduledSampling(net, options as never)).toThrow(message.replace(' of at', ' at'));
  });

  it('a schedule that leaves 0 to 1, and models whose output cannot be their input', () => {
    const bad = scheduledSampling(net, { truthProbability: () => 2 });
    const [{ source, target }] = pair();
    expect(() => bad({ source: source as Tensor, target }, context(0))).toThrow('truthProbability');
    const uneven = encoderDecoder({ units: 3, sourceFeatures: 2, targetFeatures: 3 });
    const sampling = { truthProbability: 0.5, strategy: 'sampling' } as const;
    expect(() => scheduledSampling(uneven, sampling)).toThrow("'sampling' is for tokens");
  });

  it.each([
    [polynomialDecay({ initialLearningRate: 1, endLearningRate: 0.2, decaySteps: 10 }), [1, 0.6, 0.2]],
    [exponentialDecay({ initialLearningRate: 1, decaySteps: 5, decayRate: 0.5 }), [1, 0.5, 0.25]],
    [inverseSigmoidDecay({ k: 5 }), [5 / 6, 5 / (5 + Math.E), 5 / (5 + Math.E ** 2)]],
  ])('no schedule of learning rates', (schedule, expected) => {
    [0, 5, 10].forEach((step, i) => {
      expect(schedule.at(step)).toBeCloseTo(expected[i], 12);
    });
    expect(() => scheduledSampling(net, { truthProbability: schedule })).not.toThrow();
  });
});
