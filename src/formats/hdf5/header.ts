import type { Hdf5Bytes } from './cursor.js';

/** Kinds of messages in object headers. */
export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  fillValue: 0x05,
  link: 0x06,
  layout: 0x08,
  groupInfo: 0x0a,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

/** A message of an object header: where its data lies. */
export interface Message {
  readonly type: number;
  readonly at: number;
  readonly size: number;
}

interface Block {
  readonly from: number;
  readonly to: number;
}

/** How messages lie in a header's blocks. */
interface Style {
  /** Bytes in front of a message's data. */
  readonly front: number;
  /** Bytes of a type, 1 or 2. */
  readonly typeBytes: number;
  /** Where a message's flags stand. */
  readonly flags: number;
  /** What a continuation block has in front and behind. */
  readonly signature: number;
  readonly checksum: number;
}

/** Flag of a message that lies elsewhere. */
const SHARED = 2;

/** Header of version 1: a fixed part, then messages whose data are padded to 8 bytes. */
function firstOfOld(file: Hdf5Bytes, at: number): { style: Style; block: Block } {
  const size = file.u32(at + 8);
  return {
    style: { front: 8, typeBytes: 2, flags: 4, signature: 0, checksum: 0 },
    block: { from: at + 16, to: at + 16 + size },
  };
}

/** Header of version 2: parts that its flags announce, then messages. */
function firstOfNew(file: Hdf5Bytes, at: number): { style: Style; block: Block } {
  const version = file.u8(at + 4);
  if (version !== 2) file.refuse(`an object header of version ${version} is not read`);
  const flags = file.u8(at + 5);
  let from = at + 6;
  if (flags & 0x20) from += 16; // times
  if (flags & 0x10) from += 4; // when attributes move out of the header
  const width = 1 << (flags & 3);
  const size = file.sized(from, width);
  from += width;
  return {
    style: { front: flags & 4 ? 6 : 4, typeBytes: 1, flags: 3, signature: 4, checksum: 4 },
    block: { from, to: from + size },
  };
}

/**
 * The messages of the object header at an address, through all of its blocks.
 * @throws FormatError where a block is damaged or read twice
 */
export function readMessages(file: Hdf5Bytes, at: number): Message[] {
  const isNew = file.u8(at) === 0x4f; // 'O' of OHDR
  if (isNew) file.expect(at, 'OHDR');
  else if (file.u8(at) !== 1) file.refuse(`no object header at ${at}: the file is damaged`);
  const { style, block } = isNew ? firstOfNew(file, at) : firstOfOld(file, at);
  const blocks = [block];
  const seen = new Set<number>();
  const messages: Message[] = [];
  for (const { from, to } of blocks) {
    if (seen.has(from)) file.refuse(`an object header comes back to ${from}: the file is damaged`);
    seen.add(from);
    file.check(from, to - from);
    let place = from;
    while (place + style.front <= to) {
      const type = file.sized(place, style.typeBytes);
      const size = file.u16(place + style.typeBytes);
      const flags = file.u8(place + style.flags);
      const data = place + style.front;
      if (data + size > to) file.refuse(`a message at ${place} does not fit its header: the file is damaged`);
      place = data + size;
      if (type === 0) continue;
      if (flags & SHARED) file.refuse(`a message at ${data} is shared with other objects, which is not read`);
      if (type !== MESSAGE.continuation) messages.push({ type, at: data, size });
      else blocks.push(continued(file, data, style));
    }
  }
  return messages;
}

function continued(file: Hdf5Bytes, at: number, { signature, checksum }: Style): Block {
  const from = file.address(at);
  if (from === null) return file.refuse('an object header goes on nowhere: the file is damaged');
  if (signature > 0) file.expect(from, 'OCHK');
  return { from: from + signature, to: from + file.u64(at + 8) - checksum };
}
