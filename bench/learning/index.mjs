// What each kind of layer learns in a fixed number of updates, at equal numbers of parameters, from fixed seeds.
// Options: `--help`.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { printTable, writeJson } from '../harness.mjs';
import { MODELS } from './models.mjs';
import { writePage } from './page.mjs';
import { trainAll } from './pool.mjs';
import { notes, surprises, table } from './report.mjs';
import { tasks } from './tasks/index.mjs';

const TEXT = fileURLToPath(new URL('../../../shared/data/tinyshakespeare.txt', import.meta.url));

const HELP = `Trains every model on every task and prints what it scored on data held out.

  npm run bench:learning -- [options]

  --task TEXT     only tasks whose name has this in it
  --model TEXT    only models whose name has this in it
  --text FILE     the text of the task 'next character' (../shared/data/tinyshakespeare.txt)
  --share X       share of the updates to make, to look at the form of the table (1)
  --workers N     rows trained at the same time (2)
  --write         puts the table into docs/learning.md
`;

const { values } = parseArgs({
  options: {
    task: { type: 'string', default: '' },
    model: { type: 'string', default: '' },
    text: { type: 'string', default: TEXT },
    share: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(HELP);
  process.exit();
}
const begin = performance.now();
const wanted = tasks(values.text).filter(({ name }) => name.includes(values.task));
for (const { name, missing } of wanted) if (missing) console.log(`${name} is left out: ${missing}`);
const there = wanted.filter(({ missing }) => missing === undefined);
const models = MODELS.filter(({ name }) => name.includes(values.model));
const jobs = models.flatMap((model) =>
  there.map((task) => ({
    task: task.name,
    model: model.name,
    text: values.text,
    share: Number(values.share),
  })),
);
const rows = await trainAll(jobs, Number(values.workers));

console.log();
printTable(table(models, there, rows));
console.log(`\n${notes(there, rows).join('\n')}`);
console.log(
  `${((performance.now() - begin) / 1000).toFixed(0)} s in all, ${values.workers} rows at the same time`,
);
const whole = values.share === '1' && rows.length === MODELS.length * tasks(values.text).length;
writeJson(whole ? 'learning' : 'learning-part', rows);
if (values.write) writePage(table(models, there, rows), notes(there, rows));

if (values.share === '1') {
  const found = surprises(models, there, rows);
  for (const line of found) console.error(line);
  if (found.length > 0) process.exitCode = 1;
}
