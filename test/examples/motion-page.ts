import { expect } from 'vitest';
// @ts-expect-error: plain JavaScript
import { AXES, drawMotion } from '../../examples/shared/motion.mjs';
// @ts-expect-error: plain JavaScript
import { uniform } from '../../examples/shared/random.mjs';
import { openBrowser } from '../harness/pages.js';
import { modelOf } from './motion-service.js';

interface Shown {
  readonly seed: string;
  readonly label: string;
  readonly whole: string;
  readonly streamed: string;
}

/** Opens a page that shows the motion model, presses its buttons, and compares what it shows with Node. */
export async function expectMotionPage(
  name: string,
  origin: string,
  browserName: 'chrome' | 'firefox',
  path: string,
): Promise<void> {
  const browser = await openBrowser(browserName, path);
  const model = modelOf(name);
  try {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    await page.goto(`${origin}/`);
    await page.waitForSelector('#result[data-whole]').catch(() => {
      throw new Error(`no result: ${problems.join('\n')}`);
    });
    const expectShown = async () => {
      const { seed, label, whole, streamed } = (await page.evaluate(
        "({ ...document.querySelector('#result').dataset })",
      )) as Shown;
      const frames = drawMotion(Number(label), 60, uniform(Number(seed)));
      const values = [...model.predict({ data: frames, shape: [1, 60, AXES] }).data];
      expect(JSON.parse(whole)).toEqual(values);
      expect(JSON.parse(streamed)).toEqual(values);
      return Number(label);
    };
    await expectShown();
    for (const label of [0, 1, 2]) {
      await page.click(`#labels button:nth-child(${label + 1})`);
      expect(await expectShown()).toBe(label);
    }
    expect(problems).toEqual([]);
  } finally {
    await browser.close();
  }
}
