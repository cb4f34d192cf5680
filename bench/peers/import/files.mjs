// One model of two LSTM layers and a dense one, some 10 MB of weights, in every format that is read.
import { mkdirSync, writeFileSync } from 'node:fs';

/** Features, units, outputs, and the steps of the first input. */
export const SIZES = { I: 64, H: 460, O: 10, T: 20 };

/** The layers of the model, to be filled from files that hold weights alone. */
export function describe({ dense, input, lstm, sequential }, seed = 0) {
  const { I, H, O } = SIZES;
  return sequential(
    [
      input({ shape: [null, I] }),
      lstm({ units: H, returnSequences: true }),
      lstm({ units: H, name: 'second' }),
      dense({ units: O }),
    ],
    { seed },
  );
}

/** The input whose output is compared: [1, T, I]. */
export const inputOf = () => Float32Array.from({ length: SIZES.T * SIZES.I }, (_, i) => Math.sin(i));

/** Where each module of PyTorch's stands. */
export const MODULES = { lstm: 'first', second: 'second', dense: 'head' };

/** Writes the files into a folder; gives the output of the model and the size of each file. */
export async function writeFiles(folder) {
  const dist = (path) => import(new URL(`../../../dist/${path}`, import.meta.url).href);
  const recurra = await dist('index.js');
  const [{ exportOnnx }, { exportKeras }, { exportTfjs }, numpy, safetensors, pytorch] = await Promise.all(
    ['onnx', 'keras', 'tfjs', 'numpy', 'safetensors', 'pytorch'].map((name) =>
      dist(`formats/${name}/index.js`),
    ),
  );
  const model = describe(recurra, 1);
  const weights = model.getWeights();
  const modules = MODULES;
  mkdirSync(folder, { recursive: true });
  const sizes = {};
  const write = (name, bytes) => {
    writeFileSync(`${folder}/${name}`, bytes);
    sizes[name] = bytes.length;
  };
  write('model.onnx', exportOnnx(model));
  write('model.keras', exportKeras(model));
  write('model.h5', exportKeras(model, { form: 'h5' }));
  for (const [name, bytes] of Object.entries(exportTfjs(model))) write(name, bytes);
  write('model.npz', numpy.writeNpz(weights));
  write('model.safetensors', safetensors.writeSafetensors(pytorch.stateDict(model, { modules })));
  write('model.pt', pytorch.writeTorch(pytorch.stateDict(model, { modules })));
  write('model.recurra', model.save());
  const { data } = model.predict({ data: inputOf(), shape: [1, SIZES.T, SIZES.I] });
  return { output: Array.from(data), sizes };
}
