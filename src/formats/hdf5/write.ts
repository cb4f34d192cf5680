import type { Shape } from '../../shape.js';
import { MESSAGE } from './header.js';

/** What is written as an attribute: a text, or a list of texts. */
export type WrittenAttribute = string | readonly string[];

/** An array to write: floats, or whole numbers of 64 bits. */
export interface WrittenDataset {
  readonly shape: Shape;
  readonly data: Float32Array | BigInt64Array;
}

/** A group to write: attributes, then what is in it by name. */
export interface WrittenGroup {
  readonly attributes?: Readonly<Record<string, WrittenAttribute>>;
  readonly children?: ReadonlyMap<string, WrittenGroup | WrittenDataset>;
}

const padded = (size: number): number => Math.ceil(size / 8) * 8;
const UNDEFINED = 0xffff_ffff_ffff_ffffn;
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Bytes that grow, little-endian. */
class Block {
  private parts: number[] = [];

  u8(...values: number[]): this {
    this.parts.push(...values);
    return this;
  }

  u16(value: number): this {
    return this.u8(value & 255, (value >> 8) & 255);
  }

  u32(value: number): this {
    return this.u16(value & 0xffff).u16(value >>> 16);
  }

  u64(value: number | bigint): this {
    const whole = BigInt(value);
    return this.u32(Number(whole & 0xffff_ffffn)).u32(Number(whole >> 32n));
  }

  bytes(bytes: Iterable<number>): this {
    for (const byte of bytes) this.parts.push(byte);
    return this;
  }

  /** Zeros up to a multiple of 8. */
  pad(): this {
    while (this.parts.length % 8 > 0) this.parts.push(0);
    return this;
  }

  get length(): number {
    return this.parts.length;
  }

  get done(): Uint8Array {
    return Uint8Array.from(this.parts);
  }
}

const block = (): Block => new Block();

/** Types as messages hold them: class and version, flags, size, properties. */
const TYPES = {
  float32: () => block().u8(0x11, 0x20, 31, 0).u32(4).u16(0).u16(32).u8(23, 8, 0, 23).u32(127),
  int64: () => block().u8(0x10, 8, 0, 0).u32(8).u16(0).u16(64),
  /** Padded with zeros to a size. */
  text: (size: number) => block().u8(0x13, 1, 0, 0).u32(size),
  /** UTF-8 in a collection. */
  textElsewhere: () => block().u8(0x19, 1, 1, 0).u32(16).u8(0x10, 0, 0, 0).u32(1).u16(0).u16(8),
};

function space(shape: Shape): Block {
  const made = block().u8(1, shape.length).u8(0, 0, 0, 0, 0, 0);
  for (const size of shape) made.u64(size);
  return made;
}

/** The file so far: blocks at rising addresses. */
class Layout {
  private readonly blocks: [number, Uint8Array][] = [];
  end = SUPERBLOCK;

  add(bytes: Uint8Array): number {
    const at = this.end;
    this.blocks.push([at, bytes]);
    this.end = at + padded(bytes.length);
    return at;
  }

  finish(head: Uint8Array): Uint8Array {
    const file = new Uint8Array(this.end);
    file.set(head);
    for (const [at, bytes] of this.blocks) file.set(bytes, at);
    return file;
  }
}

const SUPERBLOCK = 96;

/** A message: type, size, flags, data padded to 8 bytes. */
function message(type: number, data: Block): Uint8Array {
  data.pad();
  return block().u16(type).u16(data.length).u8(0, 0, 0, 0).bytes(data.done).done;
}

/** Smallest collection that libhdf5 reads. */
const SMALLEST_COLLECTION = 4096;

/** A collection with one text; gives its address. */
function collection(layout: Layout, bytes: Uint8Array): number {
  const taken = 16 + 16 + padded(bytes.length);
  const size = Math.max(SMALLEST_COLLECTION, taken + 16);
  const file = new Uint8Array(size);
  file.set(
    block().bytes(encode('GCOL')).u8(1, 0, 0, 0).u64(size).u16(1).u16(1).u32(0).u64(bytes.length).done,
  );
  file.set(bytes, 32);
  file.set(
    block()
      .u16(0)
      .u16(0)
      .u32(0)
      .u64(size - taken).done,
    taken,
  );
  return layout.add(file);
}

function attribute(layout: Layout, name: string, value: WrittenAttribute): Uint8Array {
  const title = encode(`${name}\0`);
  let type: Block;
  let shape: Shape;
  const data = block();
  if (typeof value === 'string') {
    const bytes = encode(value);
    type = TYPES.textElsewhere();
    shape = [];
    data.u32(bytes.length).u64(collection(layout, bytes)).u32(1);
  } else {
    const texts = value.map(encode);
    const size = Math.max(1, ...texts.map((bytes) => bytes.length));
    type = TYPES.text(size);
    shape = [texts.length];
    for (const bytes of texts) data.bytes(bytes).bytes(new Uint8Array(size - bytes.length));
  }
  const sizes = space(shape);
  const made = block().u8(1, 0).u16(title.length).u16(type.length).u16(sizes.length);
  for (const part of [title, type.done, sizes.done]) made.bytes(part).pad();
  return message(MESSAGE.attribute, made.bytes(data.done));
}

/** An object header of version 1. */
function header(layout: Layout, messages: readonly Uint8Array[]): number {
  const size = messages.reduce((sum, { length }) => sum + length, 0);
  const head = block().u8(1, 0).u16(messages.length).u32(1).u32(size).u32(0).done;
  const bytes = new Uint8Array(head.length + size);
  bytes.set(head);
  let at = head.length;
  for (const part of messages) {
    bytes.set(part, at);
    at += part.length;
  }
  return layout.add(bytes);
}

function dataset(layout: Layout, { shape, data }: WrittenDataset): number {
  const type = data instanceof Float32Array ? TYPES.float32() : TYPES.int64();
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const place = bytes.length === 0 ? UNDEFINED : layout.add(bytes);
  return header(layout, [
    message(MESSAGE.dataspace, space(shape)),
    message(MESSAGE.datatype, type),
    message(MESSAGE.fillValue, block().u8(2, 2, 2, 1).u32(0)),
    message(MESSAGE.layout, block().u8(3, 1).u64(place).u64(bytes.length)),
  ]);
}

function link(name: string, at: number): Uint8Array {
  const bytes = encode(name);
  // Flags: names of up to 65535 bytes, in UTF-8.
  return message(MESSAGE.link, block().u8(1, 0x11, 1).u16(bytes.length).bytes(bytes).u64(at));
}

function group(layout: Layout, { attributes = {}, children = new Map() }: WrittenGroup): number {
  const links = [...children].map(([name, child]) =>
    link(name, 'data' in child ? dataset(layout, child) : group(layout, child)),
  );
  return header(layout, [
    message(MESSAGE.linkInfo, block().u8(0, 0).u64(UNDEFINED).u64(UNDEFINED)),
    message(MESSAGE.groupInfo, block().u8(0, 0)),
    ...links,
    ...Object.entries(attributes).map(([name, value]) => attribute(layout, name, value)),
  ]);
}

/**
 * Writes an HDF5 file that libhdf5 1.8 and later read: a superblock of version 0, groups whose links lie in their
 * headers, arrays in one piece. The same tree gives the same bytes.
 *
 * Source: HDF5 File Format Specification 3.0, The HDF Group
 */
export function writeHdf5(root: WrittenGroup): Uint8Array {
  const layout = new Layout();
  const at = group(layout, root);
  const head = block().u8(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a);
  head.u8(0, 0, 0, 0, 0, 8, 8, 0).u16(4).u16(16).u32(0);
  head.u64(0).u64(UNDEFINED).u64(layout.end).u64(UNDEFINED);
  head.u64(0).u64(at).u32(0).u32(0).u64(0).u64(0);
  return layout.finish(head.done);
}
