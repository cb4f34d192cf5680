// A participant's process. Answers { id, command, ... } messages with { id, result } or { id, error }.
// Work is named by its case; weights and data are made here, from the seed that all share.
import { CASES } from './cases.mjs';
import { makeInputs, makeWeights } from './data.mjs';

const [module, options] = JSON.parse(process.argv[2]);
let library = null;
let runner = null;

const COMMANDS = {
  async open() {
    library = await (await import(module)).open(options);
    return { version: library.version, warning: library.warning };
  },
  async prepare({ caseId }) {
    const work = CASES.find(({ id }) => id === caseId);
    runner = await library.prepare(work, { weights: makeWeights(work), inputs: makeInputs(work) });
    return {};
  },
  output: async () => runner.output(),
  time: async ({ calls }) => runner.time(calls),
  heap: async ({ calls }) => runner.heap(calls),
  async close() {
    await runner?.close?.();
    runner = null;
  },
  async end() {
    await library?.close?.();
  },
};

process.on('message', async ({ id, command, ...args }) => {
  try {
    process.send({ id, result: await COMMANDS[command](args) });
  } catch (error) {
    process.send({ id, error: String(error?.message ?? error).split('\n')[0] });
  }
});
process.on('disconnect', () => process.exit());
