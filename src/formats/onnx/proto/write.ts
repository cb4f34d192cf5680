// The messages of onnx.proto that an export writes, with their field numbers there.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  type AttributeProto,
  emptyAttribute,
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueProto,
} from './messages.js';

/** AttributeProto.AttributeType. */
const TYPE = { float: 1, int: 2, text: 3, tensor: 4, graph: 5, floats: 6, ints: 7, texts: 8 } as const;

const letters = new TextEncoder();

/** Attributes of nodes. */
export const attribute = {
  float: (name: string, f: number): AttributeProto => ({ ...emptyAttribute(name), type: TYPE.float, f }),
  int: (name: string, i: number): AttributeProto => ({ ...emptyAttribute(name), type: TYPE.int, i }),
  text: (name: string, s: string): AttributeProto => ({
    ...emptyAttribute(name),
    type: TYPE.text,
    s: letters.encode(s),
  }),
  tensor: (name: string, t: TensorProto): AttributeProto => ({
    ...emptyAttribute(name),
    type: TYPE.tensor,
    t,
  }),
  graph: (name: string, g: GraphProto): AttributeProto => ({ ...emptyAttribute(name), type: TYPE.graph, g }),
  floats: (name: string, floats: number[]): AttributeProto => ({
    ...emptyAttribute(name),
    type: TYPE.floats,
    floats,
  }),
  ints: (name: string, ints: number[]): AttributeProto => ({
    ...emptyAttribute(name),
    type: TYPE.ints,
    ints,
  }),
  texts: (name: string, list: readonly string[]): AttributeProto => ({
    ...emptyAttribute(name),
    type: TYPE.texts,
    strings: list.map((text) => letters.encode(text)),
  }),
} as const;

/** TensorProto.DataType of what is written. */
export const DATA_TYPE = { float: 1, int64: 7, bool: 9, double: 11 } as const;

/** Floats as a tensor of a file. */
export function floatTensor(name: string, data: Float32Array, dims: readonly number[]): TensorProto {
  const raw = new Uint8Array(4 * data.length);
  const view = new DataView(raw.buffer);
  data.forEach((value, i) => {
    view.setFloat32(4 * i, value, true);
  });
  return { name, dims: [...dims], type: DATA_TYPE.float, raw, numbers: [], external: false };
}

/** Whole numbers as a tensor of a file: a list, or one number. */
export function intTensor(name: string, numbers: number | readonly number[]): TensorProto {
  const list = typeof numbers === 'number' ? [numbers] : numbers;
  const raw = new Uint8Array(8 * list.length);
  const view = new DataView(raw.buffer);
  list.forEach((value, i) => {
    view.setBigInt64(8 * i, BigInt(value), true);
  });
  const dims = typeof numbers === 'number' ? [] : [list.length];
  return { name, dims, type: DATA_TYPE.int64, raw, numbers: [], external: false };
}

type Write = (to: BinaryWriter) => void;

function message(to: BinaryWriter, field: number, write: Write): void {
  to.tag(field, WireType.LengthDelimited).fork();
  write(to);
  to.join();
}

const text = (to: BinaryWriter, field: number, value: string): void => {
  to.tag(field, WireType.LengthDelimited).string(value);
};

const bytes = (to: BinaryWriter, field: number, value: Uint8Array): void => {
  to.tag(field, WireType.LengthDelimited).bytes(value);
};

const whole = (to: BinaryWriter, field: number, value: number): void => {
  to.tag(field, WireType.Varint).int64(value);
};

function writeTensor(to: BinaryWriter, { name, dims, type, raw }: TensorProto): void {
  for (const size of dims) whole(to, 1, size);
  whole(to, 2, type);
  if (name !== '') text(to, 8, name);
  bytes(to, 9, raw ?? new Uint8Array(0));
}

function writeAttribute(to: BinaryWriter, a: AttributeProto): void {
  text(to, 1, a.name);
  if (a.type === TYPE.float) to.tag(2, WireType.Bit32).float(a.f);
  if (a.type === TYPE.int) whole(to, 3, a.i);
  if (a.s !== null) bytes(to, 4, a.s);
  const { t, g } = a;
  if (t !== null) message(to, 5, () => writeTensor(to, t));
  if (g !== null) message(to, 6, () => writeGraph(to, g));
  for (const f of a.floats) to.tag(7, WireType.Bit32).float(f);
  for (const i of a.ints) whole(to, 8, i);
  for (const s of a.strings) bytes(to, 9, s);
  whole(to, 20, a.type);
}

function writeNode(to: BinaryWriter, node: NodeProto): void {
  for (const name of node.inputs) text(to, 1, name);
  for (const name of node.outputs) text(to, 2, name);
  if (node.name !== '') text(to, 3, node.name);
  text(to, 4, node.op);
  for (const a of node.attributes) message(to, 5, () => writeAttribute(to, a));
  if (node.domain !== '') text(to, 7, node.domain);
}

function writeValue(to: BinaryWriter, { name, type, dims }: ValueProto): void {
  text(to, 1, name);
  message(to, 2, () =>
    message(to, 1, () => {
      whole(to, 1, type);
      message(to, 2, () => {
        for (const dim of dims ?? []) {
          message(to, 1, () => {
            if (dim.value !== null) whole(to, 1, dim.value);
            else if (dim.name !== '') text(to, 2, dim.name);
          });
        }
      });
    }),
  );
}

function writeGraph(to: BinaryWriter, graph: GraphProto): void {
  for (const node of graph.nodes) message(to, 1, () => writeNode(to, node));
  text(to, 2, graph.name);
  for (const tensor of graph.constants) message(to, 5, () => writeTensor(to, tensor));
  for (const value of graph.inputs) message(to, 11, () => writeValue(to, value));
  for (const value of graph.outputs) message(to, 12, () => writeValue(to, value));
}

function writeOpsets(to: BinaryWriter, field: number, opsets: Iterable<readonly [string, number]>): void {
  for (const [domain, version] of opsets) {
    message(to, field, () => {
      text(to, 1, domain);
      whole(to, 2, version);
    });
  }
}

/** A function names the domains of the operators that it calls, which may be functions of the file too. */
function writeFunction(to: BinaryWriter, own: FunctionProto, opsets: ReadonlyMap<string, number>): void {
  text(to, 1, own.name);
  for (const name of own.inputs) text(to, 4, name);
  for (const name of own.outputs) text(to, 5, name);
  for (const node of own.nodes) message(to, 7, () => writeNode(to, node));
  text(to, 8, own.doc);
  const called = new Set(['', ...own.nodes.map(({ domain }) => domain)]);
  writeOpsets(
    to,
    9,
    [...opsets].filter(([domain]) => called.has(domain)),
  );
  text(to, 10, own.domain);
}

/** The bytes of a file; `ir` is the version of the format. */
export function writeModel({ opsets, graph, functions }: ModelProto, ir: number): Uint8Array {
  const to = new BinaryWriter();
  whole(to, 1, ir);
  text(to, 2, 'recurra');
  if (graph !== null) message(to, 7, () => writeGraph(to, graph));
  writeOpsets(to, 8, opsets);
  for (const own of functions) message(to, 25, () => writeFunction(to, own, opsets));
  return to.finish();
}
