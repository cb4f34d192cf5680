import { expect, it } from 'vitest';
import { importOnnx } from '../../src/formats/onnx/index.js';
import { randomPattern } from './pattern-models.js';
import { difference, runOrt } from './session.js';

const COUNT = Number(process.env.DIFFERENTIAL_PATTERNS ?? 400);
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 1);

/** Operations as they are spelled: some layer normalizations differ by 4e-4 where it fuses them itself. */
const UNFUSED = { graphOptimizationLevel: 'disabled' };

/** Of the scale of the output. */
const BOUND = 1e-5;

it(`${COUNT} layers that are spelled out are found, and agree with onnxruntime-node`, async () => {
  let largest = 0;
  let refused = 0;
  const counts = new Map<string, number>();
  const beyond: string[] = [];
  for (let i = 0; i < COUNT; i++) {
    const { text, bytes, feeds, kind } = randomPattern(SEED * 1_000_003 + i);
    try {
      const expected = await runOrt(bytes, feeds, {}, UNFUSED).catch((error: Error) => {
        refused++;
        if (process.env.DIFFERENTIAL_SHOW) console.log(`${i}: ${error.message}\n  ${text}`);
        return null;
      });
      if (expected === null) continue;
      const { model, run } = importOnnx(bytes);
      const got = run(feeds);
      const worst = Math.max(...Object.keys(expected).map((name) => difference(got[name], expected[name])));
      largest = Math.max(largest, worst);
      if (worst > BOUND) beyond.push(`${i}: ${worst.toExponential(1)} ${text}`);
      const types = model.graph.layers.map(({ layer }) => layer.definition.type);
      if (types.includes(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
      else beyond.push(`${i}: no ${kind} but ${types.join()}: ${text}`);
    } catch (error) {
      beyond.push(`${i}: ${(error as Error).message}\n  ${text}`);
    }
  }
  const found = [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
  console.log(
    `${COUNT} layers spelled out (${found}): largest difference ${largest.toExponential(1)} of the scale, ` +
      `${beyond.length} beyond ${BOUND} or not found, ${refused} that onnxruntime-node refuses`,
  );
  console.log(beyond.slice(0, 40).join('\n'));
  expect(beyond).toEqual([]);
});
