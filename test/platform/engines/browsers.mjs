// Chromium and Firefox, as they are installed.
import puppeteer from 'puppeteer-core';

const ARGS = {
  chrome: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
  ],
  firefox: [],
};

/** Starts a browser without a window. `browser` is 'chrome' or 'firefox', `server` what test/platform/serve.mjs gives. */
export async function openBrowser(browser, executablePath, server) {
  const instance = await puppeteer.launch({ browser, executablePath, headless: true, args: ARGS[browser] });
  return {
    version: (await instance.version()).replace(/^\D*/, ''),
    places: ['page', 'worker', 'service worker', 'worklet'],
    async run(place, threads) {
      const page = await instance.newPage();
      try {
        return await server.result(place, threads, (url) => page.goto(url));
      } finally {
        await page.close();
      }
    },
    close: () => instance.close(),
  };
}
