import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { input, Layer, model, quantize } from '../../src/index.js';
import type * as Inference from '../../src/inference/index.js';
import { bitsOf } from '../harness/bits.js';
import { rowsOf, SECTIONS } from '../harness/layer-table/rows.js';
import { ownGru } from '../harness/own-cells.js';

const FILE = resolve('dist/inference/index.js');
const BATCH = 3;

/** Every layer in every form that the documentation lists; a cell of one's own is no kind that a file can name. */
const rows = Object.values(SECTIONS)
  .flat()
  .flatMap(rowsOf)
  .filter(({ layer }) => layer.definition.type !== ownGru.name);

/** Small whole numbers are ids to layers that take ids, and values to all others. */
const values = (shape: readonly number[]) => {
  const size = shape.reduce((product, n) => product * n, BATCH);
  return { data: Float32Array.from({ length: size }, (_, i) => (i * i) % 4), shape: [BATCH, ...shape] };
};

describe('recurra/inference as built', () => {
  let inference: typeof Inference;
  let kinds: Inference.LayerKind[];

  beforeAll(async () => {
    inference = await import(/* @vite-ignore */ FILE);
    kinds = Object.values(inference).filter(
      (value): value is Inference.LayerKind => typeof (value as Inference.LayerKind).define === 'function',
    );
  });

  it('brings no kernels of training', () => {
    const imports = readFileSync(FILE, 'utf8').matchAll(/from ?"([^"]+)"/g);
    expect([...new Set([...imports].map(([, from]) => from))]).toEqual(['../kernels/forward.js']);
  });

  it.each(rows.map((row) => [row.text, row] as const))('predicts with %s', (text, { layer, inputs }) => {
    const places = inputs.map((shape) => input({ shape: [...shape] }));
    const used = new Layer(layer.definition, layer.config, 'used');
    const net = model({ inputs: places, outputs: used.apply(places), seed: 3 });
    const all = inputs.map((shape) => values(shape as number[]));
    const isVariant = text.startsWith('lstm, ');
    const known = kinds.filter((kind) => kind !== (isVariant ? inference.lstm : inference.lstmVariant));
    const x = all.length === 1 ? all[0] : all;
    const expected = bitsOf(net.predict(x).data);
    expect(bitsOf(inference.load(net.save(), { layers: known }).predict(x).data)).toEqual(expected);
  });

  it('streams with 8-bit weights', () => {
    const { lstm } = Object.fromEntries(rows.map(({ text, layer }) => [text, layer]));
    const place = input({ shape: [null, 4] });
    const used = new Layer(lstm.definition, lstm.config, 'used');
    const net = quantize(model({ inputs: [place], outputs: used.apply(place), seed: 3 }));
    const [mine, theirs] = [inference.load(net.save(), { layers: kinds }).stream(), net.stream()];
    for (const frame of [
      [0.1, -0.4, 0.9, 0.3],
      [0.7, 0.2, -0.8, 0.5],
    ]) {
      expect(bitsOf(mine.step(frame))).toEqual(bitsOf(theirs.step(frame)));
    }
  });
});
