import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';

/** Engine name to the path of its program, as `npm test` found them. Without it: Node only. */
const engines: Record<string, string> = JSON.parse(process.env.TEST_ENGINES ?? '{}');

const common = { testTimeout: 60_000, hookTimeout: 60_000 };

/** Quiet, offline, and able to start as root. */
const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What a page needs so that memory can be shared among threads. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

function chromium(executablePath: string) {
  return {
    cacheDir: 'build/vite',
    server: { headers: ISOLATION },
    test: {
      ...common,
      name: 'chromium',
      include: ['test/**/*.test.ts'],
      exclude: ['test/**/*.node.test.ts', '**/node_modules/**'],
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({ launchOptions: { executablePath, args: CHROMIUM_ARGS } }),
        instances: [{ browser: 'chromium' as const }],
      },
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/package/**', 'test/examples/**', 'test/cli/**', '**/node_modules/**'],
        },
      },
      {
        test: {
          ...common,
          name: 'package',
          include: ['test/{package,examples,cli}/**/*.test.ts'],
          globalSetup: ['test/package/build.ts'],
        },
      },
      ...(engines.chromium === undefined ? [] : [chromium(engines.chromium)]),
    ],
  },
});
