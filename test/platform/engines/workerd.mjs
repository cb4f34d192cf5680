// workerd, the runtime of Cloudflare Workers, with the package's files as its modules.
import { execFile, spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './port.mjs';

const DIST = 'node_modules/recurra/dist';

/** Milliseconds until it answers requests. */
const PATIENCE = 30_000;

function configuration(folder, port) {
  const files = readdirSync(join(folder, DIST), { recursive: true, encoding: 'utf8' });
  // The workers' program is none of its modules: workerd has no workers of that kind.
  const modules = files.filter((name) =>
    /^(index\.js|kernels\/(forward|training)\.js|chunks\/(?!worker\.js).*\.js)$/.test(name),
  );
  const names = ['workerd.mjs', 'program.mjs', ...modules.map((name) => `${DIST}/${name}`)];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .program)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
const program :Workerd.Worker = (
  modules = [
${names.map((name) => `    (name = "${name}", esModule = embed "${name}")`).join(',\n')}
  ],
  compatibilityDate = "2026-11-01"
);
`;
}

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
  writeFileSync(join(folder, 'workerd.capnp'), configuration(folder, port));
  const server = spawn(program, ['serve', 'workerd.capnp'], {
    cwd: folder,
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
