import { describe, expect, it } from 'vitest';
import { RecurraError } from '../../../src/index.js';
import { drawsFrom, mutate } from './mutate.js';
import { TARGETS } from './targets.js';

const globals = globalThis as { process?: { env: Record<string, string | undefined> } };

/** Damaged files per format: few here, as many as one likes by FUZZ_COUNT. */
const COUNT = Number(globals.process?.env.FUZZ_COUNT ?? 2000);
/** Another seed makes other files. */
const SEED = Number(globals.process?.env.FUZZ_SEED ?? 1);

describe.each(Object.entries(TARGETS))('damaged files: %s', (format, { files, read }) => {
  it('are read or refused with a RecurraError, and never unfold beyond measure', {
    timeout: 3_600_000,
  }, () => {
    let refused = 0;
    for (let i = 0; i < COUNT; i++) {
      const bytes = mutate(files[i % files.length], drawsFrom(SEED * 1_000_003 + i));
      try {
        const floats = read(bytes).reduce((sum, { data }) => sum + data.length, 0);
        expect(4 * floats, `${format} ${i}`).toBeLessThanOrEqual(Math.max(10 * bytes.length, 1 << 16));
      } catch (error) {
        if (!(error instanceof RecurraError))
          throw new Error(`${format}, file ${i} of seed ${SEED}`, { cause: error });
        refused++;
      }
    }
    // Most are refused; a flipped bit of a weight is none that a format without checksums can see.
    expect(refused).toBeGreaterThan(COUNT / 4);
  });
});
