// How long it takes from nothing to the first output of a saved LSTM of 64 units, as whole processes: in Node above
// `node -e 0`, in workerd above an empty Worker, beside ONNX Runtime and tfjs on the same weights. Outputs are compared
// first. Prints two tables; writes bench/results/cold.json.
//
//   npm run bench:cold                                21 rounds of everybody
//   npm run bench:cold -- --rounds=5 --peers=ort-web  fewer rounds, some peers; --peers= for none, which installs none
//   npm run bench:cold -- --where=node                Node alone, or workerd alone
//   npm run bench:cold -- --dry                       tables alone, no file
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { printTable, writeJson } from '../harness.mjs';
import { TOLERANCE, writeMaterial } from './cold/material.mjs';
import { PROGRAMS, timeProcesses } from './cold/processes.mjs';
import { timeWorkers, WORKERS } from './cold/workerd.mjs';
import { installPeers } from './install.mjs';

/** What recurra/streaming takes at most above a bare Node. */
const TARGET = { ms: 12, megabytes: 15 };

const OURS = ['empty', 'recurra-streaming', 'recurra-inference', 'recurra'];
const PEERS = Object.keys(PROGRAMS).filter((id) => !OURS.includes(id));

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '21' },
    peers: { type: 'string', default: PEERS.join(',') },
    where: { type: 'string', default: 'node,workerd' },
    dry: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const peers = values.peers.split(',').filter(Boolean);
const where = values.where.split(',');
const odd = [
  !(Number.isSafeInteger(rounds) && rounds > 0) && `--rounds=${values.rounds}: expected a number`,
  ...peers.filter((id) => !PEERS.includes(id)).map((id) => `--peers: no ${id}; known: ${PEERS.join(', ')}`),
  ...where
    .filter((name) => !['node', 'workerd'].includes(name))
    .map((name) => `--where: no ${name}; known: node, workerd`),
].find(Boolean);
if (odd) {
  console.error(odd);
  process.exit(1);
}
if (peers.length > 0) installPeers();

/** Everybody's output is that of the first, of recurra. */
function checkSame(rows) {
  const outputs = rows.filter(({ id, output }) => id !== 'empty' && output !== undefined);
  const [{ output: expected }] = outputs;
  for (const { title, output } of outputs) {
    const worst = output.reduce((most, v, i) => Math.max(most, Math.abs(v - expected[i])), 0);
    if (output.length === 64 && worst <= TOLERANCE) continue;
    throw new Error(`${title}: ${output.length} outputs differ by ${worst}`);
  }
}

const plain = ({ output: _, ...row }) => row;
const signed = (value) => `${value < 0 ? '' : '+'}${value.toFixed(1)}`;
const results = { rounds, load: loadavg() };
const folder = mkdtempSync(join(tmpdir(), 'recurra-cold-'));
try {
  await writeMaterial(folder, { onnx: peers.some((id) => id.startsWith('ort')) });
  if (where.includes('node')) {
    const { bare, rows } = timeProcesses([...OURS, ...peers], folder, rounds);
    checkSame(rows);
    console.log(
      `Node ${process.version}: node -e 0 takes ${bare.ms.toFixed(1)} ms, ${bare.megabytes.toFixed(1)} MB\n`,
    );
    printTable(
      rows.map(({ title, ms, cpuMs, megabytes }) => ({
        process: title,
        ms: signed(ms),
        'processor, ms': signed(cpuMs),
        MB: signed(megabytes),
      })),
    );
    const { ms, megabytes } = rows.find(({ id }) => id === 'recurra-streaming');
    const passed = ms <= TARGET.ms && megabytes <= TARGET.megabytes;
    console.log(
      `\nrecurra/streaming at most ${TARGET.ms} ms and ${TARGET.megabytes} MB above: ${passed ? 'yes' : 'no'}\n`,
    );
    results.node = { bare, rows: rows.map(plain) };
  }
  if (where.includes('workerd')) {
    const ids = Object.keys(WORKERS).filter((id) => OURS.includes(id) || peers.includes(id));
    const { empty, rows } = await timeWorkers(ids, folder, rounds);
    checkSame(rows);
    console.log(
      `workerd: an empty Worker's first answer after ${empty.ms.toFixed(1)} ms, ` +
        `the request itself ${empty.requestMs.toFixed(1)} ms\n`,
    );
    printTable(
      rows.map(({ title, ms, requestMs, problem }) => ({
        Worker: title,
        'first answer, ms': problem === undefined ? signed(ms) : '-',
        'the request': problem === undefined ? signed(requestMs) : '-',
        '': problem ?? '',
      })),
    );
    results.workerd = { empty, rows: rows.map(plain) };
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.log(`load of the machine at the end: ${loadavg()[0].toFixed(1)}`);
if (!values.dry) writeJson('cold', results);
