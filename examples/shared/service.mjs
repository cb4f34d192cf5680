// Answers requests with a model, by the standards' Request and Response alone, so that it runs on every server.
import { Sessions } from './sessions.mjs';

/** Bounds that a stranger cannot pass. */
export const LIMITS = {
  bodyBytes: 1 << 20,
  frames: 10_000,
  sessions: 1000,
  idleMs: 5 * 60_000,
};

/** Something wrong with a request, as the status says it. */
class Refusal extends Error {
  constructor(status, message, headers = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

const json = (status, value, headers = {}) =>
  new Response(JSON.stringify(value), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  });

/** The body as text, read no further than it may be long. */
async function readBody(request, limit) {
  const tooLong = new Refusal(413, `the body is longer than ${limit} bytes`);
  if (Number(request.headers.get('content-length')) > limit) throw tooLong;
  if (request.body === null) return '';
  const parts = [];
  let length = 0;
  for (const reader = request.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limit) {
      await reader.cancel();
      throw tooLong;
    }
    parts.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new TextDecoder().decode(whole);
}

/** The frames of a body `{ "frames": [[x, y, z], ...] }`, flat. */
async function readFrames(request, features, limits) {
  let body;
  const text = await readBody(request, limits.bodyBytes);
  try {
    body = JSON.parse(text);
  } catch {
    throw new Refusal(400, 'the body is not JSON');
  }
  const frames = body?.frames;
  if (!Array.isArray(frames) || frames.length === 0) {
    throw new Refusal(400, 'expected { "frames": [[number, ...], ...] } with at least one frame');
  }
  if (frames.length > limits.frames) {
    throw new Refusal(413, `${frames.length} frames, expected at most ${limits.frames}`);
  }
  const flat = new Float32Array(frames.length * features);
  frames.forEach((frame, t) => {
    if (
      !Array.isArray(frame) ||
      frame.length !== features ||
      !frame.every((v) => Number.isFinite(Math.fround(v)) && typeof v === 'number')
    ) {
      throw new Refusal(400, `frames[${t}]: expected ${features} finite numbers`);
    }
    flat.set(frame, t * features);
  });
  return flat;
}

/**
 * A function from Request to a promise of a Response.
 *
 *   POST   /predict        { frames }  a probability for each label, for the whole series
 *   POST   /sessions                   a new stream: 201 { id }
 *   POST   /sessions/ID    { frames }  the probabilities after each frame
 *   DELETE /sessions/ID                ends it
 *
 * @param model what `load` gave, of `recurra` or of `recurra/inference`
 * @param labels names of the outputs
 * @param RecurraError the class of the errors of the entry that gave the model
 * @param sessions false on servers whose memory does not outlive a request
 */
export function makeService(model, { labels, features, RecurraError, sessions = true, limits = LIMITS }) {
  const open = sessions ? new Sessions(() => model.stream(), limits) : null;

  const describe = (values) => {
    const probabilities = Array.from(values);
    return { label: labels[probabilities.indexOf(Math.max(...probabilities))], probabilities };
  };

  const allow = (request, ...methods) => {
    if (methods.includes(request.method)) return;
    throw new Refusal(405, `${request.method} is not allowed here`, { allow: methods.join(', ') });
  };

  async function answer(request) {
    const { pathname } = new URL(request.url);
    const [, place, id, rest] = pathname.split('/');
    if (pathname === '/') {
      allow(request, 'GET');
      return json(200, { model: model.name, labels, features });
    }
    if (pathname === '/predict') {
      allow(request, 'POST');
      const data = await readFrames(request, features, limits);
      return json(200, describe(model.predict({ data, shape: [1, data.length / features, features] }).data));
    }
    if (place !== 'sessions' || open === null || rest !== undefined)
      throw new Refusal(404, `nothing at ${pathname}`);
    if (id === undefined) {
      allow(request, 'POST');
      const made = open.open();
      if (made === null)
        throw new Refusal(429, `${limits.sessions} sessions are open`, { 'retry-after': '60' });
      return json(201, { id: made }, { location: `/sessions/${made}` });
    }
    allow(request, 'POST', 'DELETE');
    const missing = new Refusal(404, 'no such session; it may have been idle for too long');
    if (request.method === 'DELETE') {
      if (!open.close(id)) throw missing;
      return new Response(null, { status: 204 });
    }
    const data = await readFrames(request, features, limits);
    const stream = open.find(id);
    if (stream === null) throw missing;
    const steps = [];
    for (let at = 0; at < data.length; at += features) {
      steps.push(describe(stream.step(data.subarray(at, at + features))));
    }
    return json(200, { steps });
  }

  return async (request) => {
    try {
      return await answer(request);
    } catch (error) {
      if (error instanceof Refusal) return json(error.status, { error: error.message }, error.headers);
      if (error instanceof RecurraError) return json(400, { error: error.message });
      console.error(error);
      return json(500, { error: 'something went wrong here' });
    }
  };
}
