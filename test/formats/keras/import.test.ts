import { describe, expect, it } from 'vitest';
import { isHdf5, readHdf5 } from '../../../src/formats/hdf5/index.js';
import { exportKeras, importKeras, loadKerasWeights } from '../../../src/formats/keras/index.js';
import { readZip } from '../../../src/formats/zip.js';
import { FormatError, type Model, type Tensor } from '../../../src/index.js';
import golden from '../../golden/keras_files.json' with { type: 'json' };
import { bitsOf } from '../../harness/bits.js';
import { fileOf, inputsOf, type Listed, largestDifference } from './files.js';

/** Floats against doubles: 3e-8 measured. */
const TOLERANCE = 1e-6;

const models = golden.cases.filter(({ kind }) => kind === 'model');
const named = (name: string) => golden.cases.find((c) => c.name === name) as (typeof golden.cases)[number];

function outputsOf(model: Model<Tensor | Tensor[]>, inputs: readonly Listed[]): Tensor[] {
  return [model.predict(inputsOf(inputs))].flat();
}

function expectOutputs(
  model: Model<Tensor | Tensor[]>,
  inputs: readonly Listed[],
  outputs: readonly Listed[],
): void {
  const got = outputsOf(model, inputs);
  expect(got.map(({ shape }) => shape)).toEqual(outputs.map(({ shape }) => shape));
  got.forEach(({ data }, i) => {
    expect(largestDifference(data, outputs[i].data), `output ${i}`).toBeLessThan(TOLERANCE);
  });
}

describe('importKeras', () => {
  it.each(models)('gives the outputs of the model: $name', ({ file, inputs, outputs }) => {
    expectOutputs(importKeras(fileOf(file)), inputs, outputs);
  });

  it.each(golden.refused)('refuses $name by name', ({ file, message }) => {
    expect(() => importKeras(fileOf(file))).toThrow(FormatError);
    expect(() => importKeras(fileOf(file))).toThrow(message);
  });

  it('lists the layers it knows beside one that it does not', () => {
    const { file } = golden.refused.find(({ name }) => name === 'a layer that there is not') as {
      file: string;
    };
    expect(() => importKeras(fileOf(file))).toThrow(
      /did you mean 'Conv1D'\? Known: SimpleRNN, .*LSTM, .*UpSampling1D/,
    );
  });
});

describe('exportKeras', () => {
  for (const form of ['keras', 'h5'] as const) {
    it.each(models)(`writes as ${form} what reads with the same bits: $name`, ({ name, file, inputs }) => {
      const model = importKeras(fileOf(file));
      // The hard sigmoids of Keras 2 and 3 are two functions: a file of either kind can hold its own alone.
      if (/hard_sigmoid|2\.13|packed|a list of layers/.test(name)) {
        const own = name.startsWith('Keras 3') ? 'keras' : 'h5';
        if (form !== own) {
          expect(() => exportKeras(model, { form })).toThrow(
            /activation 'hardSigmoid(02)?' cannot be written for keras/,
          );
          return;
        }
      }
      const again = importKeras(exportKeras(model, { form }));
      expect(again.fingerprint()).toBe(model.fingerprint());
      const [expected, got] = [model, again].map((one) =>
        outputsOf(one, inputs).map(({ data }) => bitsOf(data)),
      );
      expect(got).toEqual(expected);
      expect(exportKeras(again, { form })).toEqual(exportKeras(model, { form }));
    });
  }
});

/** What `to_json()` of the model in a file gives. */
function configOf(file: Uint8Array): string {
  if (!isHdf5(file)) return new TextDecoder().decode(readZip('test', file).get('config.json'));
  return readHdf5('test', file).attribute('model_config') as string;
}

describe('importKeras with a config beside weights', () => {
  it.each([
    ['Keras 3, weights alone', 'Keras 3, Sequential: ids, masks, hard_sigmoid'],
    ['tf.keras 2, weights alone', 'tf.keras 2, .h5: hard_sigmoid, reset_after False, go_backwards'],
  ])('%s', (weights, whole) => {
    const { file, inputs, outputs } = named(weights);
    const config = configOf(fileOf(named(whole).file));
    expectOutputs(importKeras(fileOf(file), { config }), inputs, outputs);
    expectOutputs(importKeras(fileOf(file), { config: JSON.parse(config) }), inputs, outputs);
  });

  it('refuses what is no config, and says what a file of weights alone needs', () => {
    const { file } = named('Keras 3, weights alone');
    expect(() => importKeras(fileOf(file))).toThrow(/weights alone: give the option 'config'/);
    expect(() => importKeras(fileOf(file), { config: '{' })).toThrow('importKeras: config is no valid JSON');
    expect(() => importKeras(fileOf(file), { config: { name: 'x' } })).toThrow(
      'importKeras: config: expected what to_json() of a Keras model gives',
    );
  });

  it('refuses a config of another model', () => {
    const { file } = named('Keras 3, weights alone');
    const other = configOf(
      fileOf(named('tf.keras 2, .h5: hard_sigmoid, reset_after False, go_backwards').file),
    );
    expect(() => importKeras(fileOf(file), { config: other })).toThrow(FormatError);
  });
});

describe('loadKerasWeights', () => {
  it.each([
    ['Keras 3, weights alone', 'Keras 3, Sequential: ids, masks, hard_sigmoid'],
    ['tf.keras 2, weights alone', 'tf.keras 2, .h5: hard_sigmoid, reset_after False, go_backwards'],
    ['Keras 3, packed', 'Keras 3, Sequential: ids, masks, hard_sigmoid'],
  ])('takes %s', (weights, whole) => {
    const { file, inputs, outputs } = named(weights);
    const model = importKeras(fileOf(named(whole).file));
    const drawn = Object.entries(model.getWeights()).map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map(() => 0.25) },
    ]);
    model.setWeights(Object.fromEntries(drawn));
    loadKerasWeights(model, fileOf(file));
    expectOutputs(model, inputs, outputs);
    const written = importKeras(fileOf(named(whole).file));
    if (weights.startsWith('Keras 3')) loadKerasWeights(written, exportKeras(model, { form: 'weights' }));
    expect(written.fingerprint()).toBe(model.fingerprint());
  });
});
