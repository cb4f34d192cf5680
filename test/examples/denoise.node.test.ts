import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// @ts-expect-error: plain JavaScript
import { drawSignal, HOP, RATE, WINDOW } from '../../examples/denoise/signal.mjs';
import { load } from '../../src/index.js';
import type { ModelInfo } from '../../src/worklet/index.js';
import { BROWSERS, openBrowser, untilTrue } from '../harness/pages.js';
import { expectedSound } from '../worklet/models.js';
import { type Served, serveExample } from './served.js';

interface Rendered {
  readonly samples: number[];
  readonly before: number;
  readonly after: number;
  readonly info: ModelInfo;
}

let server: Served;

beforeAll(async () => {
  server = await serveExample('denoise');
}, 300_000);

afterAll(() => server?.close());

describe('denoise', () => {
  it('leads to its page', async () => {
    const response = await fetch(`${server.origin}/`);
    expect(new URL(response.url).pathname).toBe('/denoise/');
    expect(await response.text()).toContain('AudioWorklet');
  });

  it.each(BROWSERS)(
    'renders in %s what a stream gives in Node, bit for bit, and clearer',
    async (name, path) => {
      const browser = await openBrowser(name, path);
      try {
        const page = await browser.newPage();
        const problems: string[] = [];
        page.on('pageerror', (error) => problems.push(String(error)));
        await page.goto(`${server.origin}/denoise/`);
        await untilTrue(page, 'window.rendered !== undefined').catch((error) => {
          throw new Error(`nothing rendered: ${[error, ...problems].join('\n')}`);
        });
        const { samples, before, after, info } = (await page.evaluate('window.rendered')) as Rendered;
        expect(info).toMatchObject({ window: WINDOW, hop: HOP, latency: 0 });
        const model = load(readFileSync('examples/denoise/model.recurra'));
        const { noisy } = drawSignal(4 * RATE, 5);
        const [expected] = expectedSound(model, [noisy], { window: WINDOW, hop: HOP, latency: 0 });
        expect(samples).toHaveLength(expected.length);
        expect(samples.findIndex((v, i) => !Object.is(v, expected[i]))).toBe(-1);
        expect(after).toBeGreaterThan(before + 6);
        await page.click('#clear');
        if (name === 'chrome') {
          await untilTrue(page, "/\\d+ blocks/.test(document.querySelector('#report').textContent)");
        }
        await page.click('#stop');
        expect(problems).toEqual([]);
      } finally {
        await browser.close();
      }
    },
  );
});
