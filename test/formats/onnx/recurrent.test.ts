import { describe, expect, it } from 'vitest';
import { importOnnx, onnxCells } from '../../../src/formats/onnx/index.js';
import { load, type Tensor, tensor } from '../../../src/index.js';
import golden from '../../golden/onnx_files.json' with { type: 'json' };
import { bytesOf } from '../../harness/base64.js';
import { bitsOf } from '../../harness/bits.js';

/** Against double precision. Measured: 4.8e-7. */
const DIFFERENCE = 1e-6;

type Tensors = Readonly<
  Record<string, { readonly data: readonly number[]; readonly shape: readonly number[] }>
>;

const tensors = (given: object): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(given as Tensors).map(([name, { data, shape }]) => [name, tensor(data, shape)]),
  );

describe.each(golden.recurrent)('importOnnx: $name', ({ file, inputs, outputs }) => {
  const imported = importOnnx(bytesOf(file));

  it("gives the outputs of ONNX's equations", () => {
    const got = imported.run(tensors(inputs));
    expect(Object.keys(got)).toEqual(Object.keys(outputs));
    for (const [name, { data, shape }] of Object.entries(tensors(outputs))) {
      expect(got[name].shape, name).toEqual(shape);
      got[name].data.forEach((value, i) => {
        expect(Math.abs(value - data[i]), `${name}[${i}]`).toBeLessThanOrEqual(DIFFERENCE);
      });
    }
  });

  it('is a model like any other: saved and loaded, it gives the same bits', () => {
    const { model } = imported;
    const names = imported.inputs.map(({ name }) => name);
    const given = names.map((name, i) => {
      const { shape } = model.graph.inputs[i];
      const sizes = [2, ...shape.map((size) => size ?? 3)];
      const count = sizes.reduce((a, b) => a * b, 1);
      return tensor(
        Float32Array.from({ length: count }, (_, at) => Math.sin(at + name.length)),
        sizes,
      );
    });
    const fed = given.length === 1 ? given[0] : given;
    const list = (result: Tensor | Tensor[]) => (Array.isArray(result) ? result : [result]);
    const again = list(load(model.save(), { cells: onnxCells }).predict(fed) as Tensor | Tensor[]);
    list(model.predict(fed)).forEach((output, i) => {
      expect(bitsOf(again[i].data)).toEqual(bitsOf(output.data));
    });
  });
});
