import { KERNELS, type KernelName, THREAD_KERNELS, type ThreadKernelName } from '../wasm/generated/abi.js';
import type { Argument } from './recorder.js';
import { addressOf, Region } from './region.js';

interface Entry {
  readonly opcode: number;
  /** p, i or f for each argument. */
  readonly words: string;
  readonly args: readonly Argument[];
}

/** Records as `run` of the kernels reads them: [opcode, argument, argument, ...], 4 bytes each. */
export class RecordList {
  /** Size of all records. */
  bytes = 0;
  private base = 0;
  private readonly entries: Entry[] = [];
  /** Per call of the program: bytes in front of its records, and up to their end. */
  private readonly begins: number[] = [];
  private readonly ends: number[] = [];

  /** Adds what this thread does for the next call of the program: one record, several or none. */
  addCall(kernel: KernelName | ThreadKernelName, argumentLists: readonly (readonly Argument[])[]): void {
    this.begins.push(this.bytes);
    for (const args of argumentLists) this.addRecord(kernel, args);
    this.ends.push(this.bytes);
  }

  /** Adds a record between two calls. */
  addBetween(kernel: ThreadKernelName, args: readonly Argument[]): void {
    this.addRecord(kernel, args);
  }

  /** Says where the records will lie. */
  place(base: number): void {
    this.base = base;
  }

  /** Address of the first record of a call; behind everything for the position after the last call. */
  begin(position: number): number {
    return this.base + (position < this.begins.length ? this.begins[position] : this.bytes);
  }

  /** Address behind the last record of the calls before a position. */
  end(position: number): number {
    return this.base + (position === 0 ? 0 : this.ends[position - 1]);
  }

  /** Writes the records to their place. Every region must have its address. */
  write(memory: WebAssembly.Memory): void {
    const view = new DataView(memory.buffer, this.base, this.bytes);
    let at = 0;
    for (const { opcode, words, args } of this.entries) {
      view.setInt32(at, opcode, true);
      at += 4;
      args.forEach((arg, i) => {
        const value = resolve(arg);
        if (words[i] === 'f') view.setFloat32(at, value, true);
        else view.setInt32(at, value, true);
        at += 4;
      });
    }
  }

  private addRecord(kernel: KernelName | ThreadKernelName, args: readonly Argument[]): void {
    const { opcode, args: words } = { ...KERNELS, ...THREAD_KERNELS }[kernel];
    this.entries.push({ opcode, words, args });
    this.bytes += 4 * (1 + args.length);
  }
}

function resolve(arg: Argument): number {
  if (arg === null) return 0;
  if (typeof arg === 'number') return arg;
  return arg instanceof Region ? addressOf({ region: arg, offset: 0 }) : addressOf(arg);
}
