// Learns to write dates in one form, and draws what it looks at: `node examples/dates/index.mjs --help`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'recurra';
import { readExample, runExample, wholeNumber } from '../shared/cli.mjs';
import { shown, writeWhole } from '../shared/files.mjs';
import { uniform } from '../shared/random.mjs';
import { alphabetOf } from './alphabet.mjs';
import { drawPairs } from './dates.mjs';
import { drawMap, drawPage } from './maps.mjs';
import { buildModel, train, translate } from './model.mjs';

const OUT = fileURLToPath(new URL('../../build/examples/dates', import.meta.url));

const HELP = `Learns to write dates in one form, whatever form they come in, and draws what it looks at.

  node examples/dates/index.mjs

  --train N      dates to learn from (6000)
  --test N       other dates to be judged by (500)
  --epochs N     passes over them (8)
  --units N      units of the GRUs (48)
  --beams N      continuations that are followed side by side (3)
  --date TEXT    a date of yours to write
  --seed N       seed of the dates and of the model (0)
  --out FOLDER   where to save the model and the drawings (build/examples/dates)
  --help         this text
`;

const DEFAULTS = {
  train: '6000',
  test: '500',
  epochs: '8',
  units: '48',
  beams: '3',
  date: undefined,
  seed: '0',
};

/** Dates of those held out that are drawn. */
const DRAWN = 6;

function readOptions(args) {
  return readExample(args, DEFAULTS, (given) => ({
    train: wholeNumber('train', given.train, 1),
    test: wholeNumber('test', given.test, 1),
    epochs: wholeNumber('epochs', given.epochs, 1),
    units: wholeNumber('units', given.units, 1),
    beams: wholeNumber('beams', given.beams, 1),
    date: given.date,
    seed: wholeNumber('seed', given.seed, 0),
  }));
}

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(HELP);
    return;
  }
  const { out = OUT, beams, date } = options;
  const next = uniform(options.seed);
  const known = drawPairs(options.train, next);
  const held = drawPairs(options.test, next, new Set(known.map(({ to }) => to)));
  const alphabets = {
    source: alphabetOf(known.map(({ from }) => from)),
    target: alphabetOf(known.map(({ to }) => to)),
  };
  const model = buildModel(alphabets, options);
  await train(model, known, alphabets, options);

  const path = join(out, 'model.recurra');
  writeWhole(path, model.save());
  const saved = load(readFileSync(path));
  const texts = [...held.map(({ from }) => from), ...(date === undefined ? [] : [date])];
  const written = translate(saved, texts, alphabets, beams);
  const right = held.filter(({ to }, i) => written[i].to === to).length;
  console.log(`\n${right} of ${held.length} dates that it had not seen are right in every character.\n`);
  const maps = [...written.slice(0, Math.min(DRAWN, held.length)), ...written.slice(held.length)];
  const drawn = maps.map((map) => ({ ...map, svg: drawMap(map) }));
  for (const { from, to } of drawn) console.log(`  ${from.padEnd(20)} ${to}`);
  drawn.forEach(({ svg }, i) => {
    writeWhole(join(out, `attention-${i + 1}.svg`), svg);
  });
  writeWhole(join(out, 'attention.html'), drawPage(drawn));
  console.log(`\nSaved to ${shown(path)}, weights ${saved.fingerprint()}`);
  console.log(`What it looked at is drawn in ${shown(join(out, 'attention.html'))}`);
}

runExample(main);
