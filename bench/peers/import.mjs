// What it takes to import a model, and what it costs afterwards.
//
// Load: two LSTM layers of 460 units and a dense one, 10 MB, from bytes in memory to a model and its first output, in
// every format that is read, beside ONNX Runtime Web and tfjs; of weights alone into a model that is there. Fresh processes
// in turn, medians; outputs are compared.
// Speed: imported ONNX graphs beside the same models built by hand, in one process in turn; times are those that a fifth
// of the samples stay below.
// Prints two tables; writes bench/results/import.json.
//
//   npm run bench:import
//   npm run bench:import -- --rounds=3 --no-peers    fewer rounds; nobody else, which installs nobody
//   npm run bench:import -- --part=speed --graphs=lstm,cnn
//   npm run bench:import -- --dry                    tables alone, no file
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { printTable, writeJson } from '../harness.mjs';
import { writeFiles } from './import/files.mjs';
import { GRAPHS } from './import/graphs.mjs';
import { timeLoads } from './import/load.mjs';
import { timeGraphs } from './import/speed.mjs';
import { installPeers } from './install.mjs';

/** ONNX Runtime Web's time over ours at least; the time of an imported graph over that of one by hand at most. */
const TARGET = { load: 5, speed: 1.05 };

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    part: { type: 'string', default: 'load,speed' },
    graphs: { type: 'string', default: Object.keys(GRAPHS).join(',') },
    peers: { type: 'boolean', default: true },
    dry: { type: 'boolean', default: false },
  },
  allowNegative: true,
});
const rounds = Number(values.rounds);
const parts = values.part.split(',');
const ids = values.graphs.split(',');
const odd = [
  !(Number.isSafeInteger(rounds) && rounds > 0) && `--rounds=${values.rounds}: expected a number`,
  ...parts
    .filter((name) => !['load', 'speed'].includes(name))
    .map((name) => `--part: no ${name}; known: load, speed`),
  ...ids
    .filter((id) => !Object.hasOwn(GRAPHS, id))
    .map((id) => `--graphs: no ${id}; known: ${Object.keys(GRAPHS).join(', ')}`),
].find(Boolean);
if (odd) {
  console.error(odd);
  process.exit(1);
}
if (values.peers) installPeers();

const ms = (value) => value.toFixed(value < 1 ? 3 : 1);
const results = {};

if (parts.includes('load')) {
  const folder = mkdtempSync(join(tmpdir(), 'recurra-import-'));
  try {
    const { output, sizes } = await writeFiles(folder);
    results.load = { sizes, rows: timeLoads(folder, output, { rounds, peers: values.peers }) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  printTable(
    results.load.rows.map((row) => ({
      format: row.format,
      participant: row.participant,
      'load, ms': ms(row.load),
      'with its library': ms(row.withLibrary),
      'to the first output': ms(row.whole),
      'load again': ms(row.again),
    })),
  );
  const ours = results.load.rows.find(({ id }) => id === 'onnx');
  const ort = results.load.rows.find(({ id }) => id === 'ort-web');
  if (ort !== undefined) {
    const [plain, whole] = ['load', 'withLibrary'].map((key) => (ort[key] / ours[key]).toFixed(1));
    console.log(
      `\nONNX Runtime Web takes ${plain} times as long to load, ${whole} times with the library; wanted: ${TARGET.load}`,
    );
  }
}

if (parts.includes('speed')) {
  const dist = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href);
  const [recurra, onnx] = await Promise.all([dist('index.js'), dist('formats/onnx/index.js')]);
  results.speed = await timeGraphs(recurra, onnx, { rounds, ids });
  console.log();
  printTable(
    results.speed.map((row) => ({
      graph: row.graph,
      work: row.work,
      'by hand, ms': ms(row.hand),
      'imported, ms': ms(row.imported),
      ratio: row.ratio.toFixed(3),
    })),
  );
  const slow = results.speed.filter(({ ratio }) => ratio > TARGET.speed);
  console.log(
    `\nratio at most ${TARGET.speed}: ${slow.length === 0 ? 'all' : `not ${slow.length} of ${results.speed.length}`}`,
  );
}
console.log(`load of the machine at the end: ${loadavg()[0].toFixed(1)}`);
if (!values.dry) writeJson('import', { rounds, load: loadavg(), ...results });
