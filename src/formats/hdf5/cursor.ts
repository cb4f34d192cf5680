import { FormatError } from '../../errors.js';

/** An address that says "none". */
const UNDEFINED = 0xffff_ffff_ffff_ffffn;

/** The bytes of an HDF5 file, little-endian, read at addresses that are checked. */
export class Hdf5Bytes {
  private readonly view: DataView;

  constructor(
    readonly where: string,
    readonly bytes: Uint8Array,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  refuse(what: string): never {
    throw new FormatError(`${this.where}: ${what}`);
  }

  /** Throws unless `count` bytes lie at `at`. */
  check(at: number, count: number): void {
    if (at >= 0 && count >= 0 && at + count <= this.bytes.length) return;
    this.refuse(`the file ends within ${count} bytes at ${at}: it is cut short or damaged`);
  }

  u8(at: number): number {
    this.check(at, 1);
    return this.view.getUint8(at);
  }

  u16(at: number): number {
    this.check(at, 2);
    return this.view.getUint16(at, true);
  }

  u32(at: number): number {
    this.check(at, 4);
    return this.view.getUint32(at, true);
  }

  /** A length or count. */
  u64(at: number): number {
    this.check(at, 8);
    const value = this.view.getBigUint64(at, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) this.refuse(`a size of ${value} at ${at} is none`);
    return Number(value);
  }

  /** An address, or null where there is none. */
  address(at: number): number | null {
    this.check(at, 8);
    return this.view.getBigUint64(at, true) === UNDEFINED ? null : this.u64(at);
  }

  /** A number of 1, 2, 4 or 8 bytes. */
  sized(at: number, size: number): number {
    if (size === 1) return this.u8(at);
    if (size === 2) return this.u16(at);
    return size === 4 ? this.u32(at) : this.u64(at);
  }

  slice(at: number, count: number): Uint8Array {
    this.check(at, count);
    return this.bytes.subarray(at, at + count);
  }

  /** Throws unless a block begins with these letters. */
  expect(at: number, letters: string): void {
    const got = String.fromCharCode(...this.slice(at, letters.length));
    if (got !== letters) this.refuse(`expected a block ${letters} at ${at}: the file is damaged`);
  }

  /** Text up to `count` bytes or the first zero. */
  text(at: number, count: number): string {
    const bytes = this.slice(at, count);
    const end = bytes.indexOf(0);
    // A copy: TextDecoder refuses views on shared memory.
    return new TextDecoder().decode(bytes.slice(0, end < 0 ? count : end));
  }
}
