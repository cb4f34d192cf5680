// workerd, the runtime of Cloudflare Workers, with the package bundled for it.
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './port.mjs';
import { bundleWorker } from './workerd-bundle.mjs';

/** Milliseconds until it answers requests. */
const PATIENCE = 30_000;

async function untilListening(url, process) {
  for (const give = Date.now() + PATIENCE; Date.now() < give && process.exitCode === null; ) {
    try {
      return await fetch(url);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error('workerd did not start');
}

/** Starts a server whose every request runs the program. */
export async function openWorkerd(program, folder) {
  const { stdout } = await promisify(execFile)(program, ['--version']);
  const port = await freePort();
  const out = join(folder, 'workerd');
  await bundleWorker(join(folder, 'workerd.mjs'), out, port);
  const server = spawn(program, ['serve', 'workerd.capnp'], {
    cwd: out,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return {
    version: stdout.match(/\d[\d.-]*/)[0],
    places: ['request'],
    async run() {
      const start = performance.now();
      const result = await (await untilListening(`http://127.0.0.1:${port}/`, server)).json();
      if (result.error !== undefined) throw new Error(result.error);
      return { ...result, ms: performance.now() - start };
    },
    async close() {
      const ended = new Promise((resolve) => server.once('close', resolve));
      if (server.exitCode === null && server.kill()) await ended;
    },
  };
}
