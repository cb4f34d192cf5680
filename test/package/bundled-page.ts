import type { Browser } from 'puppeteer-core';
import { serveFiles, untilTrue } from '../harness/pages.js';

/** What a bundle in a folder leaves in `globalThis.result`, run by a page of its own. */
export async function resultInPage(browser: Browser, out: string, entry: string): Promise<unknown> {
  const page = `<!doctype html><meta charset="utf-8"><script type="module" src="/${entry}"></script>`;
  const server = await serveFiles(out, { '/index.html': page });
  const tab = await browser.newPage();
  const complaints: string[] = [];
  tab.on('pageerror', (error) => complaints.push(String(error)));
  try {
    await tab.goto(`${server.origin}/index.html`);
    await untilTrue(tab, 'globalThis.result !== undefined').catch((error) => {
      throw new Error(complaints.join('\n') || String(error));
    });
    return await tab.evaluate('globalThis.result');
  } finally {
    await tab.close();
    await server.close();
  }
}
