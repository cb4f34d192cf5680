import { compileNow } from './features.js';
import { BYTES } from './generated/text.js';

const PAGE = 65536;

/** The module that decodes (assembly/text/decode.ts), over a memory of its own. */
let decoder: { readonly memory: WebAssembly.Memory; decode(end: number): number } | undefined;

function makeDecoder(): NonNullable<typeof decoder> {
  const bytes = Uint8Array.from(BYTES.match(/../g) as string[], (digits) => Number.parseInt(digits, 16));
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(compileNow(bytes), { env: { memory } });
  return { memory, decode: exports.decode as (end: number) => number };
}

/**
 * Decodes bytes that were written as text (scripts/bytes-text.mjs). A byte is one character or two, and no character is
 * part of two bytes, so that compression finds in the text what it finds in the bytes; docs/decisions/0002 has the figures.
 *
 * @returns the bytes until the next call: whoever keeps them copies them
 */
export function decodeText(text: string): Uint8Array<ArrayBuffer> {
  decoder ??= makeDecoder();
  const { memory } = decoder;
  const missing = text.length - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  const bytes = new Uint8Array(memory.buffer);
  if (typeof TextEncoder === 'undefined') {
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  } else new TextEncoder().encodeInto(text, bytes);
  return bytes.subarray(0, decoder.decode(text.length));
}
