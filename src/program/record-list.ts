import { LOOP } from '../wasm/generated/abi.js';
import type { Family, Kernel } from '../wasm/kernel.js';
import type { Argument, Loop } from './recorder.js';
import { addressOf, Region } from './region.js';

interface Entry {
  readonly opcode: number;
  /** p, i or f for each argument. */
  readonly words: string;
  readonly args: readonly Argument[];
}

/** Records as `run` of the kernels reads them (scripts/kernel-sources.mjs): words of 4 bytes, an opcode first. */
export class RecordList {
  /** Size of all records. */
  bytes = 0;
  /** Families of the kernels that the records call. */
  readonly families = new Set<Family>();
  private base = 0;
  private readonly entries: Entry[] = [];
  /** Per call of the program: bytes in front of its records, and up to their end. */
  private readonly begins: number[] = [];
  private readonly ends: number[] = [];

  /** Adds what this thread does for the next call of the program: one record, several or none. */
  addCall(kernel: Kernel, argumentLists: readonly (readonly Argument[])[]): void {
    this.begins.push(this.bytes);
    for (const args of argumentLists) this.addRecord(kernel, args);
    this.ends.push(this.bytes);
  }

  /** Adds a loop over units `from` to `from + units` as the next call of the program; none for no units. */
  addLoop({ count, body }: Loop, from: number, units: number): void {
    this.begins.push(this.bytes);
    if (units > 0) {
      this.add({ opcode: LOOP.begin, words: 'i', args: [count] });
      const start = this.bytes;
      const moves: number[] = [];
      for (const { kernel, args } of body(from, units)) {
        const place = this.bytes - start + 4;
        const first = args.map((arg, i) => {
          if (typeof arg !== 'object' || arg === null || !('place' in arg)) return arg;
          if (arg.stride !== 0) moves.push(place + 4 * i, 4 * arg.stride);
          return arg.place;
        });
        this.addRecord(kernel, first);
      }
      const words = 'i'.repeat(1 + moves.length);
      this.add({ opcode: LOOP.end, words, args: [moves.length / 2, ...moves] });
    }
    this.ends.push(this.bytes);
  }

  /** Adds a record between two calls. */
  addBetween(kernel: Kernel, args: readonly Argument[]): void {
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

  private addRecord(kernel: Kernel, args: readonly Argument[]): void {
    this.families.add(kernel.family);
    this.add({ opcode: kernel.opcode, words: kernel.args, args });
  }

  private add(entry: Entry): void {
    this.entries.push(entry);
    this.bytes += 4 * (1 + entry.args.length);
  }
}

function resolve(arg: Argument): number {
  if (arg === null) return 0;
  if (typeof arg === 'number') return arg;
  return arg instanceof Region ? addressOf({ region: arg, offset: 0 }) : addressOf(arg);
}
