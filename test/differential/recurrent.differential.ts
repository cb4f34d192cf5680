import { expect, it } from 'vitest';
import { importOnnx } from '../../src/formats/onnx/index.js';
import type { Tensor } from '../../src/index.js';
import { randomRecurrent } from './recurrent-models.js';
import { difference, runOrt } from './session.js';

const COUNT = Number(process.env.DIFFERENTIAL_RECURRENT ?? 1000);
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 1);

/** Of the scale of the output. */
const BOUND = 1e-5;

/** What came of a model. */
interface Tally {
  refused: number;
  overflows: number;
  unbounded: number;
  largest: number;
  readonly beyond: string[];
}

async function compare(i: number, tally: Tally): Promise<void> {
  const { text, bytes, feeds, types, clipsState } = randomRecurrent(SEED * 1_000_003 + i);
  let expected: Record<string, Tensor>;
  try {
    expected = await runOrt(bytes, feeds, types);
  } catch {
    tally.refused++;
    return;
  }
  // Its softplus is ln(1 + e^x), which overflows where x is above 88.
  if (Object.values(expected).some(({ data }) => !data.every(Number.isFinite))) {
    tally.overflows++;
    return;
  }
  const got = importOnnx(bytes).run(feeds);
  const worst = Math.max(...Object.entries(expected).map(([name, value]) => difference(got[name], value)));
  if (worst <= BOUND) tally.largest = Math.max(tally.largest, worst);
  // ONNX: clip "is applied to the input of activations", of which the state is one, for h. onnxruntime leaves it out.
  else if (clipsState) tally.unbounded++;
  else tally.beyond.push(`${i}: ${worst.toExponential(1)} ${text}`);
}

it(`${COUNT} random RNN, LSTM and GRU agree with onnxruntime-node`, async () => {
  const tally: Tally = { refused: 0, overflows: 0, unbounded: 0, largest: 0, beyond: [] };
  for (let i = 0; i < COUNT; i++) {
    await compare(i, tally).catch((error: Error) => {
      tally.beyond.push(`${i}: ${error.message}`);
    });
  }
  const { refused, overflows, unbounded, largest, beyond } = tally;
  console.log(
    `${COUNT} recurrent models: largest difference ${largest.toExponential(1)} of the scale, ${beyond.length} beyond ${BOUND}.\n` +
      `Left out: ${refused} that onnxruntime-node refuses, ${overflows} in which its softplus overflows, ` +
      `${unbounded} LSTMs whose state leaves the bound of clip, which it does not apply to it.`,
  );
  console.log(beyond.slice(0, 30).join('\n'));
  expect(beyond).toEqual([]);
});
