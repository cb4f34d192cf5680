import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a program left behind. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of its own for what the tests of an example write. */
export const makeFolder = (name: string): string => mkdtempSync(join(tmpdir(), `recurra-${name}-`));

/** Runs an example as its reader does, writing to `out`. */
export function runExample(name: string, out: string, args: readonly string[]): Outcome {
  return spawnSync(process.execPath, [`examples/${name}/index.mjs`, '--out', out, ...args], {
    encoding: 'utf8',
  });
}
