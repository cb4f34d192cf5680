import { testData } from '../../harness/random.js';

/** Whole numbers from a seed: each call gives one from 0 to below n. */
export type Draw = (n: number) => number;

/** A stream of draws keyed by a seed. */
export function drawsFrom(seed: number): Draw {
  let position = 0;
  let block = testData(seed, 64, 0, 1);
  return (n) => {
    if (position === block.length) {
      position = 0;
      block = testData(Math.floor(block[0] * 2 ** 24), 64, 0, 1);
    }
    return Math.min(n - 1, Math.floor(block[position++] * n));
  };
}

/** Values that lengths and sizes are most often wrong with. */
const EXTREMES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

type Mutation = (bytes: Uint8Array, draw: Draw) => Uint8Array;

function spliced(bytes: Uint8Array, at: number, drop: number, add: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length - drop + add.length);
  result.set(bytes.subarray(0, at));
  result.set(add, at);
  result.set(bytes.subarray(at + drop), at + add.length);
  return result;
}

const letters = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  flipBits(bytes, draw) {
    const changed = bytes.slice();
    for (let i = draw(8); i >= 0; i--) changed[draw(bytes.length)] ^= 1 << draw(8);
    return changed;
  },
  cut: (bytes, draw) => bytes.slice(0, draw(bytes.length)),
  cutFront: (bytes, draw) => bytes.slice(draw(bytes.length)),
  drop: (bytes, draw) => spliced(bytes, draw(bytes.length - 9), 1 + draw(8), new Uint8Array(0)),
  insert(bytes, draw) {
    const more = Uint8Array.from({ length: 1 + draw(16) }, () => draw(256));
    return spliced(bytes, draw(bytes.length), 0, more);
  },
  extreme(bytes, draw) {
    const changed = bytes.slice();
    const view = new DataView(changed.buffer);
    const value = draw(3) === 0 ? bytes.length + draw(5) - 2 : EXTREMES[draw(EXTREMES.length)];
    view.setUint32(draw(bytes.length - 4), value, draw(4) > 0);
    return changed;
  },
  swap(bytes, draw) {
    const changed = bytes.slice();
    const size = 1 + draw(16);
    const [a, b] = [draw(bytes.length - size), draw(bytes.length - size)];
    changed.set(bytes.subarray(a, a + size), b);
    changed.set(bytes.subarray(b, b + size), a);
    return changed;
  },
  repeat(bytes, draw) {
    const from = draw(bytes.length);
    return spliced(bytes, draw(bytes.length), 0, bytes.slice(from, from + draw(256)));
  },
  hugeNumber(bytes, draw) {
    const digits = [...bytes.keys()].filter((i) => bytes[i] >= 0x30 && bytes[i] <= 0x39);
    if (digits.length === 0) return bytes;
    const numbers = ['99999999999999999999', '4294967296', '-1', '1e308', '0', '2147483648'];
    return spliced(bytes, digits[draw(digits.length)], 1, letters(numbers[draw(numbers.length)]));
  },
  nest(bytes, draw) {
    const open = ['[', '{"a":', '(', '\x28', '"'][draw(5)].repeat(1 + draw(3000));
    return spliced(bytes, draw(bytes.length), 0, letters(open));
  },
};

/** A damaged copy of a file: one to three mutations in turn. */
export function mutate(file: Uint8Array, draw: Draw): Uint8Array {
  const kinds = Object.values(MUTATIONS);
  let bytes = file;
  for (let i = draw(3); i >= 0; i--) {
    if (bytes.length > 16) bytes = kinds[draw(kinds.length)](bytes, draw);
  }
  return bytes;
}
