import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as full from '../../src/index.js';
import type * as Inference from '../../src/inference/index.js';
import type * as Streaming from '../../src/streaming/index.js';
import { bitsOf } from '../harness/bits.js';
import { rowsOf, SECTIONS } from '../harness/layer-table/rows.js';
import { ownGru } from '../harness/own-cells.js';

const { dense, input, Layer, lstm, model, quantize, sequential } = full;

const FILE = resolve('dist/streaming/index.js');
const STEPS = 5;

/** Every layer in every form that the documentation lists and that takes one input; no cells of one's own. */
const rows = Object.values(SECTIONS)
  .flat()
  .flatMap(rowsOf)
  .filter(({ layer, inputs }) => layer.definition.type !== ownGru.name && inputs.length === 1);

/** Small whole numbers are ids to layers that take ids, and values to all others. */
const frameAt = (t: number, size: number) => Float32Array.from({ length: size }, (_, i) => (i + t) ** 2 % 4);

describe('recurra/streaming as built', () => {
  let streaming: typeof Streaming;
  let kinds: Streaming.LayerKind[];

  beforeAll(async () => {
    streaming = await import(/* @vite-ignore */ FILE);
    kinds = Object.values(streaming).filter(
      (value): value is Streaming.LayerKind => typeof (value as Streaming.LayerKind).define === 'function',
    );
  });

  it('brings kernels of streams alone', () => {
    const imports = readFileSync(FILE, 'utf8').matchAll(/from ?"([^"]+)"/g);
    expect([...new Set([...imports].map(([, from]) => from))].sort()).toEqual([
      '../kernels/forward.js',
      '../kernels/steps.js',
    ]);
  });

  it.each(rows.map((row) => [row.text, row] as const))(
    'streams %s, or refuses as recurra does',
    (text, row) => {
      const place = input({ shape: [...row.inputs[0]] });
      const used = new Layer(row.layer.definition, row.layer.config, 'used');
      const net = model({ inputs: place, outputs: used.apply(place), seed: 3 });
      const known = kinds.filter(
        (kind) => kind !== (text.startsWith('lstm, ') ? streaming.lstm : streaming.lstmVariant),
      );
      const loaded = streaming.load(net.save(), { layers: known });
      for (const batchSize of [1, 5]) {
        let theirs: ReturnType<typeof net.stream>;
        try {
          theirs = net.stream({ batchSize, maxSteps: STEPS });
        } catch (error) {
          expect(() => loaded.stream({ batchSize, maxSteps: STEPS })).toThrow((error as Error).message);
          continue;
        }
        const mine = loaded.stream({ batchSize, maxSteps: STEPS });
        expect([mine.inputSize, mine.outputSize]).toEqual([theirs.inputSize, theirs.outputSize]);
        const outputs = Array.from({ length: STEPS }, (_, t) => {
          const frame = frameAt(t, theirs.inputSize);
          const expected = bitsOf(theirs.step(frame));
          expect(bitsOf(mine.step(frame))).toEqual(expected);
          return expected;
        });
        mine.reset();
        expect(bitsOf(mine.step(frameAt(0, theirs.inputSize)))).toEqual(outputs[0]);
      }
    },
  );

  it.each(
    [...new Set(rows.map(({ layer }) => layer.definition.type))].filter((type) =>
      /^(lstm|gru|simpleRNN)$/.test(type),
    ),
  )('streams %s with 8-bit weights', (type) => {
    const { layer } = rows.find((row) => row.layer.definition.type === type) as (typeof rows)[number];
    const place = input({ shape: [null, 4] });
    const used = new Layer(layer.definition, layer.config, 'used');
    const net = quantize(model({ inputs: [place], outputs: used.apply(place), seed: 3 }));
    const [mine, theirs] = [streaming.load(net.save(), { layers: kinds }).stream(), net.stream()];
    for (let t = 0; t < STEPS; t++) {
      const frame = Float32Array.from([0.1 * t, -0.4, 0.9, 0.3]);
      expect(bitsOf(mine.step(frame))).toEqual(bitsOf(theirs.step(frame)));
    }
  });

  it('keeps a state to come back to, and refuses what it does not take', () => {
    const net = sequential([input({ shape: [null, 3] }), lstm({ units: 4 }), dense({ units: 2 })], {
      seed: 1,
    });
    const loaded = streaming.load(net.save(), { layers: [streaming.lstm, streaming.dense] });
    expect(loaded.parameterCount).toBe(net.parameterCount);
    const stream = loaded.stream();
    stream.step([1, 2, 3]);
    const state = stream.getState();
    const next = bitsOf(stream.step([0, 1, 0]));
    stream.setState(state);
    expect(bitsOf(stream.step([0, 1, 0]))).toEqual(next);
    expect(() => stream.step([1, 2])).toThrow(/stream: frame has 2 values, expected 3/);
    expect(() => stream.setState([])).toThrow(/stream: state has 0 parts, expected 2/);
    expect(() => loaded.stream({ attention: true } as never)).toThrow(/unknown option 'attention'/);
    expect(() => loaded.stream({ batchSize: 0 })).toThrow(/batchSize must be a whole number/);
    expect(() => streaming.load(net.save(), { layers: [streaming.dense] })).toThrow(
      /layer of type 'lstm', which is not among layers/,
    );
    const cut = net.save().slice(0, 100);
    expect(() => streaming.load(cut, { layers: kinds })).toThrow(streaming.FormatError);
    const { stream: _, ...rest } = loaded as unknown as Record<string, unknown>;
    expect('predict' in rest).toBe(false);
  });

  it('throws errors that are of the kinds of the other entries', async () => {
    const inference: typeof Inference = await import(/* @vite-ignore */ resolve('dist/inference/index.js'));
    const caught = (work: () => unknown) => {
      try {
        work();
      } catch (error) {
        return error;
      }
    };
    const bytes = sequential([input({ shape: [null, 3] }), lstm({ units: 4 })]).save();
    const theirs = caught(() => streaming.load(bytes, { layers: [] }));
    for (const entry of [streaming, inference, full]) {
      expect(theirs instanceof entry.UnknownNameError).toBe(true);
      expect(theirs instanceof entry.ValueError).toBe(true);
      expect(theirs instanceof entry.RecurraError).toBe(true);
      expect(theirs instanceof entry.FormatError).toBe(false);
    }
    expect(
      caught(() => inference.load(bytes.slice(9), { layers: [] })) instanceof streaming.FormatError,
    ).toBe(true);
  });

  it('refuses a model with inputs to be given whole', () => {
    const [a, b] = [input({ shape: [null, 4], name: 'a' }), input({ shape: [4], name: 'b' })];
    const joined = lstm({ units: 4 }).apply([a, b, b]);
    const net = model({ inputs: [a, b], outputs: joined });
    expect(() => streaming.load(net.save(), { layers: kinds }).stream()).toThrow(
      'stream: the model has 2 inputs, expected one: recurra/inference takes the others whole',
    );
  });
});
