import { importOnnx } from '../../../src/formats/onnx/index.js';
import { type Model, type Tensor, tensor } from '../../../src/index.js';
import { bytesOf } from '../../harness/base64.js';
import { testData } from '../../harness/random.js';

/** Tensors of a golden by name. */
type Listed = Readonly<Record<string, { readonly data: number[]; readonly shape: number[] }>>;

/** A file with what goes in and what PyTorch makes of it. */
interface Golden {
  readonly name: string;
  readonly file: string;
  readonly inputs: object;
}

export const tensors = (given: object): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(given as Listed).map(([name, { data, shape }]) => [name, tensor(data, shape)]),
  );

/** The import of a file of a list by its name, and what goes in. */
export const importedFrom = (cases: readonly Golden[]) => (name: string) => {
  const found = cases.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no file '${name}'`);
  return { ...importOnnx(bytesOf(found.file)), feeds: tensors(found.inputs) };
};

/** Two samples for a model, 4 steps where the length is open, as `predict` takes them. */
export function samplesFor({ graph }: Model<Tensor | Tensor[]>): Tensor | Tensor[] {
  const given = graph.inputs.map(({ shape }, i) => {
    const sizes = [2, ...shape.map((size) => size ?? 4)];
    return tensor(
      testData(
        i,
        sizes.reduce((a, b) => a * b, 1),
      ),
      sizes,
    );
  });
  return given.length === 1 ? given[0] : given;
}
