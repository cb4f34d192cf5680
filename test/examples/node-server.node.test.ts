import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// @ts-expect-error: plain JavaScript
import { Sessions } from '../../examples/shared/sessions.mjs';
import { describeService, framesOf, modelOf, predicted } from './motion-service.js';
import { type Served, serveExample } from './served.js';

let server: Served;

beforeAll(async () => {
  server = await serveExample('node-server');
}, 300_000);

afterAll(() => server?.close());

describe('node-server', () => {
  describeService('node-server', () => server.origin);

  it('keeps a connection for the next request', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const body = JSON.stringify({ frames: framesOf(4) });
    const ports = new Set<number | undefined>();
    for (let i = 0; i < 5; i++) {
      const text = await new Promise<string>((resolve, reject) => {
        const sent = request(`${server.origin}/predict`, { method: 'POST', agent }, (response) => {
          ports.add(response.socket.localPort);
          let answer = '';
          response.on('data', (part) => {
            answer += part;
          });
          response.on('end', () => resolve(answer));
        });
        sent.once('error', reject);
        sent.end(body);
      });
      expect(JSON.parse(text)).toEqual(predicted(modelOf('node-server'), framesOf(4)));
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });
});

describe('sessions', () => {
  const make = (made: object[]) => () => {
    const stream = { resets: 0, reset: () => stream.resets++ };
    made.push(stream);
    return stream;
  };

  it('are no more than may be, until one ends or has been idle', () => {
    const made: object[] = [];
    let now = 0;
    const sessions = new Sessions(make(made), { sessions: 2, idleMs: 100 }, () => now);
    const [a, b] = [sessions.open(), sessions.open()];
    expect(sessions.open()).toBeNull();
    expect(sessions.close(a)).toBe(true);
    expect(sessions.close(a)).toBe(false);
    const c = sessions.open();
    expect(c).not.toBeNull();
    now = 90;
    expect(sessions.find(b)).not.toBeNull();
    now = 150;
    expect(sessions.open()).not.toBeNull();
    expect(sessions.find(c)).toBeNull();
    expect(sessions.find(b)).not.toBeNull();
  });

  it('use closed streams again, reset', () => {
    const made: { resets: number }[] = [];
    const sessions = new Sessions(make(made), { sessions: 5, idleMs: 100 }, () => 0);
    for (let i = 0; i < 10; i++) sessions.close(sessions.open());
    expect(made).toHaveLength(1);
    expect(made[0].resets).toBe(10);
  });
});
