// One model of one LSTM of 64 units with a frame to ask it, written as each participant reads it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CASES } from '../cases.mjs';
import { makeInputs, makeWeights } from '../data.mjs';

const work = CASES.find(({ id }) => id === 'lstm-step-64');

/** Largest difference between two participants' outputs. */
export const TOLERANCE = work.tolerance;

/** Writes the files into a folder: `model.recurra`, `tfjs/`, `model.onnx` where protobufjs is there, and `frame.bin`. */
export async function writeMaterial(folder, { onnx }) {
  const { input, lstm, sequential, tensor } = await import('../../../dist/index.js');
  const { exportTfjs } = await import('../../../dist/formats/tfjs/index.js');
  const weights = makeWeights(work);
  const model = sequential([
    input({ shape: [null, work.I] }),
    lstm({ units: work.H, returnSequences: true, name: 'lstm' }),
  ]);
  const shapes = model.getWeights();
  model.setWeights(
    Object.fromEntries(
      ['kernel', 'recurrentKernel', 'bias'].map((part) => [
        `lstm.${part}`,
        tensor(weights[part], shapes[`lstm.${part}`].shape),
      ]),
    ),
  );
  writeFileSync(join(folder, 'model.recurra'), model.save());
  mkdirSync(join(folder, 'tfjs'));
  for (const [name, bytes] of Object.entries(exportTfjs(model))) {
    writeFileSync(join(folder, 'tfjs', name), bytes);
  }
  writeFileSync(join(folder, 'frame.bin'), makeInputs(work).frames[0]);
  if (!onnx) return;
  const { onnxModel } = await import('../onnx.mjs');
  writeFileSync(join(folder, 'model.onnx'), onnxModel(work, weights));
}
