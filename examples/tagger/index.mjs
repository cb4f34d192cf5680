// Tags words whose tags follow rules: `node examples/tagger/index.mjs --help`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'recurra';
import { readExample, runExample, wholeNumber } from '../shared/cli.mjs';
import { shown, writeWhole } from '../shared/files.mjs';
import { uniform } from '../shared/random.mjs';
import { buildModel, tagsOf, train } from './model.mjs';
import { score, sideBySide } from './report.mjs';
import { sentences } from './sentences.mjs';

const OUT = fileURLToPath(new URL('../../build/examples/tagger', import.meta.url));

const HELP = `Finds the names of persons and places in made-up sentences, with a conditional random field and without.

  node examples/tagger/index.mjs

  --train N      sentences to learn from (300)
  --test N       sentences to be judged by (500)
  --epochs N     passes over them (12)
  --seed N       seed of the sentences and of the models (0)
  --out FOLDER   where to save the model (build/examples/tagger)
  --help         this text
`;

const DEFAULTS = { train: '300', test: '500', epochs: '12', seed: '0' };

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
  const known = sentences(options.train, next);
  const held = sentences(options.test, next);

  const given = {};
  for (const kind of ['softmax', 'crf']) {
    console.log(
      `\nTraining with ${kind === 'crf' ? 'a conditional random field' : 'a softmax for each word'}:`,
    );
    const model = buildModel(kind, options);
    await train(model, known, options);
    given[kind] = tagsOf(model, held);
    if (kind === 'crf') {
      const path = join(out, 'model.recurra');
      writeWhole(path, model.save());
      const saved = load(readFileSync(path));
      console.log(`Saved ${shown(path)} and loaded it again: weights ${saved.fingerprint()}`);
    }
  }

  const unlike = held.drawn.findIndex((_, s) => given.softmax[s].join() !== given.crf[s].join());
  const s = Math.max(0, unlike);
  const columns = Object.fromEntries(Object.entries(given).map(([kind, tags]) => [kind, tags[s]]));
  console.log(`\nA sentence held out:\n\n${sideBySide(held.drawn[s], columns)}\n`);
  for (const [kind, tags] of Object.entries(given)) {
    const { words, sentences: whole, broken } = score(tags, held);
    const percent = (share) => `${(100 * share).toFixed(1)} %`;
    console.log(
      `${kind.padEnd(7)}  words ${percent(words)}, whole sentences ${percent(whole)}, ` +
        `sentences that break a rule: ${broken} of ${options.test}`,
    );
  }
}

runExample(main);
