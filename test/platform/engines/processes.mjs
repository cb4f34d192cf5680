// Engines that run a file: Node, Deno, Bun.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const start = promisify(execFile);

/** Milliseconds that a process may take. */
const PATIENCE = 120_000;

/** An engine that is a program; `args` stand before the name of the file. */
export async function openProcess(program, args, folder) {
  const { stdout } = await start(program, ['--version']);
  return {
    version: stdout.match(/\d+\.\d+\.\d+/)[0],
    places: ['process'],
    async run(_, threads) {
      const { stdout } = await start(program, [...args, 'main.mjs', String(threads)], {
        cwd: folder,
        timeout: PATIENCE,
      });
      return JSON.parse(stdout);
    },
    close: async () => {},
  };
}
