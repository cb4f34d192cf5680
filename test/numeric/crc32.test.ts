import { describe, expect, it } from 'vitest';
import { crc32 } from '../../src/numeric/crc32.js';

const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * i * 31) >> 3);

/** The definition, one bit at a time. */
function reference(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

describe('crc32', () => {
  it('gives the check value of the standard', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array(0))).toBe(0);
    expect(crc32(new TextEncoder().encode('The quick brown fox jumps over the lazy dog'))).toBe(0x414fa339);
  });

  it.each([1, 3, 4, 5, 7, 8, 9, 17, 33, 299])('is the definition for %i bytes, unaligned', (n) => {
    expect(crc32(bytes.subarray(1, 1 + n))).toBe(reference(bytes.subarray(1, 1 + n)));
  });

  it('continues from the bytes before', () => {
    for (const cut of [0, 1, 8, 100, 300])
      expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(crc32(bytes));
  });

  it('sees any flipped bit', () => {
    const want = crc32(bytes);
    for (let bit = 0; bit < 8 * bytes.length; bit += 7) {
      const damaged = bytes.slice();
      damaged[bit >> 3] ^= 1 << (bit & 7);
      expect(crc32(damaged)).not.toBe(want);
    }
  });
});
