import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { type WrittenDataset, type WrittenGroup, writeHdf5 } from '../../../src/formats/hdf5/index.js';
import { importKeras } from '../../../src/formats/keras/index.js';
import { importTfjs } from '../../../src/formats/tfjs/index.js';
import { dense, FormatError, input, RecurraError, sequential } from '../../../src/index.js';

type Json = Record<string, unknown>;

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const layer = (className: string, config: Json, more: Json = {}): Json => ({
  module: 'keras.layers',
  class_name: className,
  config,
  registered_name: null,
  ...more,
});
const inputLayer = (shape: unknown): Json => layer('InputLayer', { name: 'x', batch_shape: shape });
const chain = (layers: Json[]): Json => layer('Sequential', { name: 'chain', layers });

type Children = readonly (readonly [string, WrittenGroup | WrittenDataset])[];

/** A `.keras` file of a config and of what is in the folder `layers`. */
function archive(config: unknown, layers: Children = [], level: 0 | 9 = 0): Uint8Array {
  const files = {
    'metadata.json': json({ keras_version: '3.8.0' }),
    'config.json': config instanceof Uint8Array ? config : json(config),
    'model.weights.h5': writeHdf5({ children: new Map([['layers', { children: new Map(layers) }]]) }),
  };
  return zipSync(files, { level });
}

/** Refused with a message, in less than a second. */
function expectRefused(read: () => unknown, message: string | RegExp): void {
  const begin = performance.now();
  expect(read).toThrow(FormatError);
  expect(read).toThrow(message);
  expect(performance.now() - begin).toBeLessThan(2000);
}

describe('files that ask for more than they hold', () => {
  it('sizes that no memory has are no sizes of weights in the file', () => {
    for (const units of [1e6, 1e9, 2 ** 40]) {
      const config = chain([inputLayer([null, 1000]), layer('Dense', { name: 'd', units })]);
      expectRefused(
        () => importKeras(archive(config)),
        /the file has no folder 'layers\/dense'|lacks the weight/,
      );
    }
    const bad = [-1, 0, 1.5, '3', null, [2]];
    for (const units of bad) {
      const config = chain([inputLayer([null, 4]), layer('Dense', { name: 'd', units })]);
      expectRefused(() => importKeras(archive(config)), 'd: units must be a whole number');
    }
  });

  it('shapes of inputs that are none', () => {
    for (const shape of [3, [null], [null, -1], [null, 'a'], [null, 3, null], null]) {
      const config = chain([inputLayer(shape), layer('Dense', { name: 'd', units: 1 })]);
      expectRefused(() => importKeras(archive(config)), /importKeras: /);
    }
  });

  it('a zip bomb', () => {
    const config = json(chain([inputLayer([null, 4]), layer('Dense', { name: 'd', units: 1 })]));
    const padded = new Uint8Array(50_000_000).fill(0x20);
    padded.set(config);
    const bomb = archive(padded, [], 9);
    expect(bomb.length).toBeLessThan(100_000);
    expectRefused(() => importKeras(bomb), /would unfold to 5\d{7} bytes/);
  });

  it('nesting without end', () => {
    let inside = layer('Dense', { name: 'd', units: 1 });
    for (let i = 0; i < 1000; i++) inside = layer('TimeDistributed', { name: `t${i}`, layer: inside });
    expectRefused(
      () => importKeras(archive(chain([inputLayer([null, 2, 2]), inside]))),
      'nested more than 16 deep',
    );
    let model = chain([inputLayer([null, 4]), layer('Dense', { name: 'd', units: 1 })]);
    for (let i = 0; i < 1000; i++) model = layer('Sequential', { name: `m${i}`, layers: [model] });
    expectRefused(() => importKeras(archive(model)), 'nested more than 16 deep');
    const text = new TextEncoder().encode('['.repeat(200_000));
    expectRefused(() => importKeras(archive(text)), 'config.json is no valid JSON');
  });

  it('links that lead in a circle, to nowhere, or to an output that there is not', () => {
    const link = (name: string, output = 0): Json => ({
      args: [{ class_name: '__keras_tensor__', config: { keras_history: [name, 0, output] } }],
      kwargs: {},
    });
    const functional = (first: Json, second: Json): Json =>
      layer('Functional', {
        name: 'f',
        layers: [
          { ...inputLayer([null, 4]), name: 'x', inbound_nodes: [] },
          layer('Dense', { name: 'a', units: 4 }, { inbound_nodes: [first] }),
          layer('Dense', { name: 'b', units: 4 }, { inbound_nodes: [second] }),
        ],
        input_layers: [['x', 0, 0]],
        output_layers: [['b', 0, 0]],
      });
    const cases: [Json, Json, string][] = [
      [link('b'), link('a'), "nothing leads to use 0 of 'a', which 'b' needs"],
      [link('c'), link('a'), "there is no layer 'c'"],
      [link('x', 3), link('a'), "'x' has 1 outputs, one asks for number 3"],
      [link('x'), { args: [], kwargs: {} }, "'b' has a use without inputs"],
    ];
    for (const [first, second, message] of cases) {
      expectRefused(() => importKeras(archive(functional(first, second))), message);
    }
  });

  it('thousands of layers in the wrong order, in time', () => {
    const count = 3000;
    const layers = Array.from({ length: count }, (_, i) =>
      layer(
        'Activation',
        { name: `a${i}`, activation: 'tanh' },
        {
          inbound_nodes: [[[i === 0 ? 'x' : `a${i - 1}`, 0, 0, {}]]],
        },
      ),
    ).reverse();
    const config = layer('Functional', {
      name: 'long',
      layers: [{ ...inputLayer([null, 2]), name: 'x', inbound_nodes: [] }, ...layers],
      input_layers: [['x', 0, 0]],
      output_layers: [[`a${count - 1}`, 0, 0]],
    });
    const begin = performance.now();
    expect(importKeras(archive(config)).graph.layers).toHaveLength(count);
    expect(performance.now() - begin).toBeLessThan(5000);
  });

  it('an array that is read more often than it is there', () => {
    const made = sequential([input({ shape: [100] }), dense({ units: 100 })]);
    const { data } = made.getWeights()['dense.kernel'];
    const files = {
      'model.json': json({
        modelTopology: chain([
          layer('InputLayer', { name: 'x', batch_input_shape: [null, 100] }),
          layer('Dense', { name: 'd', units: 100 }),
        ]),
        weightsManifest: Array.from({ length: 50 }, (_, i) => ({
          paths: [`folder${i}/w.bin`],
          weights: [{ name: `d/kernel${i}`, shape: [100, 100], dtype: 'float32' }],
        })),
      }),
      'w.bin': new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    };
    expectRefused(() => importTfjs(files), "names the file 'folder1/w.bin' twice");
  });
});

it('every byte of a small file cut off or changed is read or refused', () => {
  const whole = archive(chain([inputLayer([null, 1]), layer('Dense', { name: 'd', units: 1 })]), [
    [
      'dense',
      {
        children: new Map([
          [
            'vars',
            {
              children: new Map([
                ['0', { shape: [1, 1], data: Float32Array.of(2) }],
                ['1', { shape: [1], data: Float32Array.of(3) }],
              ]),
            },
          ],
        ]),
      },
    ],
  ]);
  expect(importKeras(whole).getWeights()['d.bias'].data).toEqual(Float32Array.of(3));
  for (let at = 0; at < whole.length; at += 3) {
    const changed = whole.slice();
    changed[at] ^= 0xff;
    for (const bytes of [changed, whole.slice(0, at)]) {
      try {
        importKeras(bytes);
      } catch (error) {
        if (!(error instanceof RecurraError)) throw new Error(`at ${at}`, { cause: error });
      }
    }
  }
});
