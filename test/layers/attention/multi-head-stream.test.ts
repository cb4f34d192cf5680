import { describe, expect, it } from 'vitest';
import {
  dense,
  input,
  type Model,
  type MultiHeadAttentionOptions,
  masking,
  model,
  multiHeadAttention,
  positionEmbedding,
  rotaryEmbedding,
  StateError,
  type Stream,
  type SymbolicTensor,
  sequential,
  sinePositionEncoding,
  tensor,
} from '../../../src/index.js';
import { bitsOf, giveWeights, samplesOf } from '../../harness/bits.js';
import { expectInvariant } from '../../harness/layer-invariance.js';
import { testData } from '../../harness/random.js';

const F = 3;

const causal = { numHeads: 2, keyDim: 4, useCausalMask: true };

/** Two causal layers, one on top of the other, over any number of steps. */
function causalModel(options: MultiHeadAttentionOptions, T: number | null = null): Model {
  const net = sequential(
    [
      input({ shape: [T, F] }),
      multiHeadAttention(options),
      dense({ units: 5, activation: 'tanh' }),
      multiHeadAttention({ ...options, numHeads: 1 }),
    ],
    { seed: 3 },
  );
  giveWeights(net, 5);
  return net;
}

/** Every step of a stream beside the same step of the whole sequence. */
function expectSteps(stream: Stream, net: Model, T: number): void {
  const x = testData(2, T * F);
  const whole = net.predict(tensor(x, [1, T, F])).data;
  for (let t = 0; t < T; t++) {
    const y = stream.step(x.subarray(t * F, (t + 1) * F));
    expect(bitsOf(y), `step ${t}`).toEqual(bitsOf(samplesOf(whole, T, t)));
  }
}

describe('a causal multiHeadAttention in a stream', () => {
  it.each([1, 3, 4, 5, 17, 33])(
    'has the bits of the whole sequence, alone and side by side, %i steps',
    (T) => {
      for (const keyDim of [2, 5, 17]) {
        const net = causalModel({ ...causal, keyDim, valueDim: 3 }, T);
        expectInvariant(net, tensor(testData(4, 5 * T * F), [5, T, F]), true);
      }
    },
  );

  it('has them over several blocks of keys', () => {
    const net = causalModel({ ...causal, valueDim: 9 });
    expectSteps(net.stream({ maxSteps: 200 }), net, 200);
  });

  it.each([1, 2, 63, 64, 65, 66, 100])(
    'goes round in memory where a step sees the last %i',
    (slidingWindow) => {
      const net = causalModel({ ...causal, slidingWindow });
      expectSteps(net.stream(), net, 400);
    },
  );

  it('turns queries and keys by their steps', () => {
    const net = causalModel({ ...causal, rotary: true });
    expectSteps(net.stream({ maxSteps: 80 }), net, 80);
    const windowed = causalModel({ ...causal, rotary: true, slidingWindow: 5 });
    expectSteps(windowed.stream({ maxSteps: 80 }), windowed, 80);
  });

  it('begins anew after reset, and goes back to a state', () => {
    const net = causalModel(causal);
    const stream = net.stream({ maxSteps: 70 });
    expectSteps(stream, net, 70);
    stream.reset();
    expectSteps(stream, net, 66);
    const state = stream.getState();
    const x = testData(8, F);
    const y = bitsOf(stream.step(x));
    stream.step(testData(9, F));
    stream.setState(state);
    expect(bitsOf(stream.step(x))).toEqual(y);
  });

  it('does not see steps that do not count', () => {
    const T = 9;
    const net = sequential([input({ shape: [T, F] }), masking(), multiHeadAttention(causal)]);
    giveWeights(net, 6);
    const x = testData(3, 2 * T * F).map((v, i) => ([1, 4, 5, 14].includes(Math.floor(i / F)) ? 0 : v));
    const whole = net.predict(tensor(x, [2, T, F])).data;
    const stream = net.stream();
    for (const s of [0, 1]) {
      stream.reset();
      const [own, expected] = [samplesOf(x, 2, s), samplesOf(whole, 2, s)];
      for (let t = 0; t < T; t++) {
        const y = stream.step(samplesOf(own, T, t));
        expect(bitsOf(y), `sample ${s}, step ${t}`).toEqual(bitsOf(samplesOf(expected, T, t)));
      }
    }
  });

  it('takes query, value and key by steps', () => {
    const x = input({ shape: [null, F] });
    const part = (units: number): SymbolicTensor => dense({ units, activation: 'tanh' }).apply(x);
    const outputs = multiHeadAttention(causal).apply([part(3), part(4), part(2)]);
    const net = model({ inputs: x, outputs }) as unknown as Model;
    giveWeights(net, 7);
    expectSteps(net.stream({ maxSteps: 67 }), net, 67);
  });

  it('ends with an error where there is no more room, and can begin anew', () => {
    const net = causalModel(causal);
    const stream = net.stream({ maxSteps: 3 });
    expectSteps(stream, net, 3);
    const state = stream.getState();
    const more = (): unknown => stream.step([1, 2, 3]);
    expect(more).toThrow(StateError);
    expect(more).toThrow(
      'stream: multiHeadAttention has room for 3 steps, and this is the next; reset() starts anew',
    );
    expect(stream.getState()).toEqual(state);
    stream.reset();
    expectSteps(stream, net, 3);
  });

  it('has as much room as a model of fixed length has steps', () => {
    const stream = causalModel(causal, 2).stream();
    stream.step([1, 2, 3]);
    stream.step([1, 2, 3]);
    expect(() => stream.step([1, 2, 3])).toThrow('has room for 2 steps');
  });
});

describe('positions in a stream', () => {
  const layers = {
    sinePositionEncoding: sinePositionEncoding(),
    positionEmbedding: positionEmbedding({ sequenceLength: 9 }),
    rotaryEmbedding: rotaryEmbedding({ maxWavelength: 30 }),
  };
  it.each(Object.entries(layers))('%s has the bits of the whole sequence', (_name, layer) => {
    const net = sequential([input({ shape: [9, 4] }), layer]);
    giveWeights(net, 3);
    expectInvariant(net, tensor(testData(4, 3 * 36), [3, 9, 4]), true);
    const any = sequential([input({ shape: [null, 4] }), layer]);
    const stream = any.stream({ maxSteps: 9 });
    for (let t = 0; t < 9; t++) stream.step([1, 2, 3, 4]);
    expect(() => stream.step([1, 2, 3, 4])).toThrow('has room for 9 steps');
  });

  it('need to know how many steps there will be', () => {
    for (const layer of [sinePositionEncoding(), rotaryEmbedding()]) {
      const net = sequential([input({ shape: [null, 4] }), layer]);
      expect(() => net.stream()).toThrow(
        'it counts steps; say how many these will be at most: stream({ maxSteps })',
      );
    }
  });
});

describe('attention to what is given whole, in a stream', () => {
  const [S, T] = [70, 5];

  it.each([{}, { rotary: true }])('has the bits of the whole sequences, %j', (more) => {
    const [query, value, key] = [
      [T, F],
      [S, 2],
      [S, 5],
    ].map((shape, i) => input({ shape, name: ['query', 'value', 'key'][i] }));
    const layer = multiHeadAttention({ numHeads: 2, keyDim: 4, valueDim: 3, ...more });
    const net = model({ inputs: [query, value, key], outputs: layer.apply([query, value, key]) });
    giveWeights(net as unknown as Model, 5);
    const given = [query, value, key].map(({ shape }, i) => {
      const [steps, features] = shape as number[];
      return tensor(testData(i, steps * features), [1, steps, features]);
    });
    const lengths = { value: [66], key: [68] };
    const whole = net.predict(given, { lengths }).data;
    const stream = net.stream({ stepInput: 'query' });
    stream.start({ value: given[1], key: given[2] }, { lengths });
    for (let t = 0; t < T; t++) {
      const y = stream.step(samplesOf(given[0].data as Float32Array, T, t));
      expect(bitsOf(y), `step ${t}`).toEqual(bitsOf(samplesOf(whole, T, t)));
    }
  });

  it('refuses a key by steps beside a value given whole, and a causal mask between them', () => {
    const [x, other] = [input({ shape: [4, F], name: 'x' }), input({ shape: [4, F], name: 'other' })];
    const stream = (options: object, parts: SymbolicTensor[]): unknown =>
      model({
        inputs: [x, other],
        outputs: multiHeadAttention({ numHeads: 1, keyDim: 2, ...options }).apply(parts),
      }).stream({ stepInput: 'x' });
    expect(() => stream({}, [x, other, x])).toThrow('only keys and values together can be');
    expect(() => stream({ useCausalMask: true }, [x, other])).toThrow(
      'useCausalMask compares its steps with those of inputs given whole',
    );
  });
});

describe('what a stream of attention refuses', () => {
  it.each([
    [{}, 'a step looks at later ones'],
    [
      { useCausalMask: true, returnAttentionScores: true },
      'the scores that it returns belong to whole sequences',
    ],
    [{ useCausalMask: true }, 'it keeps all steps; say how many these will be at most: stream({ maxSteps })'],
  ])('%j', (options, message) => {
    const x = input({ shape: [null, F] });
    const net = model({
      inputs: x,
      outputs: multiHeadAttention({ numHeads: 1, keyDim: 2, ...options }).apply(x),
    });
    expect(() => net.stream()).toThrow(`multiHeadAttention cannot stream: ${message}`);
  });

  it('a number of steps that is none', () => {
    const net = causalModel(causal);
    expect(() => net.stream({ maxSteps: 0 })).toThrow(
      'stream: maxSteps must be a whole number of at least 1, got 0',
    );
  });
});
