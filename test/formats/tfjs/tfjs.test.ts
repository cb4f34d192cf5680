import { describe, expect, it } from 'vitest';
import { exportTfjs, importTfjs } from '../../../src/formats/tfjs/index.js';
import {
  conv1d,
  dense,
  FormatError,
  gru,
  input,
  lstm,
  model,
  sequential,
  subtract,
  type Tensor,
  UnknownNameError,
  ValueError,
} from '../../../src/index.js';
import golden from '../../golden/tfjs_files.json' with { type: 'json' };
import { bitsOf } from '../../harness/bits.js';
import { inputsOf, largestDifference } from '../keras/files.js';
import { changed, filesOf } from './files.js';

/** Both reckon in 32 bits, in other orders: 1.2e-7 measured. */
const TOLERANCE = 1e-6;

const cases = golden.cases as unknown as readonly {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly inputs: readonly { readonly shape: number[]; readonly data: number[] }[];
  readonly outputs: readonly { readonly shape: number[]; readonly data: number[] }[];
}[];

const [first] = cases;

describe('importTfjs', () => {
  it.each(cases)('gives the outputs of tfjs: $name', ({ files, inputs, outputs }) => {
    const got = [importTfjs(filesOf(files)).predict(inputsOf(inputs))].flat() as Tensor[];
    expect(got.map(({ shape }) => shape)).toEqual(outputs.map(({ shape }) => shape));
    got.forEach(({ data }, i) => {
      expect(largestDifference(data, outputs[i].data), `output ${i}`).toBeLessThan(TOLERANCE);
    });
  });

  it('reads shards in the order of their paths, wherever they lie', () => {
    const files = filesOf(first.files);
    const bytes = files['weights.bin'];
    const { 'model.json': json } = changed(files, (given) => {
      given.weightsManifest[0].paths = ['weights/b.bin', 'weights/a.bin'];
    });
    const split = { 'model.json': json, 'b.bin': bytes.slice(0, 12), 'weights/a.bin': bytes.slice(12) };
    expect(importTfjs(split).fingerprint()).toBe(importTfjs(files).fingerprint());
    expect(() => importTfjs({ 'model.json': json, 'b.bin': bytes })).toThrow("'weights/a.bin' is missing");
  });

  it("reads names as the converter writes them: with the cell's in between", () => {
    const files = filesOf(first.files);
    const renamed = changed(files, (given) => {
      for (const entry of given.weightsManifest[0].weights) {
        entry.name = entry.name.replace(/^(lstm[^/]*)\//, '$1/lstm_cell/');
      }
      given.modelTopology = { model_config: given.modelTopology, keras_version: '2.15.0' };
    });
    expect(importTfjs(renamed).fingerprint()).toBe(importTfjs(files).fingerprint());
  });

  it('refuses what is missing, of another kind, or does not fit', () => {
    const files = filesOf(first.files);
    const refused: [string, Record<string, unknown>][] = [
      ['there is no model.json', {}],
      ['model.json is no valid JSON', { 'model.json': new Uint8Array(3) }],
      [
        'a graph model has operations',
        changed(files, (j) => {
          j.format = 'graph-model';
        }),
      ],
      ['does not fit into its files', { ...files, 'weights.bin': files['weights.bin'].slice(4) }],
      [
        'has the weights',
        changed(files, (j) => {
          j.weightsManifest[0].weights[0].name = 'other/kernel';
        }),
      ],
      [
        'has shape',
        changed(files, (j) => {
          j.weightsManifest[0].weights[0].shape = [12, 4];
        }),
      ],
      [
        'dtype must be one of float32',
        changed(files, (j) => {
          j.weightsManifest[0].weights[0].dtype = 'string';
        }),
      ],
      [
        'quantization',
        changed(files, (j) => {
          j.weightsManifest[0].weights[0].quantization = { dtype: 'int4' };
        }),
      ],
      [
        'twice',
        changed(files, (j) => {
          j.weightsManifest[0].paths = ['weights.bin', 'a/weights.bin'];
        }),
      ],
    ];
    for (const [message, given] of refused) {
      expect(() => importTfjs(given as never), message).toThrow(FormatError);
      expect(() => importTfjs(given as never)).toThrow(message);
    }
    expect(() => importTfjs(3 as never)).toThrow(ValueError);
    expect(() => importTfjs(files, { weights: 1 } as never)).toThrow(UnknownNameError);
  });
});

describe('exportTfjs', () => {
  it.each(cases)('writes what reads with the same bits: $name', ({ files, inputs }) => {
    const ours = importTfjs(filesOf(files));
    const written = exportTfjs(ours);
    const again = importTfjs(written);
    expect(again.fingerprint()).toBe(ours.fingerprint());
    const outputs = [ours, again].map((one) =>
      ([one.predict(inputsOf(inputs))].flat() as Tensor[]).map(({ data }) => bitsOf(data)),
    );
    expect(outputs[1]).toEqual(outputs[0]);
    expect(exportTfjs(again)).toEqual(written);
  });

  it('cuts weights into files of the size that is asked for', () => {
    const ours = importTfjs(filesOf(first.files));
    const written = exportTfjs(ours, { shardBytes: 100 });
    const names = Object.keys(written).slice(1);
    const total = names.reduce((sum, name) => sum + written[name].length, 0);
    expect(total).toBe(4 * ours.parameterCount);
    expect(names).toEqual(names.map((_, i) => `group1-shard${i + 1}of${names.length}.bin`));
    expect(Math.max(...names.map((name) => written[name].length))).toBe(100);
    expect(importTfjs(written).fingerprint()).toBe(ours.fingerprint());
  });

  it('refuses what tfjs has not, by layer and option', () => {
    const x = input({ shape: [5, 3] });
    const chain = (layer: ReturnType<typeof lstm>) => sequential([x, layer]);
    const two = subtract({ name: 'minus' }).apply([x, dense({ units: 3 }).apply(x)]);
    const refused: [string, Parameters<typeof exportTfjs>[0]][] = [
      ['gru: resetAfter is true', chain(gru({ units: 2 }))],
      [
        "activation 'hardSigmoid' cannot be written for tfjs",
        chain(lstm({ units: 2, recurrentActivation: 'hardSigmoid' })),
      ],
      ["'leakyRelu'", chain(dense({ units: 2, activation: 'leakyRelu' }))],
      ['zoneout is 0.5', chain(lstm({ units: 2, zoneout: 0.5 }))],
      ["padding is 'causal'", chain(conv1d({ filters: 2, kernelSize: 2, padding: 'causal' }))],
      ['tfjs has no layer Subtract', model({ inputs: x, outputs: two })],
      ['is stateful', chain(lstm({ units: 2, stateful: true }))],
    ];
    for (const [message, given] of refused) {
      expect(() => exportTfjs(given), message).toThrow(FormatError);
      expect(() => exportTfjs(given)).toThrow(message);
    }
    expect(() => exportTfjs(chain(lstm({ units: 2, stateful: true })), { batchSize: 4 })).not.toThrow();
    expect(() => exportTfjs(chain(dense({ units: 2 })), { shardBytes: 2 })).toThrow(ValueError);
  });
});
