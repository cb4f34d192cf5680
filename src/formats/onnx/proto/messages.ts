// The messages of onnx.proto that an import needs, with their field numbers there.
import {
  bytesField,
  doublesField,
  type Fields,
  floatField,
  floatsField,
  intField,
  intsField,
  readMessage,
  textField,
  unsignedField,
  WireError,
} from './read.js';

/** Numbers with a shape, as the file keeps them. */
export interface TensorProto {
  name: string;
  readonly dims: number[];
  /** Code of the type of number. */
  type: number;
  /** Little-endian, row by row; or null where the numbers stand in a list. */
  raw: Uint8Array | null;
  readonly numbers: number[];
  /** True where the numbers are in another file. */
  external: boolean;
}

/** A setting of a node. */
export interface AttributeProto {
  name: string;
  type: number;
  f: number;
  i: number;
  s: Uint8Array | null;
  t: TensorProto | null;
  g: GraphProto | null;
  /** Inside a function: the attribute of its use that is meant; '' for none. */
  ref: string;
  readonly floats: number[];
  readonly ints: number[];
  readonly strings: Uint8Array[];
}

/** One use of an operator. An empty name among inputs or outputs leaves that one out. */
export interface NodeProto {
  name: string;
  op: string;
  domain: string;
  readonly inputs: string[];
  readonly outputs: string[];
  readonly attributes: AttributeProto[];
}

/** Size of an axis: a number, a name, or neither. */
export interface DimensionProto {
  value: number | null;
  name: string;
}

/** A value that goes in or out. */
export interface ValueProto {
  name: string;
  type: number;
  dims: DimensionProto[] | null;
}

/** A graph. */
export interface GraphProto {
  name: string;
  readonly nodes: NodeProto[];
  readonly constants: TensorProto[];
  readonly inputs: ValueProto[];
  readonly outputs: ValueProto[];
}

/** An operator that the file itself defines by others. */
export interface FunctionProto {
  name: string;
  domain: string;
  /** What is said of it; recurra writes there which layer it is. */
  doc: string;
  readonly inputs: string[];
  readonly outputs: string[];
  /** Names of attributes of its uses. */
  readonly attributes: string[];
  /** Attributes that a use need not give. */
  readonly defaults: AttributeProto[];
  readonly nodes: NodeProto[];
}

/** A file. */
export interface ModelProto {
  /** Versions of the operator sets by domain; '' is ONNX's own. */
  readonly opsets: Map<string, number>;
  graph: GraphProto | null;
  readonly functions: FunctionProto[];
}

const tensorFields: Fields<TensorProto> = {
  1: (m, r, w) => intsField(m.dims, r, w),
  2: (m, r, w) => {
    m.type = intField(r, w);
  },
  4: (m, r, w) => floatsField(m.numbers, r, w),
  5: (m, r, w) => intsField(m.numbers, r, w),
  7: (m, r, w) => intsField(m.numbers, r, w),
  8: (m, r, w) => {
    m.name = textField(r, w);
  },
  9: (m, r, w) => {
    m.raw = bytesField(r, w);
  },
  10: (m, r, w) => doublesField(m.numbers, r, w),
  11: (m, r, w) => unsignedField(m.numbers, r, w),
  14: (m, r, w) => {
    m.external = intField(r, w) === 1;
  },
};

/** A TensorProto from its bytes. */
export function readTensor(bytes: Uint8Array): TensorProto {
  const empty: TensorProto = { name: '', dims: [], type: 0, raw: null, numbers: [], external: false };
  return readMessage(bytes, empty, tensorFields);
}

const attributeFields: Fields<AttributeProto> = {
  1: (m, r, w) => {
    m.name = textField(r, w);
  },
  2: (m, r, w) => {
    m.f = floatField(r, w);
  },
  3: (m, r, w) => {
    m.i = intField(r, w);
  },
  4: (m, r, w) => {
    m.s = bytesField(r, w);
  },
  5: (m, r, w) => {
    m.t = readTensor(bytesField(r, w));
  },
  6: (m, r, w) => {
    m.g = readGraph(bytesField(r, w));
  },
  7: (m, r, w) => floatsField(m.floats, r, w),
  8: (m, r, w) => intsField(m.ints, r, w),
  9: (m, r, w) => {
    m.strings.push(bytesField(r, w));
  },
  20: (m, r, w) => {
    m.type = intField(r, w);
  },
  21: (m, r, w) => {
    m.ref = textField(r, w);
  },
};

/** An attribute without a value. */
export const emptyAttribute = (name: string): AttributeProto => ({
  ...{ name, type: 0, f: 0, i: 0, s: null, t: null, g: null, ref: '' },
  ...{ floats: [], ints: [], strings: [] },
});

const readAttribute = (bytes: Uint8Array): AttributeProto =>
  readMessage(bytes, emptyAttribute(''), attributeFields);

const nodeFields: Fields<NodeProto> = {
  1: (m, r, w) => {
    m.inputs.push(textField(r, w));
  },
  2: (m, r, w) => {
    m.outputs.push(textField(r, w));
  },
  3: (m, r, w) => {
    m.name = textField(r, w);
  },
  4: (m, r, w) => {
    m.op = textField(r, w);
  },
  5: (m, r, w) => {
    m.attributes.push(readAttribute(bytesField(r, w)));
  },
  7: (m, r, w) => {
    m.domain = textField(r, w);
  },
};

const readNode = (bytes: Uint8Array): NodeProto =>
  readMessage(bytes, { name: '', op: '', domain: '', inputs: [], outputs: [], attributes: [] }, nodeFields);

const dimensionFields: Fields<DimensionProto> = {
  1: (m, r, w) => {
    m.value = intField(r, w);
  },
  2: (m, r, w) => {
    m.name = textField(r, w);
  },
};

const shapeFields: Fields<DimensionProto[]> = {
  1: (m, r, w) => {
    m.push(readMessage(bytesField(r, w), { value: null, name: '' }, dimensionFields));
  },
};

const tensorTypeFields: Fields<ValueProto> = {
  1: (m, r, w) => {
    m.type = intField(r, w);
  },
  2: (m, r, w) => {
    m.dims = readMessage(bytesField(r, w), [], shapeFields);
  },
};

const typeFields: Fields<ValueProto> = {
  1: (m, r, w) => {
    readMessage(bytesField(r, w), m, tensorTypeFields);
  },
};

const valueFields: Fields<ValueProto> = {
  1: (m, r, w) => {
    m.name = textField(r, w);
  },
  2: (m, r, w) => {
    readMessage(bytesField(r, w), m, typeFields);
  },
};

const readValue = (bytes: Uint8Array): ValueProto =>
  readMessage(bytes, { name: '', type: 0, dims: null }, valueFields);

const graphFields: Fields<GraphProto> = {
  1: (m, r, w) => {
    m.nodes.push(readNode(bytesField(r, w)));
  },
  2: (m, r, w) => {
    m.name = textField(r, w);
  },
  5: (m, r, w) => {
    m.constants.push(readTensor(bytesField(r, w)));
  },
  11: (m, r, w) => {
    m.inputs.push(readValue(bytesField(r, w)));
  },
  12: (m, r, w) => {
    m.outputs.push(readValue(bytesField(r, w)));
  },
  15: () => {
    throw new WireError('sparse constants, which are not read');
  },
};

const readGraph = (bytes: Uint8Array): GraphProto =>
  readMessage(bytes, { name: '', nodes: [], constants: [], inputs: [], outputs: [] }, graphFields);

const functionFields: Fields<FunctionProto> = {
  1: (m, r, w) => {
    m.name = textField(r, w);
  },
  4: (m, r, w) => {
    m.inputs.push(textField(r, w));
  },
  5: (m, r, w) => {
    m.outputs.push(textField(r, w));
  },
  6: (m, r, w) => {
    m.attributes.push(textField(r, w));
  },
  7: (m, r, w) => {
    m.nodes.push(readNode(bytesField(r, w)));
  },
  8: (m, r, w) => {
    m.doc = textField(r, w);
  },
  10: (m, r, w) => {
    m.domain = textField(r, w);
  },
  11: (m, r, w) => {
    m.defaults.push(readAttribute(bytesField(r, w)));
  },
};

const readFunction = (bytes: Uint8Array): FunctionProto =>
  readMessage(
    bytes,
    { name: '', domain: '', doc: '', inputs: [], outputs: [], attributes: [], defaults: [], nodes: [] },
    functionFields,
  );

const modelFields: Fields<ModelProto> = {
  7: (m, r, w) => {
    m.graph = readGraph(bytesField(r, w));
  },
  8: (m, r, w) => {
    const opset = { domain: '', version: 0 };
    readMessage(bytesField(r, w), opset, {
      1: (o, from, wire) => {
        o.domain = textField(from, wire);
      },
      2: (o, from, wire) => {
        o.version = intField(from, wire);
      },
    });
    m.opsets.set(opset.domain === 'ai.onnx' ? '' : opset.domain, opset.version);
  },
  25: (m, r, w) => {
    m.functions.push(readFunction(bytesField(r, w)));
  },
};

/** A ModelProto from its bytes. */
export const readModel = (bytes: Uint8Array): ModelProto =>
  readMessage(bytes, { opsets: new Map<string, number>(), graph: null, functions: [] }, modelFields);
