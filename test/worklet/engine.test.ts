import { describe, expect, it } from 'vitest';
import { dense, embedding, input, model as joined, lstm, type Model, sequential } from '../../src/index.js';
import { Engine } from '../../src/worklet/engine.js';
import type { FromProcessor, ProcessorOptions } from '../../src/worklet/messages.js';
import { giveWeights } from '../harness/bits.js';
import { expectedSound, sound, soundModel } from './models.js';

const QUANTUM = 128;
const RATE = 48_000;

interface Bench {
  readonly engine: Engine;
  readonly messages: FromProcessor[];
  run(input: readonly Float32Array[], rows?: number, from?: number): Float32Array[];
}

/** An engine as the processor makes it, with a clock that says 0 or what the test wants. */
function bench(options: unknown, now = () => 0, quantum = QUANTUM): Bench {
  const messages: FromProcessor[] = [];
  const surroundings = { sampleRate: RATE, quantum, clock: 'Date.now' as const, now };
  const engine = new Engine(options, surroundings, (message) => messages.push(message));
  return {
    engine,
    messages,
    run(input, rows = input.length, from = 0) {
      const length = input[0].length;
      const output = Array.from({ length: rows }, () => new Float32Array(length).fill(9));
      for (let at = 0; at < length; at += quantum) {
        const block = (all: readonly Float32Array[]) => all.map((one) => one.subarray(at, at + quantum));
        engine.process(block(input), block(output), from + at);
      }
      return output;
    },
  };
}

const optionsOf = (model: Model, more: Partial<ProcessorOptions> = {}): ProcessorOptions => ({
  model: model.save(),
  channels: 1,
  measure: true,
  ...more,
});

/** The latency by trying: samples that are not there yet when their block is due, at worst. */
function leastLatency(hop: number, quantum: number): number {
  let least = 0;
  for (let end = quantum; end <= hop * quantum; end += quantum) least = Math.max(least, end % hop);
  return least;
}

describe('sound through a model', () => {
  // Hops that divide the block, that it divides, and neither; windows as long as the hop and longer.
  const CUTS = [
    [1, 1],
    [4, 17],
    [32, 32],
    [64, 128],
    [128, 128],
    [100, 100],
    [48, 130],
    [33, 33],
    [160, 320],
    [256, 256],
    [384, 500],
  ];

  it.each(CUTS)('with a hop of %i and a window of %i is what a stream gives, bit for bit', (hop, window) => {
    const model = soundModel(window, hop);
    const { run, messages } = bench(optionsOf(model));
    const latency = leastLatency(hop, QUANTUM);
    expect(messages).toEqual([
      { kind: 'loaded', id: 0, info: { window, hop, outputs: hop, latency, loadMs: 0 } },
    ]);
    const input = sound(1, 12);
    expect(run(input)).toEqual(expectedSound(model, input, { window, hop, latency }));
  });

  it.each([1, 3, 64, 160])('holds the values of a detector over a hop of %i', (hop) => {
    const model = soundModel(160, 3);
    const { run } = bench(optionsOf(model, { hop, values: 3, channels: 2 }));
    const input = sound(2, 9);
    const latency = leastLatency(hop, QUANTUM);
    expect(run(input, 6)).toEqual(expectedSound(model, input, { window: 160, hop, latency, held: true }));
  });

  it.each([2, 3])('takes %i channels as sequences of their own', (channels) => {
    const model = soundModel(48, 48);
    const { run } = bench(optionsOf(model, { channels }));
    const input = sound(channels, 10);
    const latency = leastLatency(48, QUANTUM);
    expect(run(input)).toEqual(expectedSound(model, input, { window: 48, hop: 48, latency }));
  });

  it('works in blocks of another length', () => {
    const model = soundModel(30, 30);
    const { run } = bench(optionsOf(model), () => 0, 100);
    const input = sound(1, 12, 100);
    const latency = leastLatency(30, 100);
    expect(run(input)).toEqual(expectedSound(model, input, { window: 30, hop: 30, latency }));
  });

  it('takes a channel that is not connected for silence', () => {
    const model = soundModel(64, 64);
    const { engine } = bench(optionsOf(model, { channels: 2 }));
    const input = sound(1, 1);
    const output = [new Float32Array(QUANTUM), new Float32Array(QUANTUM)];
    engine.process(input, output, 0);
    const whole = [...input, new Float32Array(QUANTUM)];
    expect(output).toEqual(expectedSound(model, whole, { window: 64, hop: 64, latency: 0 }));
  });

  it('begins anew after a reset', () => {
    const model = soundModel(100, 100);
    const { run, engine, messages } = bench(optionsOf(model));
    const input = sound(1, 5);
    const first = run(input);
    engine.receive({ kind: 'reset', id: 7 });
    expect(messages.at(-1)).toEqual({ kind: 'done', id: 7 });
    expect(run(input)).toEqual(first);
  });

  it('replaces by silence what is no number, and begins anew', () => {
    const model = soundModel(64, 64);
    const { run, messages } = bench(optionsOf(model));
    const broken = sound(1, 1);
    broken[0][70] = Number.NaN;
    const [output] = run(broken);
    expect(output.subarray(64)).toEqual(new Float32Array(64));
    expect(messages.at(-1)).toMatchObject({ kind: 'trouble', report: { silenced: 1, overruns: 0 } });
    const after = sound(1, 3);
    expect(run(after)).toEqual(expectedSound(model, after, { window: 64, hop: 64, latency: 0 }));
  });

  it('survives a model that refuses the sound', () => {
    const ids = sequential([
      input({ shape: [null] }),
      embedding({ inputDim: 2, outputDim: 2 }),
      lstm({ units: 1 }),
    ]);
    const { run, messages } = bench(optionsOf(ids));
    expect(run([new Float32Array(QUANTUM).fill(0.5)])).toEqual([new Float32Array(QUANTUM)]);
    expect(messages.at(-1)).toMatchObject({ kind: 'trouble', report: { silenced: QUANTUM } });
  });
});

describe('another model', () => {
  const [window, hop] = [96, 64];
  const [old, next] = [1, 2].map((seed) => soundModel(window, hop, seed));
  const input = sound(1, 12);
  const half = 6 * QUANTUM;
  const parts = [input.map((one) => one.subarray(0, half)), input.map((one) => one.subarray(half))];
  const cut = { window, hop, latency: 0 };
  const alone = expectedSound(old, input, cut)[0];

  /** The new model over the second half: it sees the window that the old one left behind. */
  function newcomer(state?: Float32Array[]): Float32Array {
    const stream = next.stream();
    if (state !== undefined) stream.setState(state);
    const output = new Float32Array(half);
    for (let at = 0; at < half; at += hop) {
      output.set(stream.step(input[0].slice(half + at + hop - window, half + at + hop)), at);
    }
    return output;
  }

  const load = (more: object) => ({
    kind: 'load',
    id: 3,
    model: next.save(),
    crossfade: 0,
    keepState: false,
    ...more,
  });

  it('takes over from one hop to the next', () => {
    const { run, engine, messages } = bench(optionsOf(old));
    expect(run(parts[0])[0]).toEqual(alone.subarray(0, half));
    engine.receive(load({}));
    expect(messages.at(-1)).toMatchObject({ kind: 'loaded', id: 3, info: { window, hop, outputs: hop } });
    expect(run(parts[1])[0]).toEqual(newcomer());
  });

  it('fades in sample by sample, and is alone afterwards', () => {
    const hops = 5;
    const { run, engine } = bench(optionsOf(old));
    run(parts[0]);
    engine.receive(load({ crossfade: hops }));
    const [output] = run(parts[1]);
    const fresh = newcomer();
    const faded = fresh.map((now, i) => {
      if (i >= hops * hop) return now;
      const before = alone[half + i];
      return Math.fround(before + ((i + 1) / (hops * hop + 1)) * (now - before));
    });
    expect(output).toEqual(faded);
    expect(output[hops * hop]).toBe(fresh[hops * hop]);
    expect(output[0]).not.toBe(fresh[0]);
  });

  it('goes on with the state of the old one where asked', () => {
    const { run, engine } = bench(optionsOf(old));
    run(parts[0]);
    const stream = old.stream();
    for (let at = 0; at < half; at += hop) {
      stream.step(Float32Array.from({ length: window }, (_, i) => input[0][at + hop - window + i] ?? 0));
    }
    engine.receive(load({ keepState: true }));
    const [output] = run(parts[1]);
    expect(output).toEqual(newcomer(stream.getState()));
    expect(output).not.toEqual(newcomer());
  });

  it('waits for a fade to end', () => {
    const third = soundModel(window, hop, 3);
    const { run, engine } = bench(optionsOf(old));
    run(parts[0]);
    engine.receive(load({ crossfade: 2, keepState: true }));
    engine.receive(load({ id: 4, model: third.save(), keepState: true }));
    const [output] = run(parts[1]);
    const second = next.stream();
    const state = old.stream();
    const frameAt = (at: number) =>
      Float32Array.from({ length: window }, (_, i) => input[0][at + hop - window + i] ?? 0);
    for (let at = 0; at < half; at += hop) state.step(frameAt(at));
    second.setState(state.getState());
    for (const at of [half, half + hop]) second.step(frameAt(at));
    const last = third.stream();
    last.setState(second.getState());
    expect(output.subarray(2 * hop, 3 * hop)).toEqual(last.step(frameAt(half + 2 * hop)));
  });

  it('is refused when it does not fit or is none, and the old one goes on', () => {
    const { run, engine, messages } = bench(optionsOf(old));
    run(parts[0]);
    const damaged = next.save();
    damaged[damaged.length >> 1] ^= 1;
    const otherState = soundModel(window, hop, 1, 9).save();
    const attempts: [object, string, RegExp][] = [
      [load({ model: new Uint8Array(100) }), 'FormatError', /not a saved recurra model/],
      [load({ model: damaged }), 'FormatError', /damaged or cut short/],
      [load({ model: 'model' }), 'FormatError', /expected the bytes of a saved model.*got 'model'/],
      [load({ model: soundModel(95, hop).save() }), 'ShapeError', /takes 95 numbers a step, expected 96/],
      [load({ model: soundModel(window, 63).save() }), 'ShapeError', /gives 63 numbers a step, expected 64/],
      [load({ model: otherState, keepState: true }), 'ShapeError', /state 0/],
      [load({ crossfade: -1 }), 'ValueError', /crossfade must be a whole number of at least 0/],
      [load({ keepState: 1 }), 'ValueError', /keepState must be true or false/],
      [{ kind: 'lod', id: 3 }, 'UnknownNameError', /did you mean 'load'/],
      [{ kind: 'reset' }, 'ValueError', /id must be a whole number/],
    ];
    for (const [message, name, text] of attempts) {
      const before = messages.length;
      engine.receive(message);
      expect(messages.slice(before)).toEqual([
        { kind: 'refused', id: 'id' in message ? 3 : null, name, message: expect.stringMatching(text) },
      ]);
    }
    for (const garbage of [null, undefined, 5, 'load', []]) {
      engine.receive(garbage);
      expect(messages.at(-1)).toMatchObject({ kind: 'refused', id: null, name: 'ValueError' });
    }
    expect(run(parts[1])[0]).toEqual(alone.subarray(half));
  });
});

describe('options', () => {
  const model = soundModel(96, 64);
  const x = input({ shape: [null, 64] });
  const twoOutputs = joined({
    inputs: x,
    outputs: [1, 2].map((units) => dense({ units }).apply(x)),
  }) as unknown as Model;
  const backwards = sequential([input({ shape: [null, 64] }), lstm({ units: 64, goBackwards: true })]);

  it.each<[string, unknown, string, RegExp]>([
    ['nothing', undefined, 'ValueError', /processorOptions must be an object with model/],
    ['no model', {}, 'FormatError', /expected the bytes of a saved model/],
    ['a name', optionsOf(model, { hops: 3 } as object), 'UnknownNameError', /did you mean 'hop'/],
    ['a hop of 0', optionsOf(model, { hop: 0 }), 'ValueError', /hop must be a whole number of at least 1/],
    ['a long hop', optionsOf(model, { hop: 97 }), 'ShapeError', /hop is 97, expected at most the 96 samples/],
    [
      'a hop that is not what a step gives',
      optionsOf(model, { hop: 32 }),
      'ShapeError',
      /gives 64 numbers a step, expected 32/,
    ],
    [
      'other values',
      optionsOf(model, { values: 3 }),
      'ShapeError',
      /gives 64 numbers a step, expected 3: values is 3/,
    ],
    ['channels', optionsOf(model, { channels: 1.5 }), 'ValueError', /channels must be a whole number/],
    ['a model that cannot stream', optionsOf(backwards), 'ValueError', /lstm cannot stream/],
    [
      'a model with two outputs',
      optionsOf(twoOutputs),
      'ValueError',
      /one input and one output, got 1 and 2/,
    ],
  ])('with %s are refused; the node stays silent and does not hang', (_, options, name, text) => {
    const { messages, run, engine } = bench(options);
    expect(messages).toEqual([{ kind: 'refused', id: 0, name, message: expect.stringMatching(text) }]);
    const output = [new Float32Array(QUANTUM)];
    expect(engine.process(sound(1, 1), output, 0)).toBe(true);
    expect(output[0]).toEqual(new Float32Array(QUANTUM));
    expect(run(sound(1, 1))[0][0]).toBe(9);
  });

  it('that were right play once a model comes', () => {
    const { messages, run, engine } = bench({ ...optionsOf(model), model: new Uint8Array(3) });
    expect(messages.at(-1)).toMatchObject({ kind: 'refused', name: 'FormatError' });
    engine.receive({ kind: 'load', id: 1, model: model.save(), crossfade: 4, keepState: false });
    const input = sound(1, 4);
    expect(run(input)).toEqual(expectedSound(model, input, { window: 96, hop: 64, latency: 0 }));
  });

  it('that were wrong leave nothing to load into', () => {
    const { messages, engine } = bench(optionsOf(model, { channels: 0 }));
    engine.receive({ kind: 'load', id: 1, model: model.save(), crossfade: 0, keepState: false });
    expect(messages.at(-1)).toMatchObject({ kind: 'refused', id: 1, name: 'StateError' });
  });
});

describe('the report', () => {
  it('counts the blocks that took longer than their sound lasts', () => {
    const model = soundModel(128, 128);
    let clock = 0;
    let block = 0;
    // Each block reads the clock twice: at its beginning and at its end.
    const lengths = [1, 2.5, 2.7, 9, 1];
    let isEnd = false;
    const now = () => {
      if (!isRunning) return clock;
      if (isEnd) clock += lengths[block++];
      isEnd = !isEnd;
      return clock;
    };
    let isRunning = false;
    const { run, engine, messages } = bench(optionsOf(model), now);
    isRunning = true;
    run(sound(1, 5), 1, 1280);
    isRunning = false;
    engine.receive({ kind: 'report', id: 1 });
    const blockMs = 128 / 48;
    const report = {
      ...{
        blocks: 5,
        overruns: 2,
        worstMs: 9,
        worstFrame: 1280 + 3 * 128,
        blockMs,
        silenced: 0,
        clock: 'Date.now',
      },
      meanMs: expect.closeTo(16.2 / 5, 10),
    };
    expect(messages.at(-1)).toEqual({ kind: 'report', id: 1, report });
    const told = messages.filter(({ kind }) => kind === 'trouble');
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ report: { blocks: 3, overruns: 1 } });
  });

  it('tells trouble once a second of sound at most', () => {
    const model = soundModel(128, 128);
    let clock = 0;
    const { run, messages } = bench(optionsOf(model), () => {
      clock += 5;
      return clock;
    });
    run(sound(1, 751));
    const told = messages.filter(({ kind }) => kind === 'trouble');
    expect(told.map((message) => (message as { report: { overruns: number } }).report.overruns)).toEqual([
      1, 376, 751,
    ]);
  });

  it('reads no clock when it is not asked to', () => {
    const model = soundModel(128, 128);
    let readings = 0;
    const { run, engine, messages } = bench(optionsOf(model, { measure: false }), () => {
      readings++;
      return 0;
    });
    const whileLoading = readings;
    run(sound(1, 4));
    expect(readings).toBe(whileLoading);
    engine.receive({ kind: 'report', id: 2 });
    expect(messages.at(-1)).toMatchObject({ report: { blocks: 4, overruns: 0, clock: 'none' } });
  });
});

it('is let go when it is closed', () => {
  const { engine } = bench(optionsOf(soundModel(128, 128)));
  const block = () => engine.process(sound(1, 1), [new Float32Array(QUANTUM)], 0);
  expect(block()).toBe(true);
  engine.receive({ kind: 'close' });
  expect(block()).toBe(false);
});

it('takes a model of any layers', () => {
  const model = sequential([
    input({ shape: [null, 16] }),
    lstm({ units: 5, returnSequences: true }),
    dense({ units: 16, activation: 'tanh' }),
  ]);
  giveWeights(model, 4);
  const { run } = bench(optionsOf(model));
  const input16 = sound(1, 2);
  expect(run(input16)).toEqual(expectedSound(model, input16, { window: 16, hop: 16, latency: 0 }));
});
