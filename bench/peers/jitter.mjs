// How even the steps of a stream are: each of 100,000 timed, beside ONNX Runtime Web on the same model, and beside a loop
// of integer arithmetic as long as a step of recurra, which shows what the machine itself interrupts. Each runs in a
// process of its own, in turns of ten thousand steps after some that are not timed, so that a slow moment of the machine
// falls on all. Prints a table; writes bench/results/jitter.json.
//
//   npm run bench:jitter                      lstm-step-64, lstm-step-128 and gru-step-128, portable numerics
//   npm run bench:jitter -- --relaxed         relaxed numerics
//   npm run bench:jitter -- --steps=20000 --cases=lstm-step-64
import { fork } from 'node:child_process';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { printTable, writeJson } from '../harness.mjs';
import { CASES } from './cases.mjs';
import { installPeers } from './install.mjs';

/** A step at this share of all is at most so many times the middle one. */
const TARGET = { share: 0.999, ratio: 3 };

const TURN = 10_000;
/** Steps at the start of each turn that are not timed: the process before has taken the caches. */
const UNTIMED = 100;
const WARM_TURNS = 3;

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '100000' },
    cases: { type: 'string', default: 'lstm-step-64,lstm-step-128,gru-step-128' },
    relaxed: { type: 'boolean', default: false },
  },
});
const turns = Math.ceil(Number(values.steps) / TURN);
const numerics = values.relaxed ? 'relaxed' : 'portable';
const ids = values.cases.split(',');
const known = CASES.filter(({ kind }) => kind === 'step').map(({ id }) => id);
const odd = ids.find((id) => !known.includes(id));
if (odd !== undefined || !Number.isSafeInteger(turns) || turns < 1) {
  console.error(
    odd === undefined
      ? `--steps=${values.steps}: expected a number`
      : `--cases: no ${odd}; known: ${known.join(', ')}`,
  );
  process.exit(1);
}
installPeers();

const PARTICIPANTS = [
  { file: 'recurra', title: `recurra ${numerics}` },
  { file: 'ort-web', title: 'ONNX Runtime Web' },
];

/** Starts a participant; `turn` gives the times of so many steps. */
function start({ file, title }, id) {
  return begin(title, 'jitter-worker.mjs', [file, id, numerics]);
}

/** Starts a loop of arithmetic that takes so many milliseconds a turn's middle step. */
function startArithmetic(milliseconds) {
  return begin('arithmetic alone', 'jitter-arithmetic.mjs', [milliseconds]);
}

async function begin(title, file, args) {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args.map(String), {
    serialization: 'advanced',
  });
  const next = () =>
    new Promise((resolve, reject) => {
      const onExit = (code) => reject(new Error(`${title} ended with ${code}`));
      child.once('exit', onExit);
      child.once('message', (message) => {
        child.off('exit', onExit);
        resolve(message);
      });
    });
  const { version, output } = await next();
  return {
    title,
    version,
    output,
    async turn() {
      child.send({ untimed: UNTIMED, steps: TURN });
      return (await next()).times;
    },
    close: () => child.send({ steps: 0 }),
  };
}

function checkSame(id, [ours, theirs], tolerance) {
  const worst = ours.output.reduce((most, v, i) => Math.max(most, Math.abs(v - theirs.output[i])), 0);
  if (ours.output.length === theirs.output.length && worst <= tolerance) return;
  throw new Error(`${id}: outputs differ by ${worst}`);
}

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

const rows = [];
for (const id of ids) {
  const work = CASES.find((one) => one.id === id);
  const players = [];
  for (const participant of PARTICIPANTS) players.push(await start(participant, id));
  checkSame(id, players, work.tolerance);
  let last;
  for (const player of players) {
    for (let i = 0; i < WARM_TURNS; i++) last = await player.turn();
    if (player === players[0]) players.splice(1, 0, await startArithmetic(quantile(last.sort(), 0.5)));
  }
  const all = players.map(() => new Float64Array(turns * TURN));
  for (let i = 0; i < turns; i++) {
    for (const [p, player] of players.entries()) all[p].set(await player.turn(), i * TURN);
  }
  for (const [p, { title, version, close }] of players.entries()) {
    close();
    const sorted = all[p].sort();
    const [p50, p99, p999] = [0.5, 0.99, TARGET.share].map((share) => 1e3 * quantile(sorted, share));
    const max = 1e3 * sorted[sorted.length - 1];
    rows.push({ work: work.title, participant: title, version, steps: sorted.length, p50, p99, p999, max });
  }
}
const us = (value) => value.toFixed(value < 100 ? 1 : 0);
printTable(
  rows.map((row) => ({
    work: row.work,
    participant: row.participant,
    'p50, us': us(row.p50),
    p99: us(row.p99),
    'p99.9': us(row.p999),
    max: us(row.max),
    'p99.9 / p50': (row.p999 / row.p50).toFixed(1),
  })),
);
const passes = (name) =>
  rows
    .filter(({ participant }) => participant.startsWith(name))
    .every(({ p50, p999 }) => p999 <= TARGET.ratio * p50);
for (const name of ['recurra', 'arithmetic alone']) {
  console.log(`${name}: p99.9 at most ${TARGET.ratio} times its median: ${passes(name) ? 'yes' : 'no'}`);
}
console.log(`load of the machine at the end: ${loadavg()[0].toFixed(1)}`);
writeJson('jitter', { numerics, load: loadavg(), rows });
