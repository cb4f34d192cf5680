// ONNX models of one recurrent layer, written as bytes. Field numbers are those of onnx.proto.
import protobuf from 'protobufjs';
import { gateRows, gatesOf } from './data.mjs';

const SCHEMA = `
syntax = "proto2";
message Model { optional int64 ir_version = 1; optional string producer_name = 2; optional Graph graph = 7; repeated Opset opset_import = 8; }
message Opset { optional string domain = 1; optional int64 version = 2; }
message Graph { repeated Node node = 1; optional string name = 2; repeated Tensor initializer = 5; repeated Value input = 11; repeated Value output = 12; }
message Node { repeated string input = 1; repeated string output = 2; optional string name = 3; optional string op_type = 4; repeated Attribute attribute = 5; }
message Attribute { optional string name = 1; optional float f = 2; optional int64 i = 3; repeated int64 ints = 8; optional int32 type = 20; }
message Tensor { repeated int64 dims = 1; optional int32 data_type = 2; optional string name = 8; optional bytes raw_data = 9; }
message Value { optional string name = 1; optional Type type = 2; }
message Type { optional TensorType tensor_type = 1; }
message TensorType { optional int32 elem_type = 1; optional TensorShape shape = 2; }
message TensorShape { repeated Dimension dim = 1; }
message Dimension { optional int64 dim_value = 1; }
`;

const FLOAT = 1;
const INT64 = 7;
const FLOAT_ATTRIBUTE = 1;
const INT_ATTRIBUTE = 2;
const INTS_ATTRIBUTE = 7;
const IR_VERSION = 8;
const OPSET = 14;
/** From here on LayerNormalization is one operator. */
const BLOCK_OPSET = 17;

/** Keras's gates in ONNX's order: LSTM i, o, f, c; GRU z, r, h. */
const ORDER = { lstm: [0, 3, 1, 2], gru: [0, 1, 2] };

const tensor = (name, dims, data) => ({
  name,
  dims,
  dataType: FLOAT,
  rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
});

const value = (name, dims) => ({
  name,
  type: { tensorType: { elemType: FLOAT, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
});

/** Wb and Rb, one after the other, in ONNX's order of gates. */
function onnxBias(work, bias) {
  const { cell, H } = work;
  const N = gatesOf(work) * H;
  const both = new Float32Array(2 * N);
  both.set(gateRows(bias.subarray(0, N), 1, H, ORDER[cell]));
  if (bias.length > N) both.set(gateRows(bias.subarray(N), 1, H, ORDER[cell]), N);
  return both;
}

/**
 * The layer as an ONNX file.
 * step: X [1, 1, I], initial_h [1, 1, H] (LSTM also initial_c) to Y_h (Y_c).
 * sequence: X [T, B, I] to Y [T, 1, B, H].
 */
export function onnxModel(work, weights) {
  const { cell, kind, I, H, T, B, resetAfter = true } = work;
  const isStep = kind === 'step';
  const N = gatesOf(work) * H;
  const states = cell === 'lstm' ? ['h', 'c'] : ['h'];
  const carried = isStep ? states.map((s) => `initial_${s}`) : [];
  const outputs = isStep ? ['', ...states.map((s) => `Y_${s}`)] : ['Y'];
  const int = (name, i) => ({ name, i, type: INT_ATTRIBUTE });
  const node = {
    opType: cell.toUpperCase(),
    input: ['X', 'W', 'R', 'B', ...(isStep ? ['', ...carried] : [])],
    output: outputs,
    attribute: [
      int('hidden_size', H),
      ...(cell === 'gru' ? [int('linear_before_reset', resetAfter ? 1 : 0)] : []),
    ],
  };
  const state = [1, B, H];
  const graph = {
    name: 'layer',
    node: [node],
    initializer: [
      tensor('W', [1, N, I], gateRows(weights.kernel, I, H, ORDER[cell])),
      tensor('R', [1, N, H], gateRows(weights.recurrentKernel, H, H, ORDER[cell])),
      tensor('B', [1, 2 * N], onnxBias(work, weights.bias)),
    ],
    input: [value('X', [T, B, I]), ...carried.map((name) => value(name, state))],
    output: isStep ? outputs.slice(1).map((name) => value(name, state)) : [value('Y', [T, 1, B, H])],
  };
  return encode(graph, OPSET);
}

function encode(graph, version) {
  const Model = protobuf.parse(SCHEMA).root.lookupType('Model');
  const opsetImport = [{ domain: '', version }];
  const model = { irVersion: IR_VERSION, producerName: 'recurra-bench', opsetImport, graph };
  return Model.encode(Model.fromObject(model)).finish();
}

/** A block of a Transformer as exporters write it: X [B, T, H] to Y [B, T, H], normalised behind the sums. */
export function onnxBlock({ T, B, H, N, F }, weights) {
  const D = H / N;
  const node = [];
  const initializer = [];
  const add = (opType, input, attribute = []) => {
    const output = `v${node.length}`;
    node.push({ opType, input, output: [output], attribute });
    return output;
  };
  const constant = (name, dims, data) => {
    initializer.push(tensor(name, dims, data));
    return name;
  };
  const shape = (name, dims) => {
    const data = BigInt64Array.from(dims, BigInt);
    initializer.push({ ...tensor(name, [dims.length], data), dataType: INT64 });
    return name;
  };
  const perm = (ints) => [{ name: 'perm', ints, type: INTS_ATTRIBUTE }];
  const dense = (name, x, I, O) => {
    const product = add('MatMul', [x, constant(`${name}Kernel`, [I, O], weights[`${name}Kernel`])]);
    return add('Add', [product, constant(`${name}Bias`, [O], weights[`${name}Bias`])]);
  };
  const norm = (x, n) =>
    add(
      'LayerNormalization',
      [x, constant(`gamma${n}`, [H], weights[`gamma${n}`]), constant(`beta${n}`, [H], weights[`beta${n}`])],
      [
        { name: 'axis', i: -1, type: INT_ATTRIBUTE },
        { name: 'epsilon', f: 1e-5, type: FLOAT_ATTRIBUTE },
      ],
    );
  const split = shape('split', [B, T, N, D]);
  const heads = (name, order) =>
    add('Transpose', [add('Reshape', [dense(name, 'X', H, H), split])], perm(order));
  const scale = constant('scale', [], Float32Array.of(1 / Math.sqrt(D)));
  const query = add('Mul', [heads('query', [0, 2, 1, 3]), scale]);
  const scores = add('MatMul', [query, heads('key', [0, 2, 3, 1])]);
  const seen = add('Softmax', [scores], [{ name: 'axis', i: -1, type: INT_ATTRIBUTE }]);
  const mixed = add('Transpose', [add('MatMul', [seen, heads('value', [0, 2, 1, 3])])], perm([0, 2, 1, 3]));
  const joined = add('Reshape', [mixed, shape('joined', [B, T, H])]);
  const h = norm(add('Add', ['X', dense('output', joined, H, H)]), 1);
  const wide = add('Relu', [dense('wide', h, H, F)]);
  const last = norm(add('Add', [h, dense('narrow', wide, F, H)]), 2);
  node.at(-1).output = ['Y'];
  if (last === 'Y') throw new Error('the output is named twice');
  const io = (name) => [value(name, [B, T, H])];
  return encode({ name: 'block', node, initializer, input: io('X'), output: io('Y') }, BLOCK_OPSET);
}
