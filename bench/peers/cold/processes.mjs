// Whole processes of Node, timed from outside, in turn with one that does nothing.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from '../../harness.mjs';

const BARE = { id: 'bare', title: 'node -e 0' };

/** Programs by id; those of the peers need what bench/peers installs. */
export const PROGRAMS = {
  empty: 'a module that reads the same files',
  'recurra-streaming': 'recurra/streaming',
  'recurra-inference': 'recurra/inference',
  recurra: 'recurra',
  'ort-node': 'ONNX Runtime, native',
  'ort-web': 'ONNX Runtime Web',
  'tfjs-cpu': 'tfjs, JavaScript',
  'tfjs-wasm': 'tfjs, WebAssembly',
};

const REPORT = `const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
require('fs').writeSync(1, JSON.stringify({ maxRSS, cpu: userCPUTime + systemCPUTime }));`;

function argumentsOf({ id }, folder, mode) {
  if (id === BARE.id) return ['-e', mode === 'report' ? REPORT : '0'];
  return [fileURLToPath(new URL(`programs/${id}.mjs`, import.meta.url)), folder, mode];
}

function run(participant, folder, mode) {
  const args = argumentsOf(participant, folder, mode);
  const start = performance.now();
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', mode === 'report' ? 'pipe' : 'ignore', 'pipe'],
  });
  const ms = performance.now() - start;
  if (status !== 0) throw new Error(`${participant.title}: ${error ?? stderr}`);
  return mode === 'report' ? JSON.parse(stdout) : ms;
}

/**
 * Times programs: in each round each starts once to be timed and once to tell its memory, its processor time, which other
 * processes lengthen less, and what it computed.
 * @returns for each, `ms`, `cpuMs` and `megabytes` above a bare Node (medians), and `output`
 */
export function timeProcesses(ids, folder, rounds) {
  const all = [BARE, ...ids.map((id) => ({ id, title: PROGRAMS[id] }))].map((one) => {
    return { ...one, ms: [], cpuMs: [], megabytes: [] };
  });
  for (const one of all) run(one, folder, 'report'); // Files are in the system's cache from here on.
  for (let round = 0; round < rounds; round++) {
    for (const one of all) one.ms.push(run(one, folder, 'time'));
    for (const one of all) {
      const { maxRSS, cpu, output } = run(one, folder, 'report');
      one.megabytes.push(maxRSS / 1024);
      one.cpuMs.push(cpu / 1000);
      one.output = output;
    }
  }
  const [bare, ...rows] = all.map((one) => {
    const [ms, cpuMs, megabytes] = [one.ms, one.cpuMs, one.megabytes].map(median);
    return { id: one.id, title: one.title, ms, cpuMs, megabytes, output: one.output };
  });
  for (const row of rows) for (const what of ['ms', 'cpuMs', 'megabytes']) row[what] -= bare[what];
  return { bare, rows };
}
