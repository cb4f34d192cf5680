// Whether sequences learn to become others: reversed, and sorted. Options: `--help`.
import { parseArgs } from 'node:util';
import { adam, cosineDecay, generate, padTokens, teacherForcing } from 'recurra';
import { uniform } from '../../examples/shared/random.mjs';
import { printTable, writeJson } from '../harness.mjs';
import { writePage } from './page.mjs';
import { SEQUENCE_MODELS } from './sequence-models.mjs';
import { SEQUENCE_TASKS, START, STOP, VOCABULARY } from './tasks/sequences.mjs';

const HELP = `Trains every model to turn sequences of 5 to 20 tokens into others, and writes unseen ones by greedy search.

  npm run bench:sequences -- [options]

  --task TEXT     only tasks whose name has this in it
  --model TEXT    only models whose name has this in it
  --share X       share of the updates to make, to look at the form of the table (1)
  --held N        sequences held out (1000)
  --write         puts the table into docs/learning.md
`;

const SEEDS = { model: 1, training: 2, held: 3 };
/** Share of unseen sequences that has to be right in every token, the end included. */
const WANTED = 0.99;

const { values } = parseArgs({
  options: {
    task: { type: 'string', default: '' },
    model: { type: 'string', default: '' },
    share: { type: 'string', default: '1' },
    held: { type: 'string', default: '1000' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** Pairs of a sequence and what it is to become. */
function pairs(task, count, next) {
  const from = Array.from({ length: count }, () => task.draw(next));
  return { from, to: from.map((list) => task.answer(list)) };
}

function train(task, model, share) {
  const net = model.make({ vocabulary: VOCABULARY, seed: SEEDS.model });
  const updates = Math.max(1, Math.round(share * model.updates));
  const learningRate = cosineDecay({ initialLearningRate: model.learningRate, decaySteps: updates });
  net.compile({
    optimizer: adam({ learningRate, globalClipNorm: 1 }),
    loss: 'sparseCategoricalCrossentropy',
  });
  const next = uniform(SEEDS.training);
  const begin = performance.now();
  for (let update = 0; update < updates; update++) {
    const { from, to } = pairs(task, model.batch, next);
    net.trainOnBatch(...teacherForcing(from, to, { startToken: START, stopToken: STOP }));
  }
  return { net, updates, seconds: (performance.now() - begin) / 1000 };
}

/** Share of sequences that greedy search writes without a fault. */
function exactMatches(net, task, count) {
  const { from, to } = pairs(task, count, uniform(SEEDS.held));
  const written = generate(
    net,
    { source: padTokens(from) },
    { maxLength: 25, startToken: START, stopToken: STOP },
  );
  const right = written.filter(({ tokens, stopped }, i) => stopped && tokens.join() === to[i].join());
  return right.length / count;
}

if (values.help) {
  console.log(HELP);
  process.exit();
}
const rows = [];
for (const model of SEQUENCE_MODELS.filter(({ name }) => name.includes(values.model))) {
  for (const task of SEQUENCE_TASKS.filter(({ name }) => name.includes(values.task))) {
    const { net, updates, seconds } = train(task, model, Number(values.share));
    const score = exactMatches(net, task, Number(values.held));
    const parameters = net.parameterCount;
    rows.push({
      model: model.name,
      task: task.name,
      parameters,
      updates,
      batch: model.batch,
      score,
      seconds,
    });
    console.log(`${model.name}, ${task.name}: ${(100 * score).toFixed(1)} % right, ${seconds.toFixed(0)} s`);
  }
}
const table = rows.map((row) => ({
  model: row.model,
  task: row.task,
  weights: row.parameters,
  updates: row.updates,
  'right, %': (100 * row.score).toFixed(1),
  seconds: row.seconds.toFixed(0),
}));
console.log();
printTable(table);
const whole = values.share === '1' && rows.length === SEQUENCE_MODELS.length * SEQUENCE_TASKS.length;
writeJson(whole ? 'learning-sequences' : 'learning-sequences-part', rows);
if (values.write) {
  const note = `right: every token, of ${values.held} unseen sequences of 5 to 20; batches of ${rows[0].batch}`;
  writePage(table, [note], 'npm run bench:sequences -- --write');
}
if (values.share === '1') {
  const short = rows.filter(({ score }) => !(score > WANTED));
  for (const { model, task, score } of short) {
    console.error(`${model}, ${task}: ${(100 * score).toFixed(1)} % right, expected over ${100 * WANTED} %`);
  }
  if (short.length > 0) process.exitCode = 1;
}
