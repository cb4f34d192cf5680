import { describe, expect, it } from 'vitest';
import { dense, FormatError, input, load, lstm, sequential } from '../../src/index.js';

function small(): Uint8Array {
  const net = sequential([input({ shape: [null, 2] }), lstm({ units: 2 }), dense({ units: 1 })], { seed: 1 });
  net.compile({ optimizer: 'adam', loss: 'mse', metrics: ['mae'] });
  return net.save();
}

describe('a saved file', () => {
  const bytes = small();

  it('is refused with any single bit flipped', () => {
    const accepted: number[] = [];
    for (let bit = 0; bit < 8 * bytes.length; bit += bit < 4096 ? 1 : 7) {
      const flipped = bytes.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      try {
        load(flipped);
        accepted.push(bit);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }
    expect(accepted).toEqual([]);
  });

  it('is refused when cut short anywhere', () => {
    for (let length = 0; length < bytes.length; length += length < 64 ? 1 : 37) {
      expect(() => load(bytes.slice(0, length)), String(length)).toThrow(FormatError);
    }
  });

  it('is refused when it is of a later version, and says so', () => {
    const later = bytes.slice();
    new DataView(later.buffer).setUint32(8, 99, true);
    expect(() => load(later)).toThrow(FormatError);
  });

  it('still loads whole', () => {
    expect(load(bytes).fingerprint()).toBe(load(bytes.slice()).fingerprint());
  });
});
