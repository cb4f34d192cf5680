import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { RecurraError } from '../../../errors.js';

/** Reads one field of a message from where the reader stands. */
export type Field<M> = (message: M, reader: BinaryReader, wire: WireType) => void;

/** The fields of a message by number; others are passed over. */
export type Fields<M> = Readonly<Record<number, Field<M>>>;

/** What stands where protobuf allows something else. */
export class WireError extends Error {}

function expectWire(wire: WireType, expected: WireType): void {
  if (wire !== expected) throw new WireError(`a field of wire type ${wire} where ${expected} is meant`);
}

/** Fills a message from its bytes. @throws WireError, RangeError and what else the reader throws */
export function readMessage<M>(bytes: Uint8Array, message: M, fields: Fields<M>): M {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    const field = fields[number];
    if (field !== undefined) field(message, reader, wire);
    else if (wire === WireType.StartGroup || wire === WireType.EndGroup) throw new WireError('a group');
    else reader.skip(wire, number);
  }
  return message;
}

/** A part of the file: no copy. */
export function bytesField(reader: BinaryReader, wire: WireType): Uint8Array {
  expectWire(wire, WireType.LengthDelimited);
  return reader.bytes();
}

/** A text. */
export function textField(reader: BinaryReader, wire: WireType): string {
  expectWire(wire, WireType.LengthDelimited);
  return reader.string();
}

/** A whole number of up to 64 bits; beyond 2^53 the nearest double. */
export function intField(reader: BinaryReader, wire: WireType): number {
  expectWire(wire, WireType.Varint);
  return Number(reader.int64());
}

/** A float. */
export function floatField(reader: BinaryReader, wire: WireType): number {
  expectWire(wire, WireType.Bit32);
  return reader.float();
}

/** Adds the numbers of a repeated field, packed or one by one. */
function numbersField(
  to: number[],
  reader: BinaryReader,
  wire: WireType,
  one: (reader: BinaryReader) => number,
  plain: WireType,
): void {
  if (wire === plain) {
    to.push(one(reader));
    return;
  }
  const packed = new BinaryReader(bytesField(reader, wire));
  while (packed.pos < packed.len) to.push(one(packed));
}

/** A repeated whole number. */
export function intsField(to: number[], reader: BinaryReader, wire: WireType): void {
  numbersField(to, reader, wire, (from) => Number(from.int64()), WireType.Varint);
}

/** A repeated unsigned number. */
export function unsignedField(to: number[], reader: BinaryReader, wire: WireType): void {
  numbersField(to, reader, wire, (from) => Number(from.uint64()), WireType.Varint);
}

/** A repeated float. */
export function floatsField(to: number[], reader: BinaryReader, wire: WireType): void {
  numbersField(to, reader, wire, (from) => from.float(), WireType.Bit32);
}

/** A repeated double. */
export function doublesField(to: number[], reader: BinaryReader, wire: WireType): void {
  numbersField(to, reader, wire, (from) => from.double(), WireType.Bit64);
}

/** Runs a reader; what the library throws becomes `refuse(its message)`. */
export function reading<R>(read: () => R, refuse: (why: string) => Error): R {
  try {
    return read();
  } catch (error) {
    if (error instanceof RecurraError) throw error;
    throw refuse(error instanceof Error ? error.message : String(error));
  }
}
