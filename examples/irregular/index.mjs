// Tells which system made a series, whatever its length: `node examples/irregular/index.mjs --help`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'recurra';
import { InputProblem, readExample, runExample, wholeNumber } from '../shared/cli.mjs';
import { shown, writeWhole } from '../shared/files.mjs';
import { uniform } from '../shared/random.mjs';
import { buildModel, train } from './model.mjs';
import { accuracy, byLength, guesses, sameBare } from './report.mjs';
import { drawSeries, SYSTEMS } from './systems.mjs';

const OUT = fileURLToPath(new URL('../../build/examples/irregular', import.meta.url));
const NOISE = 0.2;

const HELP = `Tells from a noisy series of any length which of four dynamical systems made it.

  node examples/irregular/index.mjs

  --train N      series to learn from (3000)
  --test N       series to be judged by (600)
  --shortest N   steps of the shortest series (6)
  --longest N    steps of the longest (60)
  --epochs N     passes over the series (12)
  --seed N       seed of the series and of the model (0)
  --out FOLDER   where to save the model (build/examples/irregular)
  --help         this text
`;

const DEFAULTS = { train: '3000', test: '600', shortest: '6', longest: '60', epochs: '12', seed: '0' };

function readOptions(args) {
  return readExample(args, DEFAULTS, (given) => {
    const shortest = wholeNumber('shortest', given.shortest, 2);
    const longest = wholeNumber('longest', given.longest, 2);
    if (longest < shortest) {
      throw new InputProblem(`--longest must be at least --shortest, which is ${shortest}, got ${longest}`);
    }
    return {
      train: wholeNumber('train', given.train, 1),
      test: wholeNumber('test', given.test, 1),
      shortest,
      longest,
      noise: NOISE,
      epochs: wholeNumber('epochs', given.epochs, 1),
      seed: wholeNumber('seed', given.seed, 0),
    };
  });
}

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(HELP);
    return;
  }
  const { out = OUT, shortest, longest } = options;
  const next = uniform(options.seed);
  const known = drawSeries(options.train, options, next);
  const held = drawSeries(options.test, options, next);
  console.log(
    `${options.train} series of ${shortest} to ${longest} steps from ${SYSTEMS.length} systems: ` +
      `${SYSTEMS.map(({ name }) => name).join(', ')}.\n`,
  );

  const model = buildModel(options);
  await train(model, known, options);
  const path = join(out, 'model.recurra');
  writeWhole(path, model.save());
  const saved = load(readFileSync(path));

  const guessed = guesses(saved, held);
  console.log(`\nAccuracy on ${options.test} series held out (guessing: ${100 / SYSTEMS.length} %):\n`);
  console.log(byLength(guessed, held, options).join('\n'));
  console.log(`${'all'.padEnd(18)}${(100 * accuracy(guessed, held)).toFixed(1).padStart(6)} %\n`);
  console.log(
    `Padded among others and by itself: ${sameBare(saved, held)} of ${options.test} series have the same bits.`,
  );
  console.log(`Saved ${shown(path)} and loaded it again: weights ${saved.fingerprint()}`);
}

runExample(main);
