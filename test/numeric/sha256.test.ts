import { describe, expect, it } from 'vitest';
import { Sha256, sha256, sha256Hex } from '../../src/numeric/sha256.js';
import { testRandom } from '../harness/random.js';

const text = (s: string) => new TextEncoder().encode(s);

/** FIPS 180-4 and NIST's further examples; lengths on both sides of every padding boundary. */
const KNOWN: [string, Uint8Array, string][] = [
  ['no bytes', text(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', text('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    '448 bits',
    text('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'),
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  [
    '896 bits',
    text(
      'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
    ),
    'cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1',
  ],
  ['one byte', new Uint8Array([0xbd]), '68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b'],
  ['55 zeros', new Uint8Array(55), '02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7'],
  ['56 zeros', new Uint8Array(56), 'd4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb'],
  ['64 zeros', new Uint8Array(64), 'f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b'],
  [
    'a million times a',
    new Uint8Array(1_000_000).fill(97),
    'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
  ],
];

describe('sha256', () => {
  it.each(KNOWN)('%s', (_name, bytes, want) => {
    expect(sha256Hex(bytes)).toBe(want);
  });

  it('agrees with WebCrypto at every length up to 200, unaligned', async () => {
    const next = testRandom(5);
    const bytes = Uint8Array.from({ length: 203 }, () => 256 * next());
    for (let length = 0; length <= 200; length++) {
      const part = bytes.subarray(3, 3 + length);
      const want = new Uint8Array(await crypto.subtle.digest('SHA-256', part));
      expect(sha256(part)).toEqual(want);
    }
  });

  it('does not depend on how the bytes are cut', () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i * i);
    const next = testRandom(8);
    for (let trial = 0; trial < 20; trial++) {
      const hash = new Sha256();
      for (let at = 0; at < bytes.length; ) {
        const end = at + Math.floor(150 * next());
        hash.update(bytes.subarray(at, end));
        at = end;
      }
      expect(hash.hex()).toBe(sha256Hex(bytes));
    }
  });

  it('takes any typed array as its bytes', () => {
    const floats = Float32Array.from({ length: 40 }, (_, i) => i / 7);
    const bytes = new Uint8Array(floats.buffer, 12, 80);
    expect(sha256Hex(floats.subarray(3, 23))).toBe(sha256Hex(bytes));
    expect(sha256Hex(floats.buffer)).toBe(sha256Hex(new Uint8Array(floats.buffer)));
  });
});
