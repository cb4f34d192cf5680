// `npm run test:platforms`: the packed package in every engine. Prints a table; fails where an engine is missing, a run
// fails, or a bit differs. Names as arguments run some engines only.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureEngines, findEngine } from '../../scripts/engines.mjs';
import { root } from '../../scripts/files.mjs';
import { openChromium } from './engines/chromium.mjs';
import { openFirefox } from './engines/firefox.mjs';
import { openProcess } from './engines/processes.mjs';
import { openWebKit } from './engines/webkit.mjs';
import { openWorkerd } from './engines/workerd.mjs';
import { engineProgram, installEngines } from './install.mjs';
import { runEngine } from './matrix.mjs';
import { makeProject } from './project.mjs';
import { serve } from './serve.mjs';
import { formatTable } from './table.mjs';

const SHARED = { JSC_useSharedArrayBuffer: '1' };

/** Name to how the engine is started. */
function engines(folder, server) {
  const process = (name, args = []) => openProcess(engineProgram(name), args, folder);
  return {
    'Node 20': () => process('node-20'),
    'Node 22': () => process('node-22'),
    'Node 24': () => process('node-24'),
    'Node, newest': () => process('node-newest'),
    Deno: () => process('deno', ['run', '--allow-read', '--allow-env']),
    Bun: () => process('bun'),
    workerd: () => openWorkerd(engineProgram('workerd'), folder),
    Chromium: () => openChromium(findEngine('chromium'), server),
    Firefox: () => openFirefox(findEngine('firefox'), server),
    WebKitGTK: () => openWebKit(server, { threads: [1] }),
    'WebKitGTK, shared memory on': () =>
      openWebKit(server, { threads: [2], places: ['page', 'worker'], environment: SHARED }),
  };
}

process.env.CI = 'true'; // A missing engine is a failure here.
installEngines();
ensureEngines(['chromium', 'firefox', 'webkit']);

const folder = await makeProject();
const { saved } = await (await import(join(folder, 'program.mjs'))).run(
  await import(join(folder, 'node_modules/recurra/dist/index.js')),
);
const server = await serve(folder, { extra: { '/saved.bin': saved } });
const asked = process.argv.slice(2);
const rows = [];
for (const [name, open] of Object.entries(engines(folder, server))) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`${name} ...`);
  rows.push(...(await runEngine(name, open)));
}
await server.close();
rmSync(folder, { recursive: true });

console.log(`\n${formatTable(rows)}\n`);
mkdirSync(join(root, 'bench', 'results'), { recursive: true });
writeFileSync(join(root, 'bench', 'results', 'platforms.json'), `${JSON.stringify(rows, null, 2)}\n`);
const problems = rows.filter(({ problem }) => problem !== undefined);
const programs = new Set(rows.map(({ name, version }) => `${name.split(',')[0]} ${version}`));
console.log(
  problems.length === 0 && rows.length > 0
    ? `${programs.size} engines, ${rows.length} runs, one fingerprint`
    : `${problems.length} of ${rows.length} runs failed or differ`,
);
process.exit(problems.length > 0 || rows.length === 0 ? 1 : 0);
