import { type Shape, sizeOf } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import { floatsFrom } from '../dtypes.js';
import { checkUnfolded } from '../file.js';
import { type AttributeValue, type Hdf5Attribute, readAttribute } from './attributes.js';
import { Hdf5Bytes } from './cursor.js';
import { MESSAGE, type Message, readMessages } from './header.js';
import { type Links, readLinks } from './links.js';
import { type Hdf5Type, readSpace, readType } from './types.js';

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Whether bytes begin as an HDF5 file does. */
export function isHdf5(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/** What all objects of one file share. */
interface Source {
  readonly file: Hdf5Bytes;
  /** Bytes that have been asked for. */
  unfolded: number;
  /** Bytes of the file that they are measured by. */
  readonly size: number;
}

/** What groups and datasets have in common: attributes by name. */
class Hdf5Object {
  private known: Map<string, Hdf5Attribute> | null = null;

  constructor(
    protected readonly source: Source,
    /** The way to it from the root: 'model_weights/lstm'. */
    readonly path: string,
    protected readonly messages: readonly Message[],
  ) {}

  /** The value of an attribute, or undefined. @throws FormatError */
  attribute(name: string): AttributeValue | undefined {
    if (this.known === null) {
      const { file } = this.source;
      this.known = new Map();
      for (const { type, at, size } of this.messages) {
        if (type !== MESSAGE.attribute) continue;
        const attribute = readAttribute(file, at, size);
        this.known.set(attribute.name, attribute);
      }
    }
    return this.known.get(name)?.value();
  }

  protected refuse(what: string): never {
    return this.source.file.refuse(`${this.path || '/'}: ${what}`);
  }
}

/** An array in a file. */
export class Hdf5Dataset extends Hdf5Object {
  /** Its sizes. @throws FormatError */
  get shape(): Shape {
    return readSpace(this.source.file, this.place(MESSAGE.dataspace, 'sizes').at);
  }

  /** Its elements as 32-bit floats. @throws FormatError for what is not there, or beyond measure */
  read(): Tensor {
    const { source, shape } = this;
    const { file } = source;
    const type = readType(file, this.place(MESSAGE.datatype, 'type').at);
    const dtype = this.dtypeOf(type);
    const count = sizeOf(shape);
    source.unfolded += 4 * count;
    checkUnfolded(`${file.where}: ${this.path}`, source.unfolded, source.size);
    const data = count === 0 ? new Uint8Array(0) : this.stored(count * type.size);
    return { data: floatsFrom(`${file.where}: ${this.path}`, data, dtype), shape };
  }

  private place(type: number, what: string): Message {
    return this.messages.find((message) => message.type === type) ?? this.refuse(`has no ${what}`);
  }

  /** Numbers of Keras's bfloat16 are bytes without a type, and an attribute that says so. */
  private dtypeOf({ kind, size, dtype }: Hdf5Type): string {
    if (kind === 'number') return dtype;
    if (kind === 'opaque' && size === 2 && this.attribute('dtype') === 'bfloat16') return 'BF16';
    return this.refuse('holds no numbers');
  }

  private stored(bytes: number): Uint8Array {
    const { file } = this.source;
    const { at } = this.place(MESSAGE.layout, 'data');
    const [version, layout] = [file.u8(at), file.u8(at + 1)];
    if (version !== 3 && version !== 4) this.refuse(`its layout is of version ${version}, which is not read`);
    if (layout === 0 && file.u16(at + 2) >= bytes) return file.slice(at + 4, bytes);
    if (layout === 1) {
      const from = file.address(at + 2);
      if (from !== null && file.u64(at + 10) >= bytes) return file.slice(from, bytes);
    }
    if (layout > 1)
      this.refuse('is cut into chunks, which are not read; h5repack -l CONTI FROM TO joins them');
    return this.refuse(`has no room for its ${bytes} bytes: the file is damaged`);
  }
}

/** Groups inside groups at most: hard links can make a circle. */
const DEEPEST = 64;

/** A folder in a file. */
export class Hdf5Group extends Hdf5Object {
  constructor(
    source: Source,
    path: string,
    messages: readonly Message[],
    private readonly links: Links,
    private readonly depth: number,
  ) {
    super(source, path, messages);
  }

  /** Names of what is in it. */
  get names(): string[] {
    return [...this.links.keys()];
  }

  /** What a path leads to, or undefined. @throws FormatError for an object that is neither group nor dataset */
  find(path: string): Hdf5Group | Hdf5Dataset | undefined {
    let found: Hdf5Group | Hdf5Dataset | undefined = this;
    for (const name of path.split('/')) {
      if (name === '') continue;
      if (!(found instanceof Hdf5Group)) return undefined;
      const at: number | undefined = found.links.get(name);
      if (at === undefined) return undefined;
      found = openObject(
        this.source,
        found.path === '' ? name : `${found.path}/${name}`,
        at,
        found.depth + 1,
      );
    }
    return found;
  }

  /** The group at a path, or undefined. */
  group(path: string): Hdf5Group | undefined {
    const found = this.find(path);
    return found instanceof Hdf5Group ? found : undefined;
  }

  /** The dataset at a path, or undefined. */
  dataset(path: string): Hdf5Dataset | undefined {
    const found = this.find(path);
    return found instanceof Hdf5Dataset ? found : undefined;
  }
}

function openObject(source: Source, path: string, at: number, depth: number): Hdf5Group | Hdf5Dataset {
  const { file } = source;
  if (depth > DEEPEST) file.refuse(`groups are nested more than ${DEEPEST} deep`);
  const messages = readMessages(file, at);
  const links = readLinks(file, messages);
  if (links !== null) return new Hdf5Group(source, path, messages, links, depth);
  return new Hdf5Dataset(source, path, messages);
}

/** Where the header of the root lies. */
function rootOf(file: Hdf5Bytes): number {
  const version = file.u8(8);
  if (version > 3) file.refuse(`an HDF5 file of version ${version} is not read`);
  const old = version < 2;
  const [offsets, lengths] = old ? [file.u8(13), file.u8(14)] : [file.u8(9), file.u8(10)];
  if (offsets !== 8 || lengths !== 8) file.refuse('addresses of other than 8 bytes are not read');
  const base = old ? (version === 0 ? 24 : 28) : 12;
  if (file.u64(base) !== 0) file.refuse('a file inside another is not read');
  return file.u64(old ? base + 40 : 36);
}

/**
 * The root of an HDF5 file: the part of the format that h5py writes for Keras. Arrays in one piece, groups of the old
 * and of the compact new form, attributes in headers. Nothing is read before it is asked for; every address is
 * checked; what is asked for in all stays within ten times the file.
 *
 * Source: HDF5 File Format Specification 3.0, The HDF Group
 * @param size bytes of the file that these bytes were packed in
 * @throws FormatError
 */
export function readHdf5(where: string, bytes: Uint8Array, size = bytes.length): Hdf5Group {
  const file = new Hdf5Bytes(where, bytes);
  if (!isHdf5(bytes)) file.refuse(`these ${bytes.length} bytes are no HDF5 file`);
  const root = openObject({ file, unfolded: 0, size }, '', rootOf(file), 0);
  if (root instanceof Hdf5Group) return root;
  return file.refuse('the root is no group: the file is damaged');
}
