import { FormatError } from '../../errors.js';

/** A name that a pickle would import: never looked up, only compared. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/** A call that a pickle would make: of a global, with values. Never made. */
export class PickleCall {
  constructor(
    readonly of: PickleGlobal,
    readonly args: readonly unknown[],
  ) {}
}

/** An object outside the pickle: for PyTorch, the storage of a tensor. */
export class PickleReference {
  constructor(readonly id: unknown) {}
}

/** What a pickle may call: all else is refused as it is read. */
export type Allowed = (name: string) => boolean;

const MARK = Symbol('mark');
const NEWLINE = 0x0a;

/** Reads numbers and texts of a pickle, and refuses to read behind its end. */
class Source {
  at = 0;
  private readonly view: DataView;

  constructor(
    private readonly where: string,
    private readonly bytes: Uint8Array,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  refuse(what: string): FormatError {
    return new FormatError(`${this.where}: the pickle ${what}`);
  }

  private take(count: number): number {
    const from = this.at;
    if (count < 0 || count > this.bytes.length - from)
      throw this.refuse(`ends within an entry at byte ${from}`);
    this.at += count;
    return from;
  }

  u8(): number {
    return this.bytes[this.take(1)];
  }

  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  i32(): number {
    return this.view.getInt32(this.take(4), true);
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  u64(): number {
    return Number(this.view.getBigUint64(this.take(8), true));
  }

  f64(): number {
    return this.view.getFloat64(this.take(8), false);
  }

  text(length: number): string {
    const from = this.take(length);
    return new TextDecoder().decode(this.bytes.slice(from, from + length));
  }

  /** A little-endian whole number of any sign, in up to 8 bytes. */
  long(length: number): number {
    if (length > 8) throw this.refuse(`has a number of ${length} bytes`);
    const from = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[from + i]);
    return length === 0 ? 0 : Number(BigInt.asIntN(8 * length, value));
  }

  line(): string {
    const end = this.bytes.indexOf(NEWLINE, this.at);
    if (end < 0) throw this.refuse(`ends within a line at byte ${this.at}`);
    const text = this.text(end - this.at);
    this.at = end + 1;
    return text;
  }
}

/** The machine that a pickle is a program for, without the parts that import, call and build. */
class Machine {
  private readonly stack: unknown[] = [];
  private readonly memo: unknown[] = [];

  constructor(
    readonly source: Source,
    private readonly allowed: Allowed,
  ) {}

  pop(): unknown {
    if (this.stack.length === 0 || this.stack.at(-1) === MARK)
      throw this.source.refuse('takes from an empty stack');
    return this.stack.pop();
  }

  top(): unknown {
    const value = this.pop();
    this.stack.push(value);
    return value;
  }

  push(value: unknown): void {
    this.stack.push(value);
  }

  mark(): void {
    this.stack.push(MARK);
  }

  /** What lies above the last mark. */
  toMark(): unknown[] {
    const from = this.stack.lastIndexOf(MARK);
    if (from < 0) throw this.source.refuse('goes back to a mark that is not there');
    const values = this.stack.splice(from);
    return values.slice(1);
  }

  last(count: number): unknown[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  remember(index = this.memo.length): void {
    if (index > this.source.at) throw this.source.refuse(`remembers value ${index} of fewer`);
    this.memo[index] = this.top();
  }

  recall(index: number): void {
    if (!(index in this.memo)) throw this.source.refuse(`recalls value ${index}, which it has not kept`);
    this.push(this.memo[index]);
  }

  global(name: string): void {
    if (!this.allowed(name)) throw this.source.refuse(`asks for ${name}, which a state dict does not need`);
    this.push(new PickleGlobal(name));
  }

  call(): void {
    const args = this.pop();
    const of = this.pop();
    if (!(of instanceof PickleGlobal) || !Array.isArray(args))
      throw this.source.refuse('calls what is no name');
    // A dictionary by its class is a dictionary; all else stays the call that was asked for.
    this.push(of.name === 'collections.OrderedDict' ? new Map() : new PickleCall(of, args));
  }

  setItems(items: readonly unknown[]): void {
    const target = this.top();
    if (!(target instanceof Map) || items.length % 2 !== 0)
      throw this.source.refuse('sets entries of no dictionary');
    for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
  }

  append(items: readonly unknown[]): void {
    const target = this.top();
    if (!Array.isArray(target)) throw this.source.refuse('appends to no list');
    for (const item of items) target.push(item);
  }
}

type Opcode = (m: Machine) => void;

/** Opcodes by their byte, as in Python's pickletools; STOP is apart. */
const OPCODES: Readonly<Record<string, Opcode>> = {
  '\x80': (m) => void m.source.u8(),
  '\x95': (m) => void m.source.u64(),
  '(': (m) => m.mark(),
  '0': (m) => void m.pop(),
  N: (m) => m.push(null),
  '\x88': (m) => m.push(true),
  '\x89': (m) => m.push(false),
  J: (m) => m.push(m.source.i32()),
  K: (m) => m.push(m.source.u8()),
  M: (m) => m.push(m.source.u16()),
  '\x8a': (m) => m.push(m.source.long(m.source.u8())),
  G: (m) => m.push(m.source.f64()),
  X: (m) => m.push(m.source.text(m.source.u32())),
  '\x8c': (m) => m.push(m.source.text(m.source.u8())),
  '\x8d': (m) => m.push(m.source.text(m.source.u64())),
  '}': (m) => m.push(new Map()),
  ']': (m) => m.push([]),
  ')': (m) => m.push([]),
  t: (m) => m.push(m.toMark()),
  l: (m) => m.push(m.toMark()),
  d: (m) => {
    const items = m.toMark();
    m.push(new Map());
    m.setItems(items);
  },
  '\x85': (m) => m.push(m.last(1)),
  '\x86': (m) => m.push(m.last(2)),
  '\x87': (m) => m.push(m.last(3)),
  a: (m) => m.append(m.last(1)),
  e: (m) => m.append(m.toMark()),
  s: (m) => m.setItems(m.last(2)),
  u: (m) => m.setItems(m.toMark()),
  q: (m) => m.remember(m.source.u8()),
  r: (m) => m.remember(m.source.u32()),
  '\x94': (m) => m.remember(),
  h: (m) => m.recall(m.source.u8()),
  j: (m) => m.recall(m.source.u32()),
  c: (m) => m.global(`${m.source.line()}.${m.source.line()}`),
  '\x93': (m) => m.global(m.last(2).join('.')),
  Q: (m) => m.push(new PickleReference(m.pop())),
  R: (m) => m.call(),
  // BUILD gives an object its attributes: a state dict's are versions of modules, and not kept.
  b: (m) => void m.pop(),
};

const STOP = 0x2e;

/**
 * Reads a pickle as data: dictionaries as Map, lists and tuples as arrays, numbers, texts. Nothing is imported,
 * called or built: a call stays a {@link PickleCall}, and a name that is not allowed is an error at once.
 * @throws FormatError
 */
export function readPickle(where: string, bytes: Uint8Array, allowed: Allowed): unknown {
  const source = new Source(where, bytes);
  const machine = new Machine(source, allowed);
  for (;;) {
    const at = source.at;
    const code = source.u8();
    if (code === STOP) return machine.pop();
    const opcode = OPCODES[String.fromCharCode(code)];
    if (opcode === undefined) {
      throw source.refuse(
        `has opcode 0x${code.toString(16)} at byte ${at}, which a state dict does not need`,
      );
    }
    opcode(machine);
  }
}
