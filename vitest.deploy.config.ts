import { defineConfig } from 'vitest/config';

/** The examples that bring an engine or a bundler from npm, started as their readers do: `npm run test:deploy`. */
export default defineConfig({
  test: {
    include: ['test/deploy/**/*.deploy.ts'],
    testTimeout: 60_000,
    hookTimeout: 600_000,
    fileParallelism: false,
  },
});
