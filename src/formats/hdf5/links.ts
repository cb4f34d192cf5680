import type { Hdf5Bytes } from './cursor.js';
import { MESSAGE, type Message } from './header.js';

/** Where an object's header lies, by the name that a group has for it. */
export type Links = Map<string, number>;

function addLink(file: Hdf5Bytes, links: Links, name: string, at: number): void {
  if (links.has(name)) file.refuse(`'${name}' is in a group twice`);
  links.set(name, at);
}

/** A link message: version, flags, what they announce, the name, an address. */
function readLink(file: Hdf5Bytes, at: number, links: Links): void {
  const flags = file.u8(at + 1);
  let place = at + 2;
  const type = flags & 8 ? file.u8(place++) : 0;
  if (flags & 4) place += 8; // order of creation
  if (flags & 16) place += 1; // encoding
  const width = 1 << (flags & 3);
  const length = file.sized(place, width);
  const name = file.text(place + width, length);
  if (type !== 0) file.refuse(`'${name}' is a link to another place or file, which is not read`);
  const target = file.address(place + width + length);
  if (target === null) file.refuse(`'${name}' is nowhere: the file is damaged`);
  else addLink(file, links, name, target);
}

/** Bytes of an entry of a symbol table. */
const ENTRY = 40;
/** The kind of entry that is a soft link. */
const SOFT = 2;

/** The links of an old group: a tree whose leaves are tables of names in a heap and addresses. */
function readSymbolTable(file: Hdf5Bytes, at: number, links: Links): void {
  const [tree, heap] = [file.address(at), file.address(at + 8)];
  if (tree === null || heap === null) return;
  file.expect(heap, 'HEAP');
  const names = file.address(heap + 24) ?? file.refuse('names of a group are nowhere: the file is damaged');
  const namesEnd = names + file.u64(heap + 8);
  const seen = new Set<number>();
  const waiting = [tree];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (seen.has(node)) file.refuse(`a tree comes back to ${node}: the file is damaged`);
    seen.add(node);
    if (file.u8(node) === 0x54) {
      file.expect(node, 'TREE');
      const count = file.u16(node + 6);
      const children = Array.from({ length: count }, (_, i) => file.u64(node + 32 + 16 * i));
      waiting.push(...children.reverse());
      continue;
    }
    file.expect(node, 'SNOD');
    const count = file.u16(node + 6);
    for (let i = 0; i < count; i++) {
      const entry = node + 8 + ENTRY * i;
      const from = names + file.u64(entry);
      if (from > namesEnd) file.refuse('a name of a group is outside its names: the file is damaged');
      const name = file.text(from, Math.min(namesEnd, file.bytes.length) - from);
      if (file.u32(entry + 16) === SOFT) file.refuse(`'${name}' is a soft link, which is not read`);
      addLink(file, links, name, file.u64(entry + 8));
    }
  }
}

/** The links of a group, or null for what is none. @throws FormatError */
export function readLinks(file: Hdf5Bytes, messages: readonly Message[]): Links | null {
  const links: Links = new Map();
  let isGroup = false;
  for (const { type, at } of messages) {
    if (type === MESSAGE.symbolTable) readSymbolTable(file, at, links);
    else if (type === MESSAGE.link) readLink(file, at, links);
    else if (type === MESSAGE.linkInfo) {
      const heap = at + (file.u8(at + 1) & 1 ? 10 : 2);
      if (file.address(heap) !== null) {
        file.refuse(
          'a group keeps its links in a heap, which is not read; h5repack -L FROM TO writes them otherwise',
        );
      }
    } else continue;
    isGroup = true;
  }
  return isGroup ? links : null;
}
