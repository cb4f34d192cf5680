import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const { bin } = JSON.parse(readFileSync('package.json', 'utf8'));
const program = resolve(bin.recurra);

/** Runs the command line as it is built, in a folder of its own. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'recurra-cli-'));

  write(name: string, bytes: Uint8Array): void {
    writeFileSync(join(this.path, name), bytes);
  }

  read(name: string): Uint8Array {
    return new Uint8Array(readFileSync(join(this.path, name)));
  }

  recurra(...args: string[]): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(process.execPath, [program, ...args], { cwd: this.path, encoding: 'utf8' });
  }
}
