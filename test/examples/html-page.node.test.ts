import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROWSERS } from '../harness/pages.js';
import { expectMotionPage } from './motion-page.js';
import { type Served, serveExample } from './served.js';

let server: Served;

beforeAll(async () => {
  server = await serveExample('html-page');
}, 300_000);

afterAll(() => server?.close());

describe('html-page', () => {
  it.each([
    ['/', 200, 'text/html'],
    ['/main.mjs', 200, 'text/javascript'],
    ['/recurra/recurra.min.js', 200, 'text/javascript'],
    ['/model.recurra', 200, 'application/octet-stream'],
    ['/none', 404, ''],
    ['/recurra/..%2f..%2fpackage.json', 404, ''],
    ['/..%2f..%2fCHANGELOG.md', 404, ''],
  ])('serves %s with %i', async (path, status, type) => {
    const response = await fetch(server.origin + path);
    expect(response.status).toBe(status);
    if (status === 200) expect(response.headers.get('content-type')).toContain(type);
  });

  it.each(BROWSERS)(
    'has the bits of Node in %s, under a policy without inline scripts',
    async (name, path) => {
      await expectMotionPage('html-page', server.origin, name, path);
    },
  );
});
