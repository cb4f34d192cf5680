import { defineConfig } from 'vitest/config';

/** What takes minutes: one worker a core, no limit of time that a slow machine would meet. */
export default defineConfig({
  test: { include: ['test/**/*.exhaustive.ts'], testTimeout: 3_600_000, passWithNoTests: false },
});
