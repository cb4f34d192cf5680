import { describe, expect, it } from 'vitest';
import { type Extent, fuzz } from './run.js';
import { TARGETS } from './targets.js';

const { env } = (globalThis as { process?: { env: Record<string, string | undefined> } }).process ?? {
  env: {} as Record<string, string | undefined>,
};

const formats = Object.entries(TARGETS);

/** Few here, more by FUZZ_COUNT; or FUZZ_SECONDS of all formats together. */
const EXTENT: Extent = {
  count: Number(env.FUZZ_COUNT ?? 500),
  seconds: env.FUZZ_SECONDS === undefined ? null : Number(env.FUZZ_SECONDS) / formats.length,
  seed: Number(env.FUZZ_SEED ?? 1),
};

describe.each(formats)('damaged files: %s', (format, target) => {
  it('are read or refused with a RecurraError, and never unfold beyond measure', {
    timeout: 24 * 3_600_000,
  }, () => {
    const { files, refused, slowest, unfolded } = fuzz(format, target, EXTENT);
    const most = unfolded === 0 ? 'within 64 KiB' : `to ${unfolded.toFixed(1)} times its size`;
    console.log(
      `${format}: ${files} files, ${refused} refused, ${files - refused} read, ` +
        `slowest ${slowest.toFixed(0)} ms, one unfolded ${most} at most`,
    );
    // Most are refused; a flipped bit of a weight is none that a format without checksums can see.
    expect(files).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(files / 4);
  });
});
