import { describe, expect, it } from 'vitest';
import { coreBytes } from '../../src/wasm/generated/portable/core.js';
import { decodeText } from '../../src/wasm/text.js';

describe('bytes as text', () => {
  it('are one character for what is frequent in kernels, two for the rest', () => {
    // Shifted by 3: 0xfd is the first value, the last single one is 84; pairs begin with the first two characters.
    expect([...decodeText('#')]).toEqual([0xfd]);
    expect([...decodeText('~')]).toEqual([83]);
    expect([...decodeText('  ')]).toEqual([84]);
    expect([...decodeText(' ~')]).toEqual([172]);
    expect([...decodeText('! ')]).toEqual([173]);
    expect([...decodeText('!u')]).toEqual([252]);
    expect([...decodeText('')]).toEqual([]);
  });

  it('give every byte back', () => {
    const alphabet = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter(
      (one) => !'"$\'<\\`'.includes(one),
    );
    const singles = alphabet.slice(2);
    const pairs = alphabet.slice(0, 2).flatMap((first) => alphabet.map((second) => first + second));
    const all = [...singles, ...pairs].slice(0, 256);
    expect(all.length).toBe(256);
    expect([...decodeText(all.join(''))]).toEqual(Array.from({ length: 256 }, (_, v) => (v + 253) % 256));
  });

  it('may be longer than what was decoded before', () => {
    expect(decodeText('#'.repeat(200_001)).length).toBe(200_001);
    expect([...decodeText('~#')]).toEqual([83, 0xfd]);
  });

  it('are a module', () => {
    const bytes = decodeText(coreBytes);
    expect([...bytes.subarray(0, 8)]).toEqual([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    expect(WebAssembly.validate(bytes)).toBe(true);
  });
});
