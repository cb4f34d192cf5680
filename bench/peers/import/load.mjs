// From the bytes of a file to a model and its first output: fresh processes, in turn.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from '../../harness.mjs';
import { LOADERS } from './loaders.mjs';

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));
const PEERS = ['ort-web', 'tfjs'];

/** Loads in a process after the first. */
const REPEATS = 5;

const TOLERANCE = 1e-4;

function run({ id, title }, folder) {
  const args = [WORKER, id, folder, String(REPEATS)];
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${title}: ${error ?? stderr}`);
  return JSON.parse(stdout);
}

function check({ title }, expected, output) {
  const worst = output.reduce((most, v, i) => Math.max(most, Math.abs(v - expected[i])), 0);
  if (output.length === expected.length && worst <= TOLERANCE) return;
  throw new Error(`${title}: ${output.length} outputs differ by ${worst}`);
}

/** Milliseconds of each participant, medians over the rounds. */
export function timeLoads(folder, expected, { rounds, peers }) {
  const all = Object.entries(LOADERS).flatMap(([format, list]) =>
    list.filter(({ id }) => peers || !PEERS.includes(id)).map((who) => ({ format, who, runs: [] })),
  );
  for (let round = 0; round < rounds; round++) {
    for (const { who, runs } of all) {
      const { times, output } = run(who, folder);
      check(who, expected, output);
      runs.push(times);
    }
  }
  return all.map(({ format, who, runs }) => {
    const of = (pick) => median(runs.map(pick));
    return {
      format,
      participant: who.title,
      id: who.id,
      library: of(({ library }) => library),
      load: of(({ load }) => load),
      first: of(({ first }) => first),
      whole: of(({ library, load, first }) => library + load + first),
      withLibrary: of(({ library, load }) => library + load),
      again: of(({ again }) => median(again)),
    };
  });
}
