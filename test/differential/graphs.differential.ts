import { expect, it } from 'vitest';
import { importOnnx } from '../../src/formats/onnx/index.js';
import type { Tensor } from '../../src/index.js';
import { randomGraph } from './graph-models.js';
import { difference, runOrt } from './session.js';

const COUNT = Number(process.env.DIFFERENTIAL_GRAPHS ?? 200);
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 1);

/** Of the scale of the output. */
const BOUND = 1e-5;

it(`${COUNT} random graphs agree with onnxruntime-node`, async () => {
  let largest = 0;
  let refused = 0;
  const used = new Set<string>();
  const beyond: string[] = [];
  for (let i = 0; i < COUNT; i++) {
    const { text, bytes, feeds, ops } = randomGraph(SEED * 1_000_003 + i);
    let expected: Record<string, Tensor>;
    try {
      expected = await runOrt(bytes, feeds);
    } catch (error) {
      refused++;
      if (process.env.DIFFERENTIAL_SHOW) console.log(`${i}: ${(error as Error).message}\n  ${text}`);
      continue;
    }
    try {
      const worst = difference(importOnnx(bytes).run(feeds).y, expected.y);
      largest = Math.max(largest, worst);
      if (worst > BOUND) beyond.push(`${i}: ${worst.toExponential(1)} ${text}`);
      for (const op of ops) used.add(op);
    } catch (error) {
      beyond.push(`${i}: ${(error as Error).message}\n  ${text}`);
    }
  }
  console.log(
    `${COUNT} graphs of ${used.size} kinds of step: largest difference ${largest.toExponential(1)} of the scale, ` +
      `${beyond.length} beyond ${BOUND}, ${refused} that onnxruntime-node refuses`,
  );
  console.log(beyond.slice(0, 40).join('\n'));
  expect(beyond).toEqual([]);
});
