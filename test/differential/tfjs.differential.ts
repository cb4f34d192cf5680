import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { exportTfjs, importTfjs } from '../../src/formats/tfjs/index.js';
import type { Tensor } from '../../src/index.js';
import { drawsFrom } from '../formats/fuzz/mutate.js';
import { largestDifference } from '../formats/keras/files.js';
import {
  fillWeights,
  inputsFor,
  loadedModel,
  modelsOf,
  outputsOf,
  savedFiles,
} from '../golden/tfjs_files.mjs';
import { randomTfjs } from './tfjs-models.js';

const COUNT = Number(process.env.DIFFERENTIAL_TFJS ?? 200);
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 1);

/** Of the scale of the output. */
const BOUND = 1e-6;

/** Of the weights of random models: large ones would carry rounding from step to step and grow it. */
const SCALE = 0.4;

// biome-ignore lint/suspicious/noExplicitAny: its types need the whole of its package
const tf: any = createRequire(import.meta.url)('@tensorflow/tfjs');

interface Listed {
  readonly shape: number[];
  readonly data: Float32Array;
}

function worst(got: readonly Listed[], expected: readonly Listed[]): number {
  expect(got.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  return Math.max(...expected.map(({ data }, i) => largestDifference(got[i].data, data)));
}

/** There and here, and there again from what is written here: largest differences. */
async function compare(
  make: () => unknown,
  seed: number,
  { vocabulary, scale }: { vocabulary?: number; scale?: number } = {},
): Promise<[number, number]> {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const theirs: any = make();
  fillWeights(tf, theirs, seed, scale);
  const inputs: Listed[] = inputsFor(theirs, seed + 77, vocabulary);
  const expected: Listed[] = outputsOf(tf, theirs, inputs);
  const ours = importTfjs(await savedFiles(tf, theirs));
  const got = [ours.predict(inputs.length === 1 ? inputs[0] : inputs)].flat() as (Tensor & Listed)[];
  const files = exportTfjs(ours);
  expect(importTfjs(files).fingerprint()).toBe(ours.fingerprint());
  const back: Listed[] = outputsOf(tf, await loadedModel(tf, files), inputs);
  tf.disposeVariables();
  return [worst(got, expected), worst(got, back)];
}

it.each(Object.entries<() => unknown>(modelsOf(tf)))(
  'agrees with tfjs: %s',
  async (name: string, make: () => unknown) => {
    const [read, written] = await compare(make, 5, name.startsWith('ids') ? { vocabulary: 5 } : {});
    expect(Math.max(read, written)).toBeLessThan(BOUND);
  },
);

it(`${COUNT} random models agree with tfjs, read and written`, async () => {
  let [read, written] = [0, 0];
  for (let i = 0; i < COUNT; i++) {
    const { text, make } = randomTfjs(tf, drawsFrom(SEED * 1_000_003 + i));
    const [a, b] = await compare(make, i + 1, { scale: SCALE }).catch((error: Error) => {
      throw new Error(`model ${i} of seed ${SEED}: ${text}: ${error.message}`, { cause: error });
    });
    expect(Math.max(a, b), `${i}: ${text}`).toBeLessThan(BOUND);
    [read, written] = [Math.max(read, a), Math.max(written, b)];
  }
  console.log(
    `${COUNT} models of tfjs ${tf.version.tfjs}: largest difference ${read.toExponential(1)} of the scale when read, ` +
      `${written.toExponential(1)} when written and read there`,
  );
});
