import { parentPort } from 'node:worker_threads';
import { MODELS } from './models.mjs';
import { trainRow } from './row.mjs';
import { tasks } from './tasks/index.mjs';

parentPort.on('message', ({ task, model, text, share }) => {
  const found = tasks(text).find(({ name }) => name === task);
  parentPort.postMessage(
    trainRow(
      found,
      MODELS.find(({ name }) => name === model),
      share,
    ),
  );
});
