// Reads drawn digits row by row: `node examples/digits/index.mjs --help`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'recurra';
import { readExample, runExample, wholeNumber } from '../shared/cli.mjs';
import { shown, writeWhole } from '../shared/files.mjs';
import { uniform } from '../shared/random.mjs';
import { asText, drawDigits, SIZE } from './glyphs.mjs';
import { buildModel, samples, train } from './model.mjs';
import { confusion, confusionTable } from './report.mjs';

const OUT = fileURLToPath(new URL('../../build/examples/digits', import.meta.url));
const NOISE = 0.15;

const HELP = `Draws digits by hand, as it were, and learns to read them row by row.

  node examples/digits/index.mjs

  --train N      digits to learn from (4000)
  --test N       digits to be judged by (1000)
  --epochs N     passes over them (8)
  --seed N       seed of the drawings and of the model (0)
  --out FOLDER   where to save the model (build/examples/digits)
  --help         this text
`;

const DEFAULTS = { train: '4000', test: '1000', epochs: '8', seed: '0' };

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
  const drawn = drawDigits(options.train, next, NOISE);
  const held = drawDigits(options.test, next, NOISE);
  console.log(`${options.train} digits of ${SIZE} x ${SIZE} pixels to learn from, such as these:\n`);
  console.log(`${sideBySide(drawn, 4)}\n`);

  const model = buildModel(options);
  await train(model, drawn, options);
  const path = join(out, 'model.recurra');
  writeWhole(path, model.save());
  const saved = load(readFileSync(path));

  const [x] = samples(held);
  const { counts, accuracy } = confusion(saved.predict(x).data, held.labels);
  console.log(`\nRead from ${options.test} digits held out, drawn down, taken across:\n`);
  console.log(`${confusionTable(counts)}\n`);
  console.log(`Accuracy on held-out digits: ${(100 * accuracy).toFixed(1)} % (guessing: 10 %).`);
  console.log(`Saved ${shown(path)} and loaded it again: weights ${saved.fingerprint()}`);
}

function sideBySide({ x }, count) {
  const images = Array.from({ length: count }, (_, i) =>
    asText(x.subarray(i * SIZE * SIZE, (i + 1) * SIZE * SIZE)),
  );
  return images[0].map((_, row) => images.map((image) => image[row]).join('  |  ')).join('\n');
}

runExample(main);
