// Whether losses over whole sequences do what they are for. Options: `--help`.
import { parseArgs } from 'node:util';
import { uniform } from '../../examples/shared/random.mjs';
import { printTable, writeJson } from '../harness.mjs';
import { writePage } from './page.mjs';
import { strokes } from './tasks/strokes.mjs';
import { tags } from './tasks/tags.mjs';

const HELP = `Reads strings of digits from the strokes of a pen by CTC, and tags words with a conditional random field and
without; prints what is wrong on data held out.

  npm run bench:structured -- [options]

  --task TEXT     only tasks whose name has this in it
  --share X       share of the updates to make, to look at the form of the table (1)
  --write         puts the table into docs/learning.md
`;

const SEEDS = { model: 1, training: 2, held: 3 };

const { values } = parseArgs({
  options: {
    task: { type: 'string', default: '' },
    share: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(HELP);
  process.exit();
}

function train(task, model, share) {
  const updates = Math.max(1, Math.round(share * task.updates));
  const net = task.make(model, updates, SEEDS.model);
  const batch = task.batches(uniform(SEEDS.training));
  const begin = performance.now();
  for (let update = 0; update < updates; update++) net.trainOnBatch(...batch(update));
  const seconds = (performance.now() - begin) / 1000;
  return {
    task,
    model,
    parameters: net.parameterCount,
    updates,
    seconds,
    score: task.score(net, uniform(SEEDS.held)),
  };
}

const wanted = [strokes, tags].filter(({ name }) => name.includes(values.task));
const rows = wanted.flatMap((task) => task.models.map((model) => train(task, model, Number(values.share))));
const table = rows.map(({ task, model, parameters, score, seconds }) => ({
  task: `${task.name}, ${task.unit}`,
  model,
  parameters,
  wrong: (100 * score).toFixed(2),
  seconds: seconds.toFixed(0),
}));
const notes = wanted.map(
  ({ name, size, updates, batch, held }) =>
    `${name}: ${size}; ${updates} updates of ${batch} sequences; ${held} held out`,
);
console.log();
printTable(table);
console.log(`\n${notes.join('\n')}`);
const whole = values.share === '1' && values.task === '';
writeJson(
  whole ? 'structured' : 'structured-part',
  rows.map(({ task, ...row }) => ({ task: task.name, ...row })),
);
if (values.write) writePage(table, notes, 'npm run bench:structured -- --write');

if (values.share === '1') {
  for (const task of wanted) {
    const scores = Object.fromEntries(
      rows.filter((row) => row.task === task).map((row) => [row.model, row.score]),
    );
    if (task.wanted(scores)) continue;
    console.error(`${task.name}: not what was wanted: ${JSON.stringify(scores)}`);
    process.exitCode = 1;
  }
}
