// Learns to write like a text, character by character: `node examples/characters/index.mjs --help`.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'recurra';
import { InputProblem, positiveNumber, readExample, runExample, wholeNumber } from '../shared/cli.mjs';
import { shown, writeWhole } from '../shared/files.mjs';
import { bitsOfFrequencies, bitsPerCharacter, generate } from './generate.mjs';
import { buildModel, train } from './model.mjs';
import { alphabetOf, encode, parts, readText } from './text.mjs';

const OUT = fileURLToPath(new URL('../../build/examples/characters', import.meta.url));

const HELP = `Learns to write like a text, character by character, and writes on from a prompt.

  node examples/characters/index.mjs --file FILE

  --file FILE        any text in UTF-8
  --prompt TEXT      what to write on from (the first line of the part held out)
  --length N         characters to write (400)
  --temperature X    near 0 careful, 1 as learned, above 1 bold (0.7)
  --epochs N         passes over the text at most (30)
  --units N          units of the GRU (128)
  --steps N          characters in a window (64)
  --seed N           seed of the initial weights, of the order of the windows and of what is written (0)
  --out FOLDER       where to save the model (build/examples/characters)
  --help             this text
`;

const DEFAULTS = {
  file: undefined,
  prompt: undefined,
  length: '400',
  temperature: '0.7',
  epochs: '30',
  units: '128',
  steps: '64',
  seed: '0',
};

function readOptions(args) {
  return readExample(args, DEFAULTS, (given) => {
    if (given.file === undefined) throw new InputProblem('--file FILE must be given: any text');
    return {
      file: resolve(given.file),
      prompt: given.prompt,
      length: wholeNumber('length', given.length, 1),
      temperature: positiveNumber('temperature', given.temperature),
      epochs: wholeNumber('epochs', given.epochs, 1),
      units: wholeNumber('units', given.units, 1),
      steps: wholeNumber('steps', given.steps, 1),
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
  const { file, steps, out = OUT } = options;
  const text = readText(file);
  const alphabet = alphabetOf(text);
  const ids = encode(text, alphabet);
  const split = parts(ids);
  if (split.watch.length <= steps) {
    const least = 10 * (steps + 1);
    throw new InputProblem(
      `--file ${file}: ${ids.length} characters are too few, ${least} are needed for windows of ${steps}`,
    );
  }
  console.log(
    `${ids.length} characters, ${alphabet.length} different ones. The last ${split.held.length} are held out.\n`,
  );

  const model = buildModel(alphabet, options);
  await train(model, split, options);
  const path = join(out, 'model.recurra');
  writeWhole(path, model.save());
  writeWhole(join(out, 'alphabet.json'), `${JSON.stringify(alphabet)}\n`);

  const saved = load(readFileSync(path));
  console.log(`\n${bitsPerCharacter(saved, split.held).toFixed(3)} bits per character on the text held out;`);
  const frequencies = bitsOfFrequencies(split.train, split.held, alphabet.length);
  console.log(`${frequencies.toFixed(3)} for a guess by how often each character stands in the text.`);
  console.log(`Saved ${shown(path)} and loaded it again: weights ${saved.fingerprint()}\n`);

  const prompt = encode(options.prompt ?? firstLine(split.held, alphabet), alphabet);
  if (prompt.length === 0) throw new InputProblem('--prompt: the text has none of these characters');
  process.stdout.write(prompt.map((id) => alphabet[id]).join(''));
  for (const id of generate(saved, prompt, options)) process.stdout.write(alphabet[id]);
  process.stdout.write('\n');
}

/** The first whole line, or what there is. */
function firstLine(ids, alphabet) {
  const lines = ids
    .map((id) => alphabet[id])
    .join('')
    .split('\n');
  return `${lines.slice(1).find((line) => line !== '') ?? lines[0]}\n`;
}

runExample(main);
