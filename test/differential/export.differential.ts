import { describe, expect, it } from 'vitest';
import { exportOnnx } from '../../src/formats/onnx/index.js';
import type { Model } from '../../src/index.js';
import { EXPORT_CASES } from '../formats/onnx/export-cases.js';
import { difference, runOrt, type Types } from './session.js';

/** Of the scale of the output. */
const BOUND = 1e-5;

let largest = 0;

describe.each(Object.entries(EXPORT_CASES))(
  'exported, run by onnxruntime-node: %s',
  (_name, { make, inputs }) => {
    it.each([13, 17, 21])('opset %i', async (opset) => {
      const model = make();
      const given = inputs();
      const result = model.predict(given.length === 1 ? given[0] : given);
      const expected = Array.isArray(result) ? result : [result];
      const { inputNames, outputNames } = model.graph;
      const feeds = Object.fromEntries(inputNames.map((input, i) => [input, given[i]]));
      const types: Types = inputNames.includes('ids') ? { ids: 'int64' } : {};
      const got = await runOrt(exportOnnx(model as Model, { opset }), feeds, types);
      outputNames.forEach((output, i) => {
        const worst = difference(got[output], expected[i]);
        largest = Math.max(largest, worst);
        expect(worst, output).toBeLessThan(BOUND);
      });
    });
  },
);

it('differs by no more than is printed', () => {
  console.log(
    `${Object.keys(EXPORT_CASES).length} exported models: largest difference ${largest.toExponential(1)} of the scale`,
  );
  expect(largest).toBeLessThan(BOUND);
});
