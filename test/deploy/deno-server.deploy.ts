import { afterAll, beforeAll, describe } from 'vitest';
import { describeService } from '../examples/motion-service.js';
import { type Served, serveExample } from '../examples/served.js';

let server: Served;

beforeAll(async () => {
  server = await serveExample('deno-server');
});

afterAll(() => server?.close());

describe('deno-server', () => describeService('deno-server', () => server.origin));
