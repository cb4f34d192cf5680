// Chromium, as it is installed.
import { chromium } from 'playwright';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
];

/** Starts it without a window; `server` is what test/platform/serve.mjs gives. */
export async function openChromium(executablePath, server) {
  const browser = await chromium.launch({ executablePath, args: ARGS });
  return {
    version: browser.version(),
    places: ['page', 'worker', 'service worker', 'worklet'],
    async run(place, threads) {
      const page = await browser.newPage();
      try {
        return await server.result(place, threads, (url) => page.goto(url));
      } finally {
        await page.close();
      }
    },
    close: () => browser.close(),
  };
}
