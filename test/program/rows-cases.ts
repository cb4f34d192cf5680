import type { KernelName } from '../../src/wasm/generated/abi.js';

/** A call to share out, as test/program/split.test.ts reads it. */
interface Case {
  readonly kernel: KernelName;
  readonly floats: readonly number[];
  readonly numbers: readonly number[];
}

const SIGMOID = 2;

/** Kernels, how many addresses they take, and the numbers behind the row strides. */
const KERNELS: readonly [KernelName, number, readonly number[]][] = [
  ['rows_combine', 3, [0]],
  ['rows_combine', 3, [1]],
  ['rows_combine', 3, [2]],
  ['rows_combine', 3, [3]],
  ['rows_affine', 2, [0.3, -0.7]],
  ['rows_settle', 2, []],
  ['rows_activation', 2, [SIGMOID]],
  ['rows_slope', 4, [SIGMOID]],
];

/** Rows and columns, without gaps, and with strides that differ from address to address. */
export const ROWS_CASES: readonly Case[] = [1, 3, 4, 5, 17, 33].flatMap((n) =>
  [3, 40].flatMap((R) =>
    KERNELS.flatMap(([kernel, places, rest]) =>
      [0, 2].map((gap) => {
        const strides = Array.from({ length: places }, (_, i) => n + gap * i);
        return { kernel, floats: strides.map((ld) => R * ld), numbers: [R, n, ...strides, ...rest] };
      }),
    ),
  ),
);
