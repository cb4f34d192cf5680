// brain.js: matrices in plain JavaScript.
// Its LSTM carries no cell state (the forget gate weighs the last output), so no weights make it agree with an
// LSTM; its GRU is the one that resets before the product. It keeps no state between calls, and trains on one
// sequence at a time with an update rule of its own. What is left to compare is a sequence through a GRU.
import { createRequire } from 'node:module';
import { gateRows } from '../data.mjs';
import { versionOf } from '../install.mjs';

export const id = 'brain';
export const title = 'brain.js';

/** Units whose last value the output layer passes on: the smallest layer that still shows them. */
const SHOWN = 4;

export function refuses({ kind, cell, B, resetAfter = true }) {
  if (kind === 'step') return 'keeps no state between calls';
  if (kind === 'encoder') return 'has no attention';
  if (kind === 'train') return 'neither batches nor Adam';
  if (cell === 'lstm') return 'its LSTM has no cell state';
  if (resetAfter) return 'GRU without resetAfter only';
  return B > 1 ? 'one sequence at a time' : undefined;
}

/** The part of the whole output [T, H] that this peer gives. */
export const shown = ({ T, H }, whole) => whole.subarray((T - 1) * H, (T - 1) * H + SHOWN);

export async function open() {
  const brain = createRequire(import.meta.url)('brain.js');
  return {
    version: versionOf('brain.js'),
    prepare: async (work, { weights, inputs }) => gruRunner(brain, work, weights, inputs),
  };
}

function gruRunner(brain, { I, H, T }, weights, { x }) {
  const net = new brain.recurrent.GRUTimeStep({ inputSize: I, hiddenLayers: [H], outputSize: SHOWN });
  net.initialize();
  const [layer] = net.model.hiddenLayers;
  const kernel = gateRows(weights.kernel, I, H, [0, 1, 2]);
  const recurrent = gateRows(weights.recurrentKernel, H, H, [0, 1, 2]);
  ['updateGate', 'resetGate', 'cellWrite'].forEach((gate, g) => {
    layer[`${gate}InputMatrix`].weights.set(kernel.subarray(g * H * I, (g + 1) * H * I));
    layer[`${gate}HiddenMatrix`].weights.set(recurrent.subarray(g * H * H, (g + 1) * H * H));
    layer[`${gate}Bias`].weights.set(weights.bias.subarray(g * H, (g + 1) * H));
  });
  net.model.outputConnector.weights.fill(0);
  net.model.output.weights.fill(0);
  for (let unit = 0; unit < SHOWN; unit++) net.model.outputConnector.weights[unit * H + unit] = 1;
  net.bindEquation(); // without one it holds itself untrained

  const frames = Array.from({ length: T }, (_, t) => x.subarray(t * I, (t + 1) * I));
  return {
    output: () => Float32Array.from(net.run(frames)),
    time(calls) {
      const start = performance.now();
      for (let i = 0; i < calls; i++) net.run(frames);
      return performance.now() - start;
    },
  };
}
