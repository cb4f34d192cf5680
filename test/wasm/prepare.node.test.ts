import { expect, it } from 'vitest';
import { prepare, runtimeInfo } from '../../src/index.js';

it('says what the engine could not give', async () => {
  const { relaxedSimd } = runtimeInfo();
  const asked = [
    { int8: true },
    { numerics: 'relaxed' as const },
    { numerics: 'relaxed' as const, int8: true },
  ];
  for (const options of asked) {
    const { numerics, int8, missing } = await prepare(options);
    expect(numerics).toBe(relaxedSimd ? (options.numerics ?? 'portable') : 'portable');
    expect(int8).toBe(relaxedSimd && ('int8' in options || runtimeInfo().int8Prepared));
    expect(missing.length).toBe(relaxedSimd ? 0 : 1);
  }
  await expect(prepare({ int8: 1 } as object)).rejects.toThrow('prepare: int8 must be true or false, got 1');
  await expect(prepare({ int: true } as object)).rejects.toThrow("unknown option 'int'");
  await expect(prepare({ numerics: 'fast' } as object)).rejects.toThrow("unknown numerics 'fast'");
});
