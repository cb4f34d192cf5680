import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importOnnx } from '../../../src/formats/onnx/index.js';
import { readModel } from '../../../src/formats/onnx/proto/messages.js';
import { tensorFile } from './protobuf.js';

// Cases of ONNX's own backend tests, which lie beside the repository.
const FOLDER = resolve('..', 'shared', 'conformance', 'onnx-node');
const CASES = 18;

/** Largest difference from ONNX's own outputs, absolute. Measured: see docs/formats.md. */
const DIFFERENCE = 1e-6;

const read = (...path: string[]): Uint8Array => new Uint8Array(readFileSync(join(FOLDER, ...path)));

const names = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.startsWith('test_')) : [];

/** The files input_0.pb, input_1.pb, ... of a case. */
function tensors(name: string, kind: 'input' | 'output') {
  const folder = join(name, 'test_data_set_0');
  const files = readdirSync(join(FOLDER, folder)).filter((file) => file.startsWith(kind));
  return files.map((_, i) => tensorFile(read(folder, `${kind}_${i}.pb`)));
}

describe("ONNX's tests of RNN, LSTM and GRU", () => {
  let largest = 0;

  it('are beside the repository', () => {
    expect(names, `expected the ${CASES} cases in ${FOLDER}`).toHaveLength(CASES);
  });

  it.each(names)('%s', (name) => {
    const bytes = read(name, 'model.onnx');
    const { graph } = readModel(bytes);
    const given = tensors(name, 'input');
    const values = Object.fromEntries(graph?.inputs.map((value, i) => [value.name, given[i].tensor]) ?? []);
    const data = ['X', 'sequence_lens', 'initial_h', 'initial_c'].filter((key) => key in values);
    const weights = Object.keys(values).filter((key) => !data.includes(key));
    const pick = (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, values[key]]));
    const { run } = importOnnx(bytes, { weights: pick(weights) });
    const outputs = run(pick(data));
    const expected = tensors(name, 'output');
    const wanted = graph?.outputs.map((value) => value.name) ?? [];
    expect(Object.keys(outputs)).toEqual(wanted);
    expected.forEach(({ tensor }, i) => {
      const got = outputs[wanted[i]];
      expect(got.shape, wanted[i]).toEqual(tensor.shape);
      got.data.forEach((value, at) => {
        const difference = Math.abs(value - tensor.data[at]);
        largest = Math.max(largest, difference);
        expect(difference, `${wanted[i]}[${at}]`).toBeLessThanOrEqual(DIFFERENCE);
      });
    });
  });

  it('differ by no more than docs/formats.md says', () => {
    const quoted = /largest difference: ([\d.e-]+)/.exec(readFileSync('docs/formats.md', 'utf8'))?.[1];
    console.log(`ONNX's tests of recurrent operators, largest difference: ${largest.toExponential(1)}`);
    expect(largest).toBeLessThanOrEqual(Number(quoted));
  });
});
