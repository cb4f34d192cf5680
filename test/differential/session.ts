import { createRequire } from 'node:module';
import { type Tensor, tensor } from '../../src/index.js';

interface OrtTensor {
  readonly data: Float32Array | BigInt64Array | Int32Array;
  readonly dims: readonly number[];
}

interface Ort {
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    create(
      bytes: Uint8Array,
      options: object,
    ): Promise<{ run(feeds: object): Promise<Record<string, OrtTensor>>; release(): Promise<void> }>;
  };
}

const ort = createRequire(import.meta.url)('onnxruntime-node') as Ort;

/** Inputs that hold whole numbers, and of which type. */
export type Types = Readonly<Record<string, 'int32' | 'int64'>>;

/**
 * Outputs of onnxruntime-node.
 *
 * @param options of its session beside those of all
 * @throws Error where it does not take the file
 */
export async function runOrt(
  bytes: Uint8Array,
  feeds: Readonly<Record<string, Tensor>>,
  types: Types = {},
  options: object = {},
): Promise<Record<string, Tensor>> {
  const session = await ort.InferenceSession.create(bytes, {
    logSeverityLevel: 4,
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    ...options,
  });
  const given = Object.fromEntries(
    Object.entries(feeds).map(([name, { data, shape }]) => {
      const type = types[name] ?? 'float32';
      const numbers =
        type === 'int32'
          ? Int32Array.from(data)
          : type === 'int64'
            ? BigInt64Array.from([...data].map(BigInt))
            : data;
      return [name, new ort.Tensor(type, numbers, shape)];
    }),
  );
  const outputs = await session.run(given);
  await session.release();
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data, dims }]) => [
      name,
      tensor(Float32Array.from(data as Float32Array), [...dims]),
    ]),
  );
}

/** Largest difference of two outputs, over the scale of the expected one. */
export function difference(got: Tensor, expected: Tensor): number {
  if (got.shape.join() !== expected.shape.join()) {
    throw new Error(`shape [${got.shape}], expected [${expected.shape}]`);
  }
  const scale = expected.data.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
  let worst = 0;
  got.data.forEach((value, i) => {
    const other = expected.data[i];
    const apart = Object.is(value, other) || value === other ? 0 : Math.abs(value - other) / scale;
    worst = Number.isNaN(apart) ? Number.POSITIVE_INFINITY : Math.max(worst, apart);
  });
  return worst;
}
