import { describe, expect, it } from 'vitest';
import { decodeHex, decodeHexPlain } from '../../src/wasm/hex.js';

const everyByte = Uint8Array.from({ length: 256 }, (_, i) => (i * 89) & 255);
const text = Array.from(everyByte, (byte) => byte.toString(16).padStart(2, '0')).join('');

describe.each([
  ['the engine', decodeHex],
  ['plain JavaScript', decodeHexPlain],
])('hexadecimal digits decoded by %s', (_, decode) => {
  it('give every byte back', () => {
    expect([...decode(text)]).toEqual([...everyByte]);
  });

  it('give nothing for nothing', () => {
    expect(decode('').length).toBe(0);
  });
});
