import type { KernelName } from '../wasm/generated/abi.js';
import * as threadKernels from '../wasm/generated/thread-kernels.js';
import type { Kernel } from '../wasm/kernel.js';
import { cellCost } from './split-rule.js';

/**
 * Cells whose units are shared out (assembly/threads/units.ts): for batches smaller than the number of threads,
 * and where each thread's part of the weights fits into a cache that the whole does not.
 */
export interface UnitSplit {
  /** Takes [words, self, threads, ticket, from, to] and then the arguments of the kernel it stands for. */
  readonly kernel: Kernel;
  /** H */
  readonly units: number;
  /** Tickets that it uses: the barriers inside. */
  readonly tickets: number;
  /** Time of the whole call on one thread, a rough figure in nanoseconds. */
  readonly cost: number;
}

/** Gives the split of a call from its numbers, in the order of the kernel's arguments. */
export type UnitRule = (numbers: readonly number[]) => UnitSplit;

/** Parts begin at multiples of this: two panels of packed weights, a cache line of a state. */
export const UNIT_GRAIN = 16;

/** A sequence: T, B, BS, H, act, ...; `meetings` barriers a step. */
const sequence =
  (kernel: Kernel, G: number, meetings: (numbers: readonly number[]) => number): UnitRule =>
  (numbers) => {
    const [T, B, , H] = numbers;
    return { kernel, units: H, tickets: T * meetings(numbers), cost: T * cellCost(B, H, G * H * H) };
  };

/** One step: B, I, H, act, ... */
const step =
  (kernel: Kernel, G: number, tickets: number): UnitRule =>
  ([B, I, H]) => ({ kernel, units: H, tickets, cost: cellCost(B, H, G * H * (I + H)) });

const once = (): number => 1;
/** T, B, BS, H, act, ract, resetAfter: without it the candidate waits for the reset gate. */
const gruMeetings = (numbers: readonly number[]): number => (numbers[6] !== 0 ? 1 : 2);

/** The kernels whose units can be shared out. */
export const UNIT_SPLITS: { readonly [K in KernelName]?: UnitRule } = {
  lstm_forward: sequence(threadKernels.lstm_forward_units, 4, once),
  lstm_backward: sequence(threadKernels.lstm_backward_units, 4, once),
  lstm_step: step(threadKernels.lstm_step_units, 4, 1),
  gru_forward: sequence(threadKernels.gru_forward_units, 3, gruMeetings),
  gru_backward: sequence(threadKernels.gru_backward_units, 3, gruMeetings),
  gru_step: step(threadKernels.gru_step_units, 3, 2),
  rnn_forward: sequence(threadKernels.rnn_forward_units, 1, once),
  rnn_backward: sequence(threadKernels.rnn_backward_units, 1, once),
  rnn_step: step(threadKernels.rnn_step_units, 1, 1),
};
