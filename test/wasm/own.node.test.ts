import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { input, KernelError, lstm, sequential, useKernels, ValueError } from '../../src/index.js';

const portable = new Uint8Array(readFileSync('build/portable.wasm'));

describe('kernels of one’s own', () => {
  const make = () => sequential([input({ shape: [7, 3] }), lstm({ units: 17 })], { seed: 2 });
  const x = { data: Float32Array.from({ length: 42 }, (_, i) => Math.sin(i)), shape: [2, 7, 3] };

  it('give the bits of those inside, as bytes and compiled', () => {
    const inside = make().predict(x);
    expect(useKernels(portable)).toBe('portable');
    expect(make().predict(x)).toEqual(inside);
    expect(useKernels(new WebAssembly.Module(portable))).toBe('portable');
    expect(make().predict(x)).toEqual(inside);
  });

  it('are refused when they are something else', () => {
    expect(() => useKernels('portable.wasm' as never)).toThrow(ValueError);
    expect(() => useKernels(portable.subarray(0, 500) as Uint8Array<ArrayBuffer>)).toThrow(KernelError);
    const lone = new Uint8Array(readFileSync('build/portable/lstm.wasm'));
    expect(() => useKernels(lone)).toThrow('useKernels: the module is not one of recurra/kernels');
  });

  it('are refused when they are of another version', () => {
    // The digest of the ABI is the constant that `abi` returns: i32.const in LEB128, behind the opcode 0x41.
    const { abi } = new WebAssembly.Instance(new WebAssembly.Module(portable), {
      env: { memory: new WebAssembly.Memory({ initial: 1 }) },
    }).exports as { abi: () => number };
    const digest = abi();
    const leb: number[] = [];
    for (let rest = digest, more = true; more; ) {
      const low = rest & 127;
      rest >>= 7;
      more = !((rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0));
      leb.push(more ? low | 128 : low);
    }
    const at = Buffer.from(portable).indexOf(Buffer.from([0x41, ...leb]));
    expect(at).toBeGreaterThan(0);
    const other = portable.slice();
    other[at + 1] ^= 1;
    expect(() => useKernels(other)).toThrow(
      'useKernels: the kernels are of another version than this JavaScript',
    );
  });
});
