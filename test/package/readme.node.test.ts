import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as recurra from '../../src/index.js';
import { ACTIVATION_NAMES } from '../../src/layers/activations.js';
import { metricNames } from '../../src/training/metrics/registry.js';

const readme = readFileSync('README.md', 'utf8');

/** Functions that are no entry of a table. */
const VERBS = [
  'defineCell',
  'load',
  'model',
  'prepare',
  'quantize',
  'quantizationReport',
  'runtimeInfo',
  'sequential',
  'tensor',
  'useKernels',
];

/** Names in the row of the table "What there is" that begins with `kind`. */
function row(kind: string): string[] {
  const cells = readme.match(new RegExp(`^\\| ${kind} \\|(.*)\\|$`, 'm'))?.[1] ?? '';
  return [...cells.matchAll(/`(\w+)`/g)].map(([, name]) => name);
}

describe('the table of what there is', () => {
  const kinds =
    'layers|losses|optimizers|callbacks|schedules|initializers|regularizers|constraints|sequences to sequences'.split(
      '|',
    );

  it('lists every public factory, and nothing else', () => {
    const factories = Object.entries(recurra)
      .filter(([name, value]) => typeof value === 'function' && /^[a-z]/.test(name) && !VERBS.includes(name))
      .map(([name]) => name);
    expect(kinds.flatMap(row).sort()).toEqual(factories.sort());
  });

  it('lists every activation and metric', () => {
    expect(row('activations')).toEqual([...ACTIVATION_NAMES]);
    const factories = Object.keys(recurra.metrics).filter((name) => metricNames().includes(name));
    expect(row('metrics').sort()).toEqual(['accuracy', ...factories].sort());
  });
});

it('quotes the size that npm run size holds', () => {
  const budget = readFileSync('scripts/size.mjs', 'utf8').match(/'recurra, all of it': (\d+)/)?.[1];
  expect(readme).toContain(`less than ${budget} kB gzipped`);
});

const { chromium: executablePath } = JSON.parse(process.env.TEST_ENGINES ?? '{}');

if (executablePath !== undefined) {
  describe('the page without a bundler', () => {
    let server: Server;

    beforeAll(async () => {
      const page = readme.match(/```html\n([\s\S]*?)```/)?.[1];
      server = createServer(({ url = '' }, response) => {
        const file = url.match(/^\/node_modules\/recurra\/(dist\/[\w./-]+\.js)$/)?.[1];
        response.setHeader('content-type', file ? 'text/javascript' : 'text/html');
        response.end(file ? readFileSync(join(process.cwd(), file)) : page);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });

    afterAll(() => server.close());

    it('runs in Chromium with the bits of Node', async () => {
      const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
      try {
        const page = await browser.newPage();
        await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
        await page.waitForFunction(() => document.querySelector('#out')?.textContent !== '...');
        const { dense, input, lstm, sequential } = recurra;
        const layers = [input({ shape: [4, 1] }), lstm({ units: 3 }), dense({ units: 1 })];
        expect(await page.textContent('#out')).toBe(sequential(layers, { seed: 1 }).fingerprint());
      } finally {
        await browser.close();
      }
    });
  });
}
