import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
};

/** Quiet, and able to start as root; sound without a gesture. */
const ARGS = {
  chrome: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--autoplay-policy=no-user-gesture-required'],
  firefox: [],
};

const engines: Record<string, string> = JSON.parse(process.env.TEST_ENGINES ?? '{}');

/** The browsers that `npm test` found: name and path. */
export const BROWSERS = [
  ['chrome', engines.chromium],
  ['firefox', engines.firefox],
].filter((entry): entry is ['chrome' | 'firefox', string] => entry[1] !== undefined);

/** Starts a browser without a window. */
export function openBrowser(browser: 'chrome' | 'firefox', executablePath: string): Promise<Browser> {
  const extraPrefsFirefox = { 'media.autoplay.default': 0, 'media.autoplay.blocking_policy': 0 };
  return puppeteer.launch({
    browser,
    executablePath,
    headless: true,
    args: ARGS[browser],
    extraPrefsFirefox,
  });
}

/**
 * Waits until an expression is true in a page. It is asked from outside, as code that a page's policy has no say in:
 * puppeteer's own waiting makes a function of text, which Debian's Firefox refuses under a strict policy.
 */
export async function untilTrue(page: Page, expression: string, patience = 30_000): Promise<void> {
  for (const end = Date.now() + patience; !(await page.evaluate(`Boolean(${expression})`)); ) {
    if (Date.now() > end) throw new Error(`not within ${patience / 1000} s: ${expression}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Files on loopback: those of a folder, and `extra`, path to content. Gives the address and what ends it. */
export async function serveFiles(
  folder: string,
  extra: Readonly<Record<string, string | Uint8Array>>,
): Promise<{ origin: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    try {
      const content = extra[pathname] ?? readFileSync(join(folder, normalize(pathname)));
      response.setHeader('content-type', TYPES[extname(pathname)] ?? 'application/octet-stream');
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
