// One participant in a process of its own: imports its code, makes a model of the bytes of a file, runs it once, and
// makes it again a number of times. Prints the milliseconds and the output.
import { readFileSync, writeSync } from 'node:fs';
import { inputOf } from './files.mjs';
import { LOADERS } from './loaders.mjs';

const [, , id, folder, repeats] = process.argv;
const participant = Object.values(LOADERS)
  .flat()
  .find((one) => one.id === id);
const files = participant.files.map((name) => new Uint8Array(readFileSync(`${folder}/${name}`)));
const data = inputOf();

const start = performance.now();
let library = await participant.library();
const imported = performance.now();
library = participant.prepare?.(library) ?? library;
const ready = performance.now();
const model = await participant.load(library, files);
const loaded = performance.now();
const output = Array.from(await participant.predict(model, data));
const predicted = performance.now();

const again = [];
for (let i = 0; i < Number(repeats); i++) {
  const before = performance.now();
  const other = await participant.load(library, files);
  again.push(performance.now() - before);
  await participant.drop?.(other);
}
const times = { library: imported - start, load: loaded - ready, first: predicted - loaded, again };
writeSync(1, JSON.stringify({ times, output }));
process.exit(0);
