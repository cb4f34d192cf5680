import { describeValue } from '../../describe.js';
import { ValueError } from '../../errors.js';
import { type Tensor, type TensorLike, tensorOf } from '../../tensor.js';

const LENGTH_BYTES = 8;
const ALIGNMENT = 8;

/**
 * Writes tensors as a safetensors file of type F32, in the order given.
 *
 * @param tensors by name; each a tensor or nested arrays
 * @param metadata texts kept in the file beside them
 * @throws ValueError or ShapeError when a value is no tensor or a text is none
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, TensorLike>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  checkTexts(metadata);
  const entries = Object.entries(tensors).map(([name, value]): [string, Tensor] => [
    name,
    tensorOf(`writeSafetensors: ${name}`, value),
  ]);
  const header = headerOf(entries, metadata);
  const space = entries.reduce((sum, [, { data }]) => sum + 4 * data.length, 0);
  const bytes = new Uint8Array(LENGTH_BYTES + header.length + space);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, LENGTH_BYTES);
  let at = LENGTH_BYTES + header.length;
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/** The header's bytes, with spaces behind so that the data begins at a multiple of 8. */
function headerOf(
  entries: readonly (readonly [string, Tensor])[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const header: Record<string, unknown> = Object.create(null);
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let at = 0;
  for (const [name, { data, shape }] of entries) {
    if (name === '__metadata__')
      throw new ValueError("writeSafetensors: no tensor can be named '__metadata__'");
    const end = at + 4 * data.length;
    header[name] = { dtype: 'F32', shape, data_offsets: [at, end] };
    at = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const padded = new Uint8Array(Math.ceil(text.length / ALIGNMENT) * ALIGNMENT).fill(0x20);
  padded.set(text);
  return padded;
}

function checkTexts(metadata: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value === 'string') continue;
    throw new ValueError(`writeSafetensors: metadata '${key}' must be a text, got ${describeValue(value)}`);
  }
}
