import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as library from '../../src/index.js';
import { BUNDLERS, downloaded } from '../bundlers/bundle.mjs';
import { runAtEdge } from '../bundlers/edge.mjs';
import { installBundlers } from '../bundlers/install.mjs';
import { BUDGET_KB, programs } from '../bundlers/programs.mjs';
import { BROWSERS, openBrowser } from '../harness/pages.js';
import { resultInPage } from './bundled-page.js';
import { folderInside } from './packed.js';

/** The bytes of a module as text (src/wasm/text.ts): its first eight, and the rest up to where a text ends. */
const KERNELS = /\( 0 C =\)\(\(\([^"'`$<\\]*/g;

const PROGRAMS = programs(library);

describe('bundlers without configuration', () => {
  let folder: string;
  let browser: Browser | undefined;
  const expected: Record<string, string> = {};

  beforeAll(async () => {
    expect(installBundlers(), 'test/bundlers: npm ci').toBe(true);
    folder = folderInside('bundlers');
    const chrome = BROWSERS.find(([name]) => name === 'chrome');
    browser = chrome && (await openBrowser('chrome', chrome[1]));
    for (const [name, source] of Object.entries(PROGRAMS)) {
      const file = join(folder, `${name}.js`);
      writeFileSync(file, source);
      await import(/* @vite-ignore */ file);
      const holder = globalThis as { result?: string };
      while (holder.result === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
      expected[name] = holder.result;
      holder.result = undefined;
    }
    expect(expected.training).toBe(expected.everything);
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const cases = Object.keys(BUNDLERS).flatMap((bundler) =>
    Object.keys(PROGRAMS).map((program) => [bundler, program] as const),
  );

  it.each(cases)(
    '%s: %s is within its size and gives what Node gives',
    async (bundler, program) => {
      const out = join(folder, `${bundler}-${program}`);
      await BUNDLERS[bundler as keyof typeof BUNDLERS](join(folder, `${program}.js`), out, folder);
      const { entry, bytes: size, text } = downloaded(out);
      console.log(`${bundler.padEnd(8)} ${program.padEnd(10)} ${(size / 1000).toFixed(1)} kB`);
      expect(size / 1000).toBeLessThan(BUDGET_KB[program as keyof typeof BUDGET_KB]);
      // A build is told by its text: no program has the relaxed one beside the portable one.
      const texts = text.match(KERNELS) ?? [];
      expect(texts.length).toBeGreaterThan(2);
      expect(Math.max(...texts.map(({ length }) => length))).toBeLessThan(150_000);
      if (browser !== undefined) {
        expect(await resultInPage(browser, out, entry)).toBe(expected[program]);
      }
    },
    120_000,
  );

  it.each(Object.keys(PROGRAMS))("%s: gives what Node gives in Vercel's edge runtime", async (program) => {
    const { result, modules } = await runAtEdge(join(folder, `${program}.js`));
    expect(result).toBe(expected[program]);
    expect(modules).toBeGreaterThan(1);
  });

  it('modules at the edge are imported, not compiled from bytes', async () => {
    const { build: bundle } = await import('esbuild');
    const cases = ['workerd', 'edge-light'].flatMap((condition) =>
      ['streaming', 'inference', 'training'].map((program) => [condition, program]),
    );
    for (const [condition, program] of cases) {
      const { outputFiles } = await bundle({
        entryPoints: [join(folder, `${program}.js`)],
        outdir: join(folder, 'edge'),
        splitting: true,
        bundle: true,
        format: 'esm',
        conditions: [condition],
        external: ['*.wasm', '*.wasm?module'],
        write: false,
      });
      const text = outputFiles.find(({ path }) => path.endsWith(`/${program}.js`))?.text ?? '';
      expect(text).toMatch(/from ".*family-core(-steps)?\.wasm/);
      expect(text).not.toMatch(KERNELS);
    }
  });
});
