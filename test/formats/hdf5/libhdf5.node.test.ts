import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Dataset, File, type Group, ready } from 'h5wasm/node';
import { afterAll, expect, it } from 'vitest';
import { writeHdf5 } from '../../../src/formats/hdf5/index.js';
import { exportKeras } from '../../../src/formats/keras/index.js';
import { dense, input, lstm, sequential } from '../../../src/index.js';
import { testData } from '../../harness/random.js';

const folder = mkdtempSync(join(tmpdir(), 'recurra-hdf5-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file of ours, opened by libhdf5 itself. */
async function opened<T>(bytes: Uint8Array, use: (file: File) => T): Promise<T> {
  await ready;
  const path = join(folder, 'file.h5');
  writeFileSync(path, bytes);
  const file = new File(path, 'r');
  try {
    return use(file);
  } finally {
    file.close();
  }
}

it('libhdf5 reads arrays, groups and attributes that we write', async () => {
  const data = testData(1, 15);
  const long = 'x'.repeat(100_000);
  const bytes = writeHdf5({
    attributes: { text: 'größer', long, list: ['a', 'bcd'] },
    children: new Map<string, object>([
      ['m', { shape: [3, 5], data }],
      ['n', { shape: [], data: BigInt64Array.of(9n) }],
      [
        'g',
        {
          attributes: { inside: 'yes' },
          children: new Map([['e', { shape: [0], data: new Float32Array(0) }]]),
        },
      ],
      ...Array.from({ length: 200 }, (_, i) => [`k${i}`, {}] as const),
    ]) as never,
  });
  await opened(bytes, (file) => {
    expect(file.keys()).toHaveLength(203);
    expect(file.attrs.text.value).toBe('größer');
    expect(file.attrs.long.value).toBe(long);
    expect(file.attrs.list.value).toEqual(['a', 'bcd']);
    const matrix = file.get('m') as Dataset;
    expect([matrix.shape, matrix.dtype]).toEqual([[3, 5], '<f']);
    expect(matrix.value).toEqual(data);
    expect((file.get('n') as Dataset).value).toBe(9n);
    expect((file.get('g') as Group).attrs.inside.value).toBe('yes');
    expect((file.get('g/e') as Dataset).shape).toEqual([0]);
  });
});

it('libhdf5 finds the weights of a model where Keras looks for them', async () => {
  const model = sequential([input({ shape: [5, 2] }), lstm({ units: 3 }), dense({ units: 1 })]);
  const weights = model.getWeights();
  await opened(exportKeras(model, { form: 'weights' }), (file) => {
    const at = (path: string) => (file.get(path) as Dataset).value;
    expect(at('layers/lstm/cell/vars/0')).toEqual(weights['lstm.kernel'].data);
    expect(at('layers/lstm/cell/vars/2')).toEqual(weights['lstm.bias'].data);
    expect(at('layers/dense/vars/1')).toEqual(weights['dense.bias'].data);
  });
  await opened(exportKeras(model, { form: 'h5' }), (file) => {
    const group = file.get('model_weights') as Group;
    expect(group.attrs.layer_names.value).toEqual(['lstm', 'dense']);
    const own = group.get('lstm') as Group;
    expect(own.attrs.weight_names.value).toEqual([
      'lstm/lstm_cell/kernel:0',
      'lstm/lstm_cell/recurrent_kernel:0',
      'lstm/lstm_cell/bias:0',
    ]);
    expect((own.get('lstm/lstm_cell/kernel:0') as Dataset).value).toEqual(weights['lstm.kernel'].data);
    expect(JSON.parse(file.attrs.model_config.value as string).class_name).toBe('Sequential');
  });
});
