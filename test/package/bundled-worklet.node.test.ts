import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUNDLERS, downloaded } from '../bundlers/bundle.mjs';
import { installBundlers } from '../bundlers/install.mjs';
import { BROWSERS, openBrowser } from '../harness/pages.js';
import { expectedSound, sound, soundModel } from '../worklet/models.js';
import { resultInPage } from './bundled-page.js';
import { folderInside, packed } from './packed.js';

const HOP = 100;
const model = soundModel(HOP, HOP);
const [input] = sound(1, 10);
const [output] = expectedSound(model, [input], { window: HOP, hop: HOP, latency: 96 });

/** A page that plays the sound through the model; `options` of the node follow, and `before` them what they need. */
const program = (before: string, options: string) => `
import { createModelNode } from 'recurra/worklet';
${before}
const model = Uint8Array.from(${JSON.stringify([...model.save()])});
const samples = Float32Array.from(${JSON.stringify([...input])});
const context = new OfflineAudioContext({ length: samples.length, sampleRate: 48000 });
const node = await createModelNode(context, { model${options} });
const buffer = new AudioBuffer({ length: samples.length, sampleRate: 48000 });
buffer.copyToChannel(samples, 0);
const source = new AudioBufferSourceNode(context, { buffer });
source.connect(node.node).connect(context.destination);
source.start();
globalThis.result = 'ENTRY_MARK ' + (await context.startRendering()).getChannelData(0).join();
`;

const IMPORTED = program("import processorUrl from 'recurra/worklet/processor?url';", ', processorUrl');
const NAMED = program(
  "const processorUrl = new URL('recurra/worklet/processor', import.meta.url);",
  ', processorUrl',
);
const PLAIN = program('', '');

/** How the guide says that each finds the processor. */
const CASES: readonly [keyof typeof BUNDLERS, string, string, copied: boolean][] = [
  ['Vite', 'as it comes', PLAIN, false],
  ['Vite', 'an import of its address', IMPORTED, false],
  ['webpack', 'as it comes', PLAIN, false],
  ['webpack', 'new URL of its name', NAMED, false],
  ['esbuild', 'the file copied beside the bundle', PLAIN, true],
  ['Rollup', 'the file copied beside the bundle', PLAIN, true],
];

const chrome = BROWSERS.find(([name]) => name === 'chrome');

describe.runIf(chrome !== undefined)('the processor of an AudioWorklet through bundlers', () => {
  let folder: string;
  let browser: Browser;

  beforeAll(async () => {
    expect(installBundlers(), 'test/bundlers: npm ci').toBe(true);
    folder = folderInside('worklets');
    browser = await openBrowser('chrome', (chrome as [string, string])[1]);
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(CASES)(
    '%s: %s',
    async (bundler, how, source, copied) => {
      const name = `${bundler}-${how.replaceAll(' ', '-')}`;
      const out = join(folder, `${name}-out`);
      writeFileSync(join(folder, `${name}.js`), source);
      await BUNDLERS[bundler](join(folder, `${name}.js`), out, folder);
      if (copied) {
        const file = join(packed().project, 'node_modules/recurra/dist/worklet/processor.js');
        copyFileSync(file, join(out, 'processor.js'));
      }
      expect(await resultInPage(browser, out, downloaded(out).entry)).toBe(`ENTRY_MARK ${output.join()}`);
    },
    120_000,
  );
});
