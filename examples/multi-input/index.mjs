// Foretells a household's next day from series and attributes: `node examples/multi-input/index.mjs --help`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'recurra';
import { readExample, runExample, wholeNumber } from '../shared/cli.mjs';
import { shown, writeWhole } from '../shared/files.mjs';
import { uniform } from '../shared/random.mjs';
import { drawHouseholds } from './households.mjs';
import { buildModel, train } from './model.mjs';
import { scores, scoreTable } from './report.mjs';

const OUT = fileURLToPath(new URL('../../build/examples/multi-input', import.meta.url));

const HELP = `Foretells the power that a household will draw tomorrow, and whether the peak goes over its limit.

  node examples/multi-input/index.mjs

  --train N      households to learn from (2000)
  --test N       households to be judged by (1000)
  --epochs N     passes over them (12)
  --seed N       seed of the households and of the models (0)
  --out FOLDER   where to save the model (build/examples/multi-input)
  --help         this text
`;

const DEFAULTS = { train: '2000', test: '1000', epochs: '12', seed: '0' };

function readOptions(args) {
  return readExample(args, DEFAULTS, (given) => ({
    train: wholeNumber('train', given.train, 1),
    test: wholeNumber('test', given.test, 1),
    epochs: wholeNumber('epochs', given.epochs, 1),
    seed: wholeNumber('seed', given.seed, 0),
  }));
}

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(HELP);
    return;
  }
  const { out = OUT } = options;
  const next = uniform(options.seed);
  const known = drawHouseholds(options.train, next);
  const held = drawHouseholds(options.test, next);

  console.log('The series alone:\n');
  const alone = buildModel(options, { attributes: false });
  await train(alone, known.inputs.series, known.targets, options);
  console.log('\nSeries and attributes:\n');
  const both = buildModel(options, { attributes: true });
  console.log(`${both.summary()}\n`);
  await train(both, known.inputs, known.targets, options);

  const path = join(out, 'model.recurra');
  writeWhole(path, both.save());
  const saved = load(readFileSync(path));
  const rows = [
    { name: 'the last day once more', ...scores(held.naive, held.targets) },
    { name: 'series alone', ...scores(byName(alone, held.inputs.series), held.targets) },
    { name: 'series and attributes', ...scores(byName(saved, held.inputs), held.targets) },
  ];
  console.log(`\n${options.test} households held out:\n\n${scoreTable(rows)}\n`);
  console.log(`Saved ${shown(path)} and loaded it again: weights ${saved.fingerprint()}`);
}

/** Both outputs of a model by their names. */
function byName(net, inputs) {
  const [power, exceeds] = net.predict(inputs);
  return { load: power, exceeds };
}

runExample(main);
