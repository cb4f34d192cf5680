import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '../../src/numeric/utf8.js';

/** Of one to four bytes a character, at every border between the lengths. */
const TEXTS = [
  '',
  'a',
  '100 %',
  '%25',
  '\u0000\u007f\u0080\u07ff\u0800\uffff',
  'größe',
  '時系列',
  '𝄞\u{10ffff}',
  '\ufeff{}',
];

/** Overlong forms, a lone continuation, halves of a pair, beyond the last character, cut short. */
const BROKEN = [
  [0xc0, 0x80],
  [0xe0, 0x80, 0x80],
  [0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xff],
  [0x61, 0xe6, 0x99],
];

describe('utf8', () => {
  it.each(TEXTS)('of %j: bytes and back', (text) => {
    const bytes = encodeUtf8(text);
    expect([...bytes]).toEqual([...new TextEncoder().encode(text)]);
    expect(decodeUtf8(bytes)).toBe(text);
  });

  it.each(BROKEN)('refuses %j', (...bytes) => {
    expect(() => decodeUtf8(Uint8Array.from(bytes as number[]))).toThrow(URIError);
  });

  it('refuses half of a pair', () => {
    expect(() => encodeUtf8('\ud834')).toThrow(URIError);
  });
});
