import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { load, type Model } from '../../src/index.js';
import { testData } from '../harness/random.js';

const AXES = 3;
const LABELS = ['still', 'walking', 'running'];

/** Frames as a client has them. Numbers that a float holds, so that nothing is rounded on the way. */
export function framesOf(count: number, seed = 1): number[][] {
  const flat = testData(seed, count * AXES);
  return Array.from({ length: count }, (_, t) => [...flat.subarray(t * AXES, (t + 1) * AXES)]);
}

const labelled = (values: Float32Array) => ({
  label: LABELS[values.indexOf(Math.max(...values))],
  probabilities: [...values],
});

/** The model that an example serves, in Node. */
export const modelOf = (name: string): Model => load(readFileSync(`examples/${name}/model.recurra`));

/** What `/predict` has to answer. */
export function predicted(model: Model, frames: number[][]): unknown {
  return labelled(
    model.predict({ data: Float32Array.from(frames.flat()), shape: [1, frames.length, AXES] }).data,
  );
}

/** What a session has to answer to frames given one after the other. */
export function streamed(model: Model, frames: number[][]): unknown[] {
  const stream = model.stream();
  return frames.map((frame) => labelled(stream.step(frame)));
}

/** Sends JSON and gives the answer. */
export async function send(
  url: string,
  body?: unknown,
  method = 'POST',
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, {
    method,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

/** What every server that serves the motion model has to do. `where` gives its address once it is up. */
export function describeService(name: string, where: () => string, { sessions = true } = {}): void {
  it('says which model it serves', async () => {
    const { status, body } = await send(`${where()}/`, undefined, 'GET');
    expect([status, body]).toEqual([200, { model: modelOf(name).name, labels: LABELS, features: AXES }]);
  });

  it('answers with the prediction of Node, bit for bit', async () => {
    const model = modelOf(name);
    for (const count of [1, 3, 17, 100]) {
      const frames = framesOf(count, count);
      const { status, body } = await send(`${where()}/predict`, { frames });
      expect([status, body]).toEqual([200, predicted(model, frames)]);
    }
  });

  it('answers many at once, each with its own', async () => {
    const model = modelOf(name);
    const all = Array.from({ length: 20 }, (_, i) => framesOf(5 + i, i + 1));
    const answers = await Promise.all(all.map((frames) => send(`${where()}/predict`, { frames })));
    expect(answers.map(({ body }) => body)).toEqual(all.map((frames) => predicted(model, frames)));
  });

  it.each<[string, string, unknown, string, number, RegExp]>([
    ['what is not JSON', '/predict', '{', 'POST', 400, /not JSON/],
    ['no frames', '/predict', {}, 'POST', 400, /at least one frame/],
    ['an empty series', '/predict', { frames: [] }, 'POST', 400, /at least one frame/],
    [
      'a frame of two',
      '/predict',
      {
        frames: [
          [1, 2, 3],
          [1, 2],
        ],
      },
      'POST',
      400,
      /frames\[1\]: expected 3 finite/,
    ],
    [
      'a text in a frame',
      '/predict',
      { frames: [[1, '2', 3]] },
      'POST',
      400,
      /frames\[0\]: expected 3 finite/,
    ],
    [
      'a number too large',
      '/predict',
      { frames: [[1, 1e300, 3]] },
      'POST',
      400,
      /frames\[0\]: expected 3 finite/,
    ],
    ['null', '/predict', 'null', 'POST', 400, /at least one frame/],
    ['too many frames', '/predict', { frames: Array(10_001).fill([0, 0, 0]) }, 'POST', 413, /at most 10000/],
    ['a long body', '/predict', `"${'x'.repeat(1 << 20)}"`, 'POST', 413, /longer than 1048576 bytes/],
    ['another address', '/model', undefined, 'GET', 404, /nothing at \/model/],
    ['another method', '/predict', undefined, 'GET', 405, /GET is not allowed/],
  ])('refuses %s, and goes on', async (_, path, body, method, status, message) => {
    const answer = await send(where() + path, body, method);
    expect(answer).toEqual({ status, body: { error: expect.stringMatching(message) } });
    expect((await send(`${where()}/predict`, { frames: framesOf(2) })).status).toBe(200);
  });

  if (!sessions) return;

  it('streams in sessions, each with a state of its own', async () => {
    const model = modelOf(name);
    const open = async () => {
      const { status, body } = await send(`${where()}/sessions`);
      expect(status).toBe(201);
      return `${where()}/sessions/${(body as { id: string }).id}`;
    };
    const [a, b] = [await open(), await open()];
    const [framesA, framesB] = [framesOf(12, 3), framesOf(12, 4)];
    const steps: Record<string, unknown[]> = { a: [], b: [] };
    for (let t = 0; t < 12; t += 4) {
      const part = async (url: string, frames: number[][]) =>
        ((await send(url, { frames: frames.slice(t, t + 4) })).body as { steps: unknown[] }).steps;
      steps.a.push(...(await part(a, framesA)));
      steps.b.push(...(await part(b, framesB)));
    }
    expect(steps).toEqual({ a: streamed(model, framesA), b: streamed(model, framesB) });

    expect((await send(a, undefined, 'DELETE')).status).toBe(204);
    expect(await send(a, { frames: framesA })).toMatchObject({
      status: 404,
      body: { error: expect.stringMatching(/no such session/) },
    });
    const again = await open();
    expect((await send(again, { frames: framesB })).body).toEqual({ steps: streamed(model, framesB) });
    await send(b, undefined, 'DELETE');
    await send(again, undefined, 'DELETE');
  });

  it('does not let a bad frame into the state of a session', async () => {
    const { body } = await send(`${where()}/sessions`);
    const url = `${where()}/sessions/${(body as { id: string }).id}`;
    const frames = framesOf(3, 8);
    expect((await send(url, { frames: [...frames, [1]] })).status).toBe(400);
    expect((await send(url, { frames })).body).toEqual({ steps: streamed(modelOf(name), frames) });
    expect((await send(`${url}x`, { frames })).status).toBe(404);
    await send(url, undefined, 'DELETE');
  });
}
