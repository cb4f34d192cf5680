import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/differential/*.differential.ts'], testTimeout: 3_600_000, maxWorkers: 1 },
});
