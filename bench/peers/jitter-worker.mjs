// One participant of the jitter bench in a process of its own: told how many steps to take, it times each but the first.
import { CASES } from './cases.mjs';
import { makeInputs, makeWeights } from './data.mjs';

const [, , file, id, numerics] = process.argv;
const work = CASES.find((one) => one.id === id);
const { open } = await import(`./peers/${file}.mjs`);
const { prepare, version } = await open({ threads: 1, numerics });
const runner = await prepare(work, { weights: makeWeights(work), inputs: makeInputs(work) });
const output = await runner.output();

process.on('message', async ({ untimed, steps }) => {
  if (steps === 0) process.exit(0);
  await runner.each(new Float64Array(untimed));
  const times = new Float64Array(steps);
  await runner.each(times);
  process.send({ times });
});
process.send({ version, output });
