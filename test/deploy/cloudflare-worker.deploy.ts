import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeService, send } from '../examples/motion-service.js';
import { type Served, serveExample } from '../examples/served.js';

let server: Served;

beforeAll(async () => {
  server = await serveExample('cloudflare-worker');
});

afterAll(() => server?.close());

describe('cloudflare-worker', () => {
  describeService('cloudflare-worker', () => server.origin, { sessions: false });

  it('has no sessions', async () => {
    expect((await send(`${server.origin}/sessions`)).status).toBe(404);
  });
});
