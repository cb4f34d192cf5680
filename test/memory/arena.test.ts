import { describe, expect, it } from 'vitest';
import { formatBytes } from '../../src/allocate.js';
import { MemoryError } from '../../src/errors.js';
import { Arena } from '../../src/memory/arena.js';

describe('Arena', () => {
  it('gives zeroed blocks on cache lines that do not overlap, and takes the first gap again', () => {
    const arena = new Arena();
    const a = arena.allocate(1000, 'a');
    const b = arena.allocate(64, 'b');
    const c = arena.allocate(64, 'c');
    expect([a % 64, b - a, c - b]).toEqual([0, 1024, 64]);
    arena.f32(a, 16).fill(3);
    arena.free(a);
    const d = arena.allocate(500, 'd');
    expect(d).toBe(a);
    expect([...arena.f32(d, 16)]).toEqual(new Array(16).fill(0));
    expect(arena.usage()).toEqual({ b: 64, c: 64, d: 512 });
  });

  it('remakes views after memory has grown', () => {
    const arena = new Arena();
    const at = arena.allocate(16, 'small');
    const view = arena.view(at, 4);
    view.f32.set([1, 2, 3, 4]);
    const before = view.f32;
    arena.allocate(8 << 20, 'large');
    expect(before.length).toBe(0);
    expect([...view.f32]).toEqual([1, 2, 3, 4]);
    expect(view.f32).toBe(view.f32);
  });

  it('says how much was asked for when memory cannot grow, and keeps what it has', () => {
    const arena = new Arena();
    const at = arena.allocate(64, 'weights');
    arena.f32(at, 1)[0] = 7;
    expect(() => arena.allocate(2 ** 33, 'workspace')).toThrow(MemoryError);
    expect(() => arena.allocate(2 ** 33, 'workspace')).toThrow(
      /workspace asked for 8\.00 GiB.*smaller batchSize/,
    );
    expect(arena.f32(at, 1)[0]).toBe(7);
    expect(arena.usage()).toEqual({ weights: 64 });
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.50 KiB'],
    [10 * 1024 * 1024, '10.0 MiB'],
    [3 * 2 ** 30, '3.00 GiB'],
  ])('%i is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
