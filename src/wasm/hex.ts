type Decoder = (text: string) => Uint8Array<ArrayBuffer>;

/** What the engine brings: `Uint8Array.fromHex` (ES2026), or Node's `Buffer`. */
function nativeDecoder(): Decoder | undefined {
  const { fromHex } = Uint8Array as { fromHex?: Decoder };
  if (fromHex !== undefined) return (text) => fromHex.call(Uint8Array, text);
  const { Buffer } = globalThis as {
    Buffer?: { from(text: string, encoding: 'hex'): Uint8Array<ArrayBuffer> };
  };
  return Buffer === undefined ? undefined : (text) => Buffer.from(text, 'hex');
}

/** Decodes lowercase hexadecimal digits, in plain JavaScript. */
export function decodeHexPlain(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length >> 1);
  const digit = (at: number) => {
    const code = text.charCodeAt(at);
    return (code & 15) + 9 * (code >> 6);
  };
  for (let i = 0; i < bytes.length; i++) bytes[i] = (digit(2 * i) << 4) | digit(2 * i + 1);
  return bytes;
}

/** Decodes lowercase hexadecimal digits, by the engine where it can. */
export function decodeHex(text: string): Uint8Array<ArrayBuffer> {
  return (nativeDecoder() ?? decodeHexPlain)(text);
}
