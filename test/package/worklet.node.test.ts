import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelInfo, Report } from '../../src/worklet/index.js';
import { BROWSERS, openBrowser, serveFiles, untilTrue } from '../harness/pages.js';
import { expectedSound, sound, soundModel } from '../worklet/models.js';

const BLOCKS = 60;
const HOP = 100;
const CHANNELS = 2;
const input = sound(CHANNELS, BLOCKS);
const [first, second] = [1, 2].map((seed) => soundModel(HOP, HOP, seed));
const detector = soundModel(160, 3);
const LATENCY = 96;

interface Rendered {
  readonly info: ModelInfo;
  readonly report: Report;
  readonly output: number[][];
  readonly suspended: boolean;
  readonly refused?: unknown[];
}

const asLists = (channels: readonly Float32Array[]) => channels.map((channel) => [...channel]);
const cut = { window: HOP, hop: HOP, latency: LATENCY };

/** Gzipped kilobytes (1000 bytes), kernels of every layer that streams included. */
const BUDGET_KB = 110;

it('is one file that imports nothing and holds no training', () => {
  const code = readFileSync('dist/worklet/processor.js', 'utf8');
  expect(gzipSync(code, { level: 9 }).length / 1000).toBeLessThan(BUDGET_KB);
  expect(code).not.toMatch(/lstm_backward|adam_update/);
  expect(code).toContain('registerProcessor');
  expect(code).not.toMatch(/^import |[;}]import[ {*"']|\bimport\(/m);
});

it('can be imported where there is no sound, and says so', async () => {
  const { createModelNode } = await import('../../src/worklet/index.js');
  const context = {} as BaseAudioContext;
  await expect(createModelNode(context, { model: first.save() })).rejects.toThrow(/no AudioWorklet/);
  const odd = { model: first.save(), hopSize: 3 } as { model: Uint8Array };
  await expect(createModelNode(context, odd)).rejects.toThrow(/unknown option 'hopSize'; did you mean 'hop'/);
});

describe.each(BROWSERS)('an AudioWorklet in %s', (name, path) => {
  let site: Awaited<ReturnType<typeof serveFiles>>;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const flat = new Float32Array(CHANNELS * input[0].length);
    input.forEach((channel, c) => {
      flat.set(channel, c * channel.length);
    });
    site = await serveFiles('.', {
      '/index.html':
        '<!doctype html><title>worklet</title><script type="module" src="/test/package/worklet-page.mjs"></script>',
      '/sound': new Uint8Array(flat.buffer),
      '/first.recurra': first.save(),
      '/second.recurra': second.save(),
      '/odd.recurra': soundModel(HOP + 1, HOP).save(),
      '/detector.recurra': detector.save(),
    });
    browser = await openBrowser(name, path);
    page = await browser.newPage();
    await page.goto(`${site.origin}/index.html`);
    await untilTrue(page, 'window.worklet !== undefined');
  });

  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  const call = (code: string) => page.evaluate(`window.worklet.${code}`);

  it('gives what a stream in Node gives, bit for bit, with a hop that does not divide the block', async () => {
    const { info, report, output } = (await call(`render(${CHANNELS}, {})`)) as Rendered;
    expect(info).toMatchObject({ window: HOP, hop: HOP, outputs: HOP, latency: LATENCY });
    expect(output).toEqual(asLists(expectedSound(first, input, cut)));
    expect(report).toMatchObject({ blocks: BLOCKS, silenced: 0, blockMs: 128 / 48 });
    expect(report.worstMs).toBeGreaterThanOrEqual(report.meanMs);
  });

  it('holds the values of a detector', async () => {
    const options = "{ path: '/detector.recurra', hop: 64, values: 3 }";
    const { output } = (await call(`render(${CHANNELS}, ${options})`)) as Rendered;
    const held = { window: 160, hop: 64, latency: 0, held: true };
    expect(output).toEqual(asLists(expectedSound(detector, input, held)));
  });

  it('refuses garbage with the error that load gives, and does not hang', async () => {
    expect(await call('garbage()')).toEqual({
      refused: [
        'FormatError: load: these 64 bytes are not a saved recurra model',
        expect.stringMatching(/^FormatError: load: the file is damaged or cut short/),
        expect.stringMatching(/^ShapeError: worklet: the model gives 100 numbers a step, expected 3/),
        expect.stringMatching(/^StateError: worklet: '\/none.js' could not be added/),
        expect.stringMatching(/^ValueError: createModelNode: model must be the bytes.*got 'first'/),
      ],
      isFormatError: true,
    });
  });

  it('goes on with the model it has when garbage comes later', async () => {
    const { output, refused } = (await call(`garbageLater(${CHANNELS}, {})`)) as Rendered;
    expect(refused).toEqual(['FormatError: load: these 64 bytes are not a saved recurra model', true]);
    expect(output).toEqual(asLists(expectedSound(first, input, cut)));
  });

  it('changes models from one hop to the next, with the state of the old one', async () => {
    const at = 30 * 128;
    const takeover = '{ crossfade: 0, keepState: true }';
    const { output, suspended } = (await call(`swap(${CHANNELS}, {}, ${at}, ${takeover})`)) as Rendered;
    const done = suspended ? Math.floor(at / HOP) : 0;
    const expected = input.map((samples) => {
      const old = first.stream();
      const row = new Float32Array(samples.length);
      let stream = old;
      for (let k = 0; (k + 1) * HOP <= samples.length; k++) {
        if (k === done) {
          stream = second.stream();
          stream.setState(old.getState());
        }
        const values = stream.step(samples.subarray(k * HOP, (k + 1) * HOP));
        row.set(values.subarray(0, Math.min(HOP, row.length - k * HOP - LATENCY)), k * HOP + LATENCY);
      }
      return row;
    });
    expect(output).toEqual(asLists(expected));
    if (name === 'chrome') expect(suspended).toBe(true);
  });

  it('runs in real time, and is let go', async () => {
    const { running, report, closed } = (await call('live()')) as {
      running: boolean;
      report: Report;
      closed: string;
    };
    if (name === 'chrome') expect(running).toBe(true);
    if (running) expect(report.blocks).toBeGreaterThanOrEqual(40);
    expect(['performance.now', 'Date.now']).toContain(report.clock);
    expect(report.silenced).toBe(0);
    expect(closed).toBe('StateError: worklet: the node is closed');
  });
});
