import { describe, expect, it } from 'vitest';
import {
  dense,
  embedding,
  type Generated,
  type GenerateOptions,
  generate,
  gru,
  input,
  type Model,
  model,
  type Tensor,
  tensor,
} from '../../src/index.js';
import { samplesOf } from '../harness/bits.js';
import { sources, speaker, translator } from './models.js';

const [START, STOP] = [1, 2];

/** Log-probabilities in f64 of each next token after `before`, by predict over the whole. */
function nextLogs(net: Model, source: number[] | null, before: number[]): number[] {
  const target = tensor(before, [1, before.length]);
  const x = source === null ? target : { source: tensor(source, [1, source.length]), target };
  const last = samplesOf(net.predict(x).data, before.length, before.length - 1);
  return Array.from(last, Math.log);
}

/** Every sequence that ends by a stop token, or at `maxLength`. */
function everySequence(net: Model, source: number[] | null, V: number, maxLength: number) {
  const found: { tokens: number[]; stopped: boolean; sum: number; length: number }[] = [];
  const visit = (tokens: number[], sum: number): void => {
    if (tokens.length === maxLength) {
      found.push({ tokens, stopped: false, sum, length: maxLength });
      return;
    }
    const logs = nextLogs(net, source, [START, ...tokens]);
    for (let id = 1; id < V; id++) {
      if (id !== STOP) visit([...tokens, id], sum + logs[id]);
      else found.push({ tokens, stopped: true, sum: sum + logs[id], length: tokens.length + 1 });
    }
  };
  visit([], 0);
  return found;
}

const idsOf = (data: ArrayLike<number>): number[] => Array.from(data);

/** Largest difference of a sum of f64 logarithms from ours, over its size. Measured: 0, of 205 sums. */
const MAX_DIFFERENCE = 1e-14;

describe('greedy search', () => {
  it('takes the likeliest token of the whole sequence at each step', () => {
    const net = translator(6);
    const x = sources(5, 4);
    const written = generate(net, x, { maxLength: 9, startToken: START, stopToken: STOP });
    expect(new Set(written.map(({ tokens }) => tokens.join())).size).toBeGreaterThan(2);
    written.forEach(({ tokens, logProbability, score, stopped }, s) => {
      const before = [START];
      let sum = 0;
      for (let t = 0; t < 9; t++) {
        const logs = nextLogs(net, idsOf(samplesOf(x.data, 5, s)), before);
        logs[0] = Number.NEGATIVE_INFINITY; // padding
        const best = logs.indexOf(Math.max(...logs));
        sum += logs[best];
        before.push(best);
        if (best === STOP) break;
      }
      const own = before.slice(1);
      expect(stopped).toBe(own.at(-1) === STOP);
      expect(tokens).toEqual(stopped ? own.slice(0, -1) : own);
      expect(Math.abs(logProbability / sum - 1)).toBeLessThan(MAX_DIFFERENCE);
      expect(score).toBe(logProbability);
    });
  });

  it('has no use for the size of the batch, nor the threads', () => {
    const net = translator(6);
    const x = sources(7, 4);
    const options = { maxLength: 8, startToken: START, stopToken: STOP };
    const all = generate(net, x, options);
    for (const batchSize of [1, 3]) expect(generate(net, x, { ...options, batchSize })).toEqual(all);
  });

  it('stops at any of several tokens, and leaves out suppressed ones', () => {
    const net = translator(6);
    const x = sources(5, 4);
    const options = { maxLength: 12, startToken: START };
    const several = generate(net, x, { ...options, stopToken: [STOP, 3] });
    for (const { tokens } of several) expect(tokens.some((id) => id === STOP || id === 3)).toBe(false);
    const without = generate(net, x, { ...options, suppressTokens: [STOP, 3] });
    for (const { tokens, stopped } of without) {
      expect(stopped).toBe(false);
      expect(tokens.length).toBe(12);
      expect(tokens.some((id) => id === STOP || id === 3 || id === 0)).toBe(false);
    }
  });

  it('looks at the steps of a source that count', () => {
    const net = translator(6);
    const x = sources(3, 6);
    const lengths = [6, 2, 4];
    const options = { maxLength: 6, startToken: START };
    const together = generate(net, x, { ...options, lengths });
    const padded = tensor(
      x.data.map((id, i) => (i % 6 < lengths[Math.floor(i / 6)] ? id : 0)),
      [3, 6],
    );
    expect(generate(net, { source: padded }, options)).toEqual(together);
    lengths.forEach((length, s) => {
      const alone = tensor(samplesOf(x.data, 3, s).slice(0, length), [1, length]);
      expect(generate(net, alone, options)).toEqual([together[s]]);
    });
  });
});

describe('beam search', () => {
  const net = translator(5);
  const x = sources(4, 3, 9);
  const base: GenerateOptions = { maxLength: 4, startToken: START, stopToken: STOP, strategy: 'beam' };

  it.each([0, 0.6, 1, 2, -0.5])(
    'wide enough, finds the best of all sequences, lengthPenalty %d',
    (lengthPenalty) => {
      // 3 tokens go on from each: at most 27 beams are followed over 3 steps, and 81 end.
      const numBeams = 81;
      const numReturnSequences = 5;
      const written = generate(net, x, { ...base, lengthPenalty, numBeams, numReturnSequences });
      for (let s = 0; s < 4; s++) {
        const every = everySequence(net, idsOf(samplesOf(x.data, 4, s)), 5, 4).map((one) => ({
          ...one,
          score: one.sum / one.length ** lengthPenalty,
        }));
        every.sort((a, b) => b.score - a.score);
        written.slice(5 * s, 5 * s + 5).forEach((got, i) => {
          expect(got.tokens, `sample ${s}, rank ${i}`).toEqual(every[i].tokens);
          expect(got.stopped).toBe(every[i].stopped);
          expect(Math.abs(got.score / every[i].score - 1)).toBeLessThan(MAX_DIFFERENCE);
          expect(Math.abs(got.logProbability / every[i].sum - 1)).toBeLessThan(MAX_DIFFERENCE);
        });
      }
    },
  );

  /** Beam search as plainly as it can be said: whole sequences are run again at every step. */
  function plainBeams(source: number[], numBeams: number, maxLength: number): number[] {
    let beams = [{ tokens: [] as number[], sum: 0 }];
    const ended: { tokens: number[]; score: number }[] = [];
    for (let t = 1; t <= maxLength && beams.length > 0; t++) {
      const ways = beams.flatMap(({ tokens, sum }) => {
        const logs = nextLogs(net, source, [START, ...tokens]);
        return [1, 2, 3, 4].map((id) => ({ tokens: [...tokens, id], sum: sum + logs[id] }));
      });
      ways.sort((a, b) => b.sum - a.sum);
      for (const { tokens, sum } of ways.slice(0, numBeams)) {
        if (tokens.at(-1) === STOP) ended.push({ tokens: tokens.slice(0, -1), score: sum / t });
      }
      beams = ways.filter(({ tokens }) => tokens.at(-1) !== STOP).slice(0, numBeams);
    }
    for (const { tokens, sum } of beams) ended.push({ tokens, score: sum / maxLength });
    return ended.sort((a, b) => b.score - a.score)[0].tokens;
  }

  it.each([1, 2, 3])('of %i beams is what whole sequences give, batches and all', (numBeams) => {
    const many = sources(9, 3, 5);
    const written = generate(net, many, { ...base, maxLength: 7, numBeams, batchSize: 4 });
    written.forEach(({ tokens }, s) => {
      expect(tokens, `sample ${s}`).toEqual(plainBeams(idsOf(samplesOf(many.data, 9, s)), numBeams, 7));
    });
    expect(generate(net, many, { ...base, maxLength: 7, numBeams, batchSize: 9 })).toEqual(written);
  });

  it('of one beam without a stop token is greedy search', () => {
    const options = { maxLength: 6, startToken: START };
    const greedy = generate(net, x, options);
    const beam = generate(net, x, { ...options, strategy: 'beam', numBeams: 1, lengthPenalty: 0 });
    expect(beam).toEqual(greedy);
  });

  it('never ranks a sequence below the one that greedy search finds', () => {
    const options = { maxLength: 10, startToken: START, stopToken: STOP };
    const greedy = generate(net, x, options);
    const wide = generate(net, x, { ...options, strategy: 'beam', numBeams: 20, lengthPenalty: 0 });
    wide.forEach(({ score }, s) => {
      expect(score).toBeGreaterThanOrEqual(greedy[s].score - 1e-12);
    });
  });

  it('may end as soon as enough sequences have', () => {
    const many = sources(30, 3, 5);
    const options = { ...base, maxLength: 12, numBeams: 2, lengthPenalty: 3 };
    const early = generate(net, many, { ...options, earlyStopping: true });
    const patient = generate(net, many, options);
    early.forEach(({ score }, s) => {
      expect(score).toBeLessThanOrEqual(patient[s].score);
    });
    expect(early).not.toEqual(patient);
  });
});

describe('sampling', () => {
  const V = 6;
  const net = speaker(V);
  const prompt = [START, 4];
  const draws = 4000;
  const first = (options: Partial<GenerateOptions>): number[] => {
    const written = generate(net, [prompt], {
      maxLength: 1,
      strategy: 'sampling',
      numReturnSequences: draws,
      ...options,
    });
    const counts = new Array(V).fill(0);
    for (const { tokens } of written) counts[tokens[0]]++;
    return counts;
  };
  const logs = nextLogs(net, null, prompt);

  function expected(temperature: number, topK: number, topP: number): number[] {
    const order = [...logs.keys()].sort((a, b) => logs[b] - logs[a]).slice(0, topK);
    const weights = order.map((id) => Math.exp(logs[id] / temperature));
    const total = weights.reduce((a, b) => a + b);
    let sum = 0;
    const kept = order.filter((_, i) => {
      const open = i === 0 || sum < topP * total;
      if (open) sum += weights[i];
      return open;
    });
    const probabilities = new Array(V).fill(0);
    kept.forEach((id, i) => {
      probabilities[id] = weights[i] / sum;
    });
    return probabilities;
  }

  it.each([
    [1, V, 1],
    [0.5, V, 1],
    [3, V, 1],
    [1, 2, 1],
    [1, V, 0.7],
    [2, 4, 0.8],
  ])('draws by temperature %d, topK %i, topP %d', (temperature, topK, topP) => {
    const counts = first({ temperature, topK, topP, seed: 5 });
    const probabilities = expected(temperature, topK, topP);
    probabilities.forEach((p, id) => {
      if (p === 0) expect(counts[id]).toBe(0);
    });
    const open = probabilities.map((p, id) => [p, counts[id]]).filter(([p]) => p > 0);
    const statistic = open.reduce((sum, [p, count]) => sum + (count - p * draws) ** 2 / (p * draws), 0);
    // 20 is exceeded in less than one of 800 runs with 5 degrees of freedom; the draws are the same each time.
    expect(statistic).toBeLessThan(20);
  });

  it('goes to the likeliest token as the temperature goes to 0', () => {
    const counts = first({ temperature: 1e-3 });
    expect(counts[logs.indexOf(Math.max(...logs))]).toBe(draws);
  });

  it('draws the same from the same seed, whatever the batch, and otherwise from another', () => {
    const prompts = [[1], [3, 4, 5], [2, 2], [5]];
    const options: GenerateOptions = { maxLength: 12, strategy: 'sampling', seed: 3, numReturnSequences: 2 };
    const all = generate(net, prompts, options);
    expect(all.length).toBe(8);
    for (const batchSize of [1, 3]) expect(generate(net, prompts, { ...options, batchSize })).toEqual(all);
    const others = generate(net, prompts, { ...options, seed: 4 });
    expect(others.map(({ tokens }) => tokens)).not.toEqual(all.map(({ tokens }) => tokens));
    expect(all[0].tokens).not.toEqual(all[1].tokens);
  });

  it('draws what is written here, in every engine', () => {
    const [{ tokens, logProbability }] = generate(net, [[1, 3]], {
      maxLength: 16,
      strategy: 'sampling',
      temperature: 1.3,
      topK: 5,
      topP: 0.95,
      seed: 11,
    });
    expect([tokens.join(' '), logProbability]).toEqual([
      '4 2 2 1 4 4 2 1 2 4 4 4 4 4 4 4',
      -16.323896595809178,
    ]);
  });
});

describe('prompts', () => {
  it('of several lengths go on as each would alone, by any strategy', () => {
    const net = speaker(6);
    const prompts = [[1], [3, 4, 5, 1], [2, 2], [5, 1, 1]];
    for (const strategy of ['greedy', 'beam', 'sampling'] as const) {
      const options: GenerateOptions = { maxLength: 7, stopToken: 4, strategy };
      const together = generate(net, prompts, options);
      const alone = prompts.flatMap((prompt) => generate(net, [prompt], options));
      if (strategy !== 'sampling') expect(together).toEqual(alone);
      else expect(together[0]).toEqual(alone[0]);
    }
    const [{ tokens }] = generate(net, tensor([3, 4, 5, 1], [1, 4]), { maxLength: 7, stopToken: 4 });
    expect(tokens).toEqual(generate(net, prompts, { maxLength: 7, stopToken: 4 })[1].tokens);
    const started = generate(net, [[4, 5, 1], []], { maxLength: 7, stopToken: 4, startToken: 3 });
    expect(started[0].tokens).toEqual(tokens);
  });

  it('are read with logits, log-probabilities and probabilities alike', () => {
    const written = (['softmax', 'logSoftmax', 'linear'] as const).map((activation) =>
      generate(speaker(6, activation), [[1], [2, 3]], { maxLength: 9, strategy: 'beam', numBeams: 3 }),
    );
    const tokens = written.map((list) => list.map((one: Generated) => one.tokens));
    expect(tokens[1]).toEqual(tokens[0]);
    expect(tokens[2]).toEqual(tokens[0]);
    written[0].forEach(({ score }, i) => {
      expect(written[1][i].score).toBeCloseTo(score, 5);
      expect(written[2][i].score).toBeCloseTo(score, 5);
    });
  });
});

describe('what generate refuses', () => {
  const net = translator(6);
  const before = net.fingerprint();
  const ok = { maxLength: 3, startToken: START };
  const x = sources(2, 3);
  const cases: [what: string, options: object, message: string][] = [
    [
      'no length',
      { startToken: 1 },
      'generate: maxLength must be a whole number of at least 1, got undefined',
    ],
    ['no start token', { maxLength: 3 }, 'generate: startToken must be given'],
    [
      'a start token outside',
      { ...ok, startToken: 6 },
      'startToken must be a whole number of at least 0 and below 6, got 6',
    ],
    [
      'a stop token outside',
      { ...ok, stopToken: 6 },
      'stopToken must be a whole number of at least 0 and below 6, got 6',
    ],
    ['one of several outside', { ...ok, stopToken: [2, -1] }, 'stopToken must be a whole number'],
    ['an unknown strategy', { ...ok, strategy: 'best' }, "'best'"],
    [
      'no beams',
      { ...ok, strategy: 'beam', numBeams: 0 },
      'numBeams must be a whole number of at least 1, got 0',
    ],
    ['half a beam', { ...ok, strategy: 'beam', numBeams: 1.5 }, 'numBeams'],
    [
      'more than the beams',
      { ...ok, strategy: 'beam', numBeams: 2, numReturnSequences: 3 },
      'at most numBeams, got 3 and 2',
    ],
    ['two of one', { ...ok, numReturnSequences: 2 }, "needs strategy 'beam' or 'sampling'"],
    [
      'a temperature of 0',
      { ...ok, strategy: 'sampling', temperature: 0 },
      'temperature must be a finite number above 0, got 0',
    ],
    [
      'a temperature of NaN',
      { ...ok, strategy: 'sampling', temperature: Number.NaN },
      'temperature must be a finite number above 0, got NaN',
    ],
    [
      'topP of 0',
      { ...ok, strategy: 'sampling', topP: 0 },
      'topP must be a finite number above 0 and at most 1, got 0',
    ],
    ['topP of 1.1', { ...ok, strategy: 'sampling', topP: 1.1 }, 'topP'],
    [
      'topK of 0',
      { ...ok, strategy: 'sampling', topK: 0 },
      'topK must be a whole number of at least 1, got 0',
    ],
    ['a seed below 0', { ...ok, strategy: 'sampling', seed: -1 }, 'seed'],
    [
      'a length penalty of Infinity',
      { ...ok, strategy: 'beam', lengthPenalty: Number.POSITIVE_INFINITY },
      'lengthPenalty',
    ],
    [
      'an option of another strategy',
      { ...ok, temperature: 0.5 },
      "temperature is for strategy 'sampling', got strategy 'greedy'",
    ],
    ['no token left', { ...ok, suppressTokens: [1, 2, 3, 4, 5] }, 'suppressTokens leaves no token'],
    ['an unknown option', { ...ok, numBeam: 2 }, 'numBeam'],
    ['another input', { ...ok, stepInput: 'sauce' }, 'one of source, target'],
  ];

  it.each(cases)('%s', (_what, options, message) => {
    expect(() => generate(net, x, options as GenerateOptions)).toThrow(message);
    expect(net.fingerprint()).toBe(before);
  });

  it('data and models that do not fit', () => {
    expect(() => generate(net, tensor([1, 7], [1, 2]), ok)).toThrow(
      'is 7, expected a whole number from 0 to 6',
    );
    expect(() => generate(net, { source: x, target: x }, ok)).toThrow('target');
    expect(() => generate(speaker(6), [[]], { maxLength: 2 })).toThrow('prompt 0 is empty');
    expect(() => generate(speaker(6), [[1], [1, 6]], { maxLength: 2 })).toThrow(
      'generate: prompt 1, step 1 is 6, expected a whole number from 0 to 5',
    );
    expect(() => generate(speaker(6), [[1]], { maxLength: 2, lengths: [1] })).toThrow('not for prompts');
    const features = input({ shape: [null, 3] });
    const plain = model({ inputs: features, outputs: dense({ units: 3 }).apply(features) });
    expect(() => generate(plain, [[1]], { maxLength: 2 })).toThrow("input 'input' takes features");
    const ids = input({ shape: [null] });
    const h = gru({ units: 3, returnSequences: true }).apply(
      embedding({ inputDim: 4, outputDim: 2 }).apply(ids),
    );
    const wide = model({ inputs: ids, outputs: dense({ units: 9, activation: 'softmax' }).apply(h) });
    expect(() => generate(wide, [[1]], { maxLength: 2 })).toThrow('the output has 9 tokens');
    const odd = model({ inputs: ids, outputs: dense({ units: 4, activation: 'tanh' }).apply(h) });
    expect(() => generate(odd, [[1]], { maxLength: 2 })).toThrow("it is 'tanh'");
  });

  it('outputs that are no numbers', () => {
    const broken = speaker(6);
    broken.setWeights({ 'output.bias': [0, 0, Number.NaN, 0, 0, 0] });
    expect(() => generate(broken, [[1]], { maxLength: 2 })).toThrow('the model gives NaN for the next token');
  });

  it('and keeps no memory of it', () => {
    generate(net, x, ok);
    const used = net.arena.used;
    for (let i = 0; i < 5; i++) generate(net, x, { ...ok, strategy: 'beam', numBeams: 3 });
    generate(net, x, ok);
    expect(net.arena.used).toBe(used);
  });
});

/** The score of a query and a key in f64. */
function scoreOf(
  kind: 'dot' | 'general' | 'additive',
  query: Float32Array,
  key: Float32Array,
  weights: Readonly<Record<string, Tensor>>,
): number {
  if (kind === 'dot') return key.reduce((sum, x, d) => sum + x * query[d], 0);
  if (kind === 'additive') {
    const { data } = weights['attention.scale'];
    return key.reduce((sum, x, d) => sum + data[d] * Math.tanh(query[d] + x), 0);
  }
  const { data } = weights['attention.kernel'];
  return query.reduce(
    (sum, q, i) => sum + q * key.reduce((row, x, j) => row + data[i * key.length + j] * x, 0),
    0,
  );
}

/** Difference of a weight from f64. Measured: 3.0e-8. */
const MAX_WEIGHT_DIFFERENCE = 1e-7;

describe('what a step looked at', () => {
  const x = sources(4, 5);
  const lengths = [5, 2, 4, 1];

  it.each(['dot', 'general', 'additive'] as const)(
    'is the softmax over the steps that count, by score %s',
    (attention) => {
      const net = translator(6, { attention, cell: 'lstm' });
      // The same layers with the states that attention compares for outputs.
      const node = net.graph.nodes.find(({ layer }) => layer?.definition.looksAt !== undefined);
      if (node === undefined) throw new Error('no attention');
      const compared = model({
        inputs: net.graph.inputs,
        outputs: [node.inputs[0], node.inputs[2] ?? node.inputs[1]],
      });
      const own = net.getWeights();
      compared.setWeights(
        Object.fromEntries(Object.entries(own).filter(([name]) => name in compared.getWeights())),
      );
      const options = { maxLength: 6, startToken: START, stopToken: STOP, lengths, returnAttention: true };
      const written = generate(net, x, options);
      const plain = generate(net, x, { ...options, returnAttention: false });
      expect(written.map(({ attention: _, ...rest }) => rest)).toEqual(plain);
      written.forEach(({ tokens, stopped, attention: maps = [] }, s) => {
        expect(maps.length).toBe(tokens.length + (stopped ? 1 : 0));
        const target = [START, ...tokens].slice(0, maps.length);
        const source = tensor(samplesOf(x.data, 4, s).slice(), [1, 5]);
        const [queries, keys] = compared.predict(
          { source, target: tensor(target, [1, target.length]) },
          { lengths: { source: [lengths[s]] } },
        );
        maps.forEach((weights, t) => {
          const query = samplesOf(queries.data, target.length, t);
          const scores = Array.from({ length: lengths[s] }, (_, j) =>
            scoreOf(attention, query, samplesOf(keys.data, 5, j), own),
          );
          const exps = scores.map((score) => Math.exp(score - Math.max(...scores)));
          const total = exps.reduce((a, b) => a + b);
          expect(weights.length).toBe(5);
          weights.forEach((weight, j) => {
            expect(Math.abs(weight - (j < lengths[s] ? exps[j] / total : 0))).toBeLessThan(
              MAX_WEIGHT_DIFFERENCE,
            );
          });
        });
      });
    },
  );

  it('follows the beams that are kept', () => {
    const net = translator(6, { attention: 'general', bidirectional: true });
    const options: GenerateOptions = {
      maxLength: 7,
      startToken: START,
      stopToken: STOP,
      returnAttention: true,
    };
    const beam = generate(net, x, { ...options, strategy: 'beam', numBeams: 3, numReturnSequences: 3 });
    beam.forEach(({ tokens, attention = [] }, i) => {
      const source = tensor(samplesOf(x.data, 4, Math.floor(i / 3)).slice(), [1, 5]);
      const stream = net.stream({ stepInput: 'target', attention: true });
      stream.start({ source });
      [START, ...tokens].slice(0, attention.length).forEach((token, t) => {
        stream.step([token]);
        expect(Array.from(stream.attention())).toEqual(Array.from(attention[t]));
      });
    });
  });

  it('has to be asked for, and to be there', () => {
    const net = translator(6);
    const stream = net.stream({ stepInput: 'target' });
    expect(() => stream.attention()).toThrow('before start');
    stream.start(sources(1, 2));
    expect(() => stream.attention()).toThrow('stream({ attention: true }) keeps it');
    const kept = net.stream({ stepInput: 'target', attention: true });
    kept.start(sources(1, 2));
    expect(() => kept.attention(1)).toThrow('row must be a whole number of at least 0 and below 1');
    const without = translator(6, { attention: null });
    const options = { maxLength: 2, startToken: START, returnAttention: true };
    expect(() => generate(without, x, options)).toThrow('no attention layer of the model looks at');
    expect(() => net.stream({ stepInput: 'target', attention: 1 as never })).toThrow('attention');
  });
});
