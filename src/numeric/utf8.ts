/**
 * UTF-8 by the functions for addresses, which every engine has: an AudioWorklet knows no TextDecoder.
 * Source: ECMAScript, sections Encode and Decode, which refuse what RFC 3629 does.
 */

const HEX = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).padStart(2, '0')}`);
const PERCENT = 0x25;

/**
 * The text of the bytes.
 * @throws URIError when they are not UTF-8
 */
export function decodeUtf8(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    text += byte < 0x80 && byte !== PERCENT ? String.fromCharCode(byte) : HEX[byte];
  }
  return decodeURIComponent(text);
}

/**
 * The bytes of a text.
 * @throws URIError for half of a surrogate pair
 */
export function encodeUtf8(text: string): Uint8Array {
  const escaped = encodeURIComponent(text);
  const bytes = new Uint8Array(escaped.length);
  let count = 0;
  for (let i = 0; i < escaped.length; i++) {
    if (escaped.charCodeAt(i) !== PERCENT) bytes[count++] = escaped.charCodeAt(i);
    else {
      bytes[count++] = Number.parseInt(escaped.slice(i + 1, i + 3), 16);
      i += 2;
    }
  }
  return bytes.slice(0, count);
}
