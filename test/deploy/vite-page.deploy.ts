import { afterAll, beforeAll, describe, it } from 'vitest';
import { expectMotionPage } from '../examples/motion-page.js';
import { type Served, serveExample } from '../examples/served.js';
import { BROWSERS } from '../harness/pages.js';

let server: Served;

beforeAll(async () => {
  server = await serveExample('vite-page');
});

afterAll(() => server?.close());

describe('vite-page', () => {
  it.each(BROWSERS)('has the bits of Node in %s', async (name, path) => {
    await expectMotionPage('vite-page', server.origin, name, path);
  });
});
