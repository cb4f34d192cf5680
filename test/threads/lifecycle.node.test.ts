import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  adam,
  dense,
  dropout,
  input,
  load,
  lstm,
  MemoryError,
  type Model,
  prepare,
  runtimeInfo,
  StateError,
  sequential,
  type Tensor,
  ThreadError,
  tensor,
  ValueError,
} from '../../src/index.js';
import type { Pool } from '../../src/wasm/threads/pool.js';
import type { Team } from '../../src/wasm/threads/team.js';
import { testData } from '../harness/random.js';
import { loseWorker, prepareThreads, shareEverything, threadsReady } from '../harness/threads.js';

const T = 5;
const x = tensor(testData(1, 16 * T * 3), [16, T, 3]);
const y = tensor(testData(2, 16, 0.1, 0.9), [16, 1]);

const made: Model<Tensor>[] = [];

function network(threads: number, stateful = false): Model<Tensor> {
  const net = sequential(
    [
      input({ shape: [null, 3] }),
      lstm({ units: 9, stateful }),
      dropout({ rate: 0.3 }),
      dense({ units: 1, activation: 'sigmoid' }),
    ],
    { seed: 5, threads },
  );
  net.compile({ optimizer: adam({ clipNorm: 1 }), loss: 'meanSquaredError' });
  made.push(net);
  return net;
}

async function ready(threads: number, stateful = false): Promise<Model<Tensor>> {
  const net = network(threads, stateful);
  await threadsReady(net);
  return net;
}

/** Lets the engine have no memory, until the function that it gives is called. */
function withholdMemory(): () => void {
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class {
    constructor() {
      throw new RangeError('none left');
    }
  } as unknown as typeof Memory;
  return () => {
    WebAssembly.Memory = Memory;
  };
}

/** The workers behind a model. */
const teamOf = (net: Model<Tensor>): Team => net.arena.threads as Team;
const poolOf = (net: Model<Tensor>): Pool => (teamOf(net) as unknown as { pool: Pool }).pool;

it('threads must be prepared first, and be a whole number', async () => {
  expect(runtimeInfo().threads).toBe(1);
  expect(() => network(2)).toThrow(StateError);
  await expect(prepare({ threads: 0 })).rejects.toThrow(ValueError);
  await expect(prepare({ threads: 1.5 })).rejects.toThrow(/threads must be a whole number/);
  expect(await prepare({ threads: 2 })).toMatchObject({ numerics: 'portable', threads: 2, missing: [] });
  expect(runtimeInfo()).toMatchObject({ sharedMemory: true, threads: 2 });
  expect(() => network(3)).toThrow(/threads: 3 are not prepared/);
  expect(() => sequential([input({ shape: [3] }), dense({ units: 1 })], { threads: 0 })).toThrow(ValueError);
  expect(() =>
    sequential([input({ shape: [3] }), dense({ units: 1 })], { threads: 2, numerics: 'relaxed' }),
  ).toThrow(StateError);
});

describe('a model with threads', () => {
  let restore: () => void;
  beforeAll(async () => {
    restore = shareEverything();
    await prepareThreads(3);
  });
  afterEach(() => {
    for (const net of made.splice(0)) net.close();
  });
  afterAll(() => restore());

  it('gives the same bits after close, and close ends the workers with the last model', async () => {
    const [one, two] = [await ready(2), await ready(3)];
    const pool = poolOf(one);
    const before = one.predict(x).data;
    expect(teamOf(one).runs).toBeGreaterThan(0);
    one.close();
    one.close();
    expect([one.threads, two.threads, pool.broken]).toEqual([1, 3, null]);
    expect(one.predict(x).data).toEqual(before);
    expect(two.predict(x).data).toEqual(before);
    two.close();
    expect(pool.broken).toMatch(/no model/);
    const next = await ready(2);
    expect(next.predict(x).data).toEqual(before);
    expect(teamOf(next).runs).toBeGreaterThan(0);
  });

  it('keeps its bits when its memory grows between runs, and shares no memory with what it gives out', async () => {
    const [alone, net] = [network(1), await ready(3)];
    const { arena } = net;
    const view = arena.view(arena.allocate(64, 'test'), 16);
    view.f32.fill(3);
    const old = view.f32;
    const outputs = [4, 40, 900].map((time) => {
      const longer = tensor(testData(time, 16 * time * 3), [16, time, 3]);
      expect(net.predict(longer).data).toEqual(alone.predict(longer).data);
      return net.predict(longer).data;
    });
    expect(arena.generation).toBeGreaterThan(0);
    expect(old).not.toBe(view.f32);
    expect([...old]).toEqual([...view.f32]);
    const given = [...outputs, ...Object.values(net.getWeights()).map((weight) => weight.data)];
    expect(given.every(({ buffer }) => buffer instanceof ArrayBuffer)).toBe(true);
    expect(net.save().buffer).toBeInstanceOf(ArrayBuffer);
  });

  it('is saved and loaded, with threads or without, and trains on bit for bit', async () => {
    const net = await ready(2);
    net.trainOnBatch(x, y);
    const bytes = net.save();
    const [again, alone] = [load(bytes, { threads: 3 }), load(bytes)];
    await threadsReady(again as Model<Tensor>);
    expect([again.threads, alone.threads]).toEqual([3, 1]);
    for (const model of [net, again, alone]) model.trainOnBatch(x, y);
    expect(new Set([net, again, alone].map((model) => model.fingerprint())).size).toBe(1);
    again.close();
  });

  it('that loses a worker throws, keeps its state and goes on with one thread', async () => {
    const [alone, net] = [network(1), await ready(3)];
    for (const model of [alone, net]) model.trainOnBatch(x, y);
    const before = net.fingerprint();
    loseWorker(net);
    expect(() => net.trainOnBatch(x, y)).toThrow(ThreadError);
    expect([net.threads, net.fingerprint()]).toEqual([1, before]);
    for (const model of [alone, net]) model.trainOnBatch(x, y);
    expect(net.fingerprint()).toBe(alone.fingerprint());
  });

  it('that loses a worker and finds no memory to move to says so, and goes on once there is some', async () => {
    const [alone, net] = [network(1), await ready(2)];
    const before = alone.predict(x).data;
    loseWorker(net);
    const give = withholdMemory();
    try {
      expect(() => net.predict(x)).toThrow(ThreadError);
      expect(() => net.predict(x)).toThrow(/^memory: a thread was lost .* gives no .* none left/);
      expect(() => net.predict(x)).toThrow(MemoryError);
      expect(net.fingerprint()).toBe(alone.fingerprint());
    } finally {
      give();
    }
    expect(net.predict(x).data).toEqual(before);
  });

  it('that gets no memory is no user of the workers', async () => {
    const net = await ready(2);
    const pool = poolOf(net);
    const give = withholdMemory();
    try {
      expect(() => network(2)).toThrow(MemoryError);
    } finally {
      give();
    }
    expect(pool.broken).toBeNull();
    net.close();
    expect(pool.broken).toMatch(/no model/);
  });

  it('that loses a worker in predict still carries the states of stateful layers', async () => {
    const [alone, net] = [network(1, true), await ready(2, true)];
    for (const model of [alone, net]) model.predict(x);
    loseWorker(net);
    expect(() => net.predict(x)).toThrow(/has died or did not answer/);
    expect(net.predict(x).data).toEqual(alone.predict(x).data);
  });

  it('that loses a worker in a step of a stream has the state before it', async () => {
    const make = (threads: number): Model<Tensor> => {
      const net = sequential([input({ shape: [null, 3] }), lstm({ units: 33 })], { seed: 5, threads });
      made.push(net);
      return net;
    };
    const net = make(2);
    await threadsReady(net);
    const [alone, stream] = [make(1).stream(), net.stream()];
    const frame = [0.3, -0.4, 0.7];
    for (const one of [alone, stream]) one.step(frame);
    const runs = teamOf(net).runs;
    expect(runs).toBeGreaterThan(0);
    loseWorker(net);
    expect(() => stream.step(frame)).toThrow(ThreadError);
    expect(stream.getState()).toEqual(alone.getState());
    expect([...stream.step(frame)]).toEqual([...alone.step(frame)]);
  });

  it('that loses a worker during the update itself says so', async () => {
    const net = await ready(2);
    const { optimizer } = net.compiledFor('test').compiled;
    const advance = optimizer.advance.bind(optimizer);
    optimizer.advance = (...args) => {
      loseWorker(net);
      return advance(...args);
    };
    expect(() => net.trainOnBatch(x, y)).toThrow(/during an update/);
  });

  it('whose worker fails in a kernel throws at once', async () => {
    const net = await ready(2);
    // (module (func (export "run") (param i32 i32) unreachable))
    const trap = new WebAssembly.Module(
      Uint8Array.of(
        ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 2, 127, 127, 0, 3, 2, 1, 0],
        ...[7, 7, 1, 3, 114, 117, 110, 0, 0, 10, 5, 1, 3, 0, 0, 11],
      ),
    );
    const { model, words } = teamOf(net) as unknown as { model: number; words: number };
    const pool = poolOf(net) as unknown as { send(worker: number, message: object): void };
    pool.send(0, { attach: { model, module: trap, memory: net.arena.memory, words } });
    await threadsReady(net);
    const start = performance.now();
    expect(() => net.predict(x)).toThrow(ThreadError);
    expect(performance.now() - start).toBeLessThan(5000);
    expect(net.predict(x).data).toEqual(network(1).predict(x).data);
  });
});
