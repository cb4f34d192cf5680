// Finds the letters in words that are spoken, as it were: `node examples/alignment/index.mjs --help`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ctcDecode, load } from 'recurra';
import { readExample, runExample, wholeNumber } from '../shared/cli.mjs';
import { shown, writeWhole } from '../shared/files.mjs';
import { uniform } from '../shared/random.mjs';
import { buildModel, train } from './model.mjs';
import { drawn } from './report.mjs';
import { spelled, utterances } from './speech.mjs';

const OUT = fileURLToPath(new URL('../../build/examples/alignment', import.meta.url));

const HELP = `Makes words of sounds of any length, and learns to spell them without being told where a sound begins.

  node examples/alignment/index.mjs

  --train N      words to learn from (600)
  --test N       words to be judged by (200)
  --epochs N     passes over them (12)
  --seed N       seed of the words and of the model (0)
  --out FOLDER   where to save the model (build/examples/alignment)
  --help         this text
`;

const DEFAULTS = { train: '600', test: '200', epochs: '12', seed: '0' };

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
  const known = utterances(options.train, next);
  const held = utterances(options.test, next);
  const model = buildModel(options);
  await train(model, known, options);
  const path = join(out, 'model.recurra');
  writeWhole(path, model.save());
  const saved = load(readFileSync(path));

  const { x, labels, lengths } = held;
  const said = saved.predict(x, { lengths });
  const read = ctcDecode(said, { strategy: 'beamSearch', beamWidth: 10, topPaths: 2, lengths });
  const rows = x[0].slice(0, lengths[0]);
  console.log('\nA word held out, its bands over time, and the letter of each frame:\n');
  console.log(`${drawn(rows, said.data)}\n`);
  for (const { labels: letters, logProbability } of read[0]) {
    console.log(`  ${spelled(letters).padEnd(8)} ${(100 * Math.exp(logProbability)).toFixed(1)} %`);
  }
  const right = read.filter(([best], s) => best.labels.join() === labels[s].join()).length;
  const { labelErrorRate } = saved.evaluate(x, labels, { lengths });
  console.log(
    `\nThe word was ${spelled(labels[0])}. Spelled rightly: ${right} of ${options.test} words held out;`,
  );
  console.log(`label error ${(100 * labelErrorRate).toFixed(2)} %.`);
  console.log(`Saved ${shown(path)} and loaded it again: weights ${saved.fingerprint()}`);
}

runExample(main);
