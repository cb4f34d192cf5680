import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { importOnnx } from '../../../src/formats/onnx/index.js';
import { FormatError, tensor, UnknownNameError, ValueError } from '../../../src/index.js';

type Message = (to: BinaryWriter) => void;

const inside = (field: number, message: Message): Message => {
  return (to) => {
    const writer = new BinaryWriter();
    message(writer);
    to.tag(field, WireType.LengthDelimited).bytes(writer.finish());
  };
};
const text = (field: number, value: string): Message => {
  return (to) => void to.tag(field, WireType.LengthDelimited).string(value);
};
const whole = (field: number, value: number): Message => {
  return (to) => void to.tag(field, WireType.Varint).int64(value);
};
const all = (...messages: Message[]): Message => {
  return (to) => {
    for (const message of messages) message(to);
  };
};

const node = (
  op: string,
  inputs: string[],
  outputs: string[],
  name = '',
  ...attributes: Message[]
): Message =>
  inside(
    1,
    all(
      ...inputs.map((input) => text(1, input)),
      ...outputs.map((output) => text(2, output)),
      text(3, name),
      text(4, op),
      ...attributes.map((attribute) => inside(5, attribute)),
    ),
  );
const ints = (name: string, ...values: number[]): Message =>
  all(text(1, name), ...values.map((value) => whole(8, value)));
const int = (name: string, value: number): Message => all(text(1, name), whole(3, value));
const value = (field: number, name: string, dims: readonly (number | string)[]): Message => {
  const sizes = dims.map((d) => inside(1, typeof d === 'number' ? whole(1, d) : text(2, d)));
  const shape = inside(2, all(...sizes));
  return inside(field, all(text(1, name), inside(2, inside(1, all(whole(1, 1), shape)))));
};
const input = (name: string, ...dims: (number | string)[]): Message => value(11, name, dims);
const output = (name: string): Message => value(12, name, []);
const numbers = (name: string, dims: number[], data: number[], type = 1): Message =>
  inside(
    5,
    all(
      ...dims.map((d) => whole(1, d)),
      whole(2, type),
      ...data.map((v): Message => {
        return type === 7 ? whole(7, v) : (to) => void to.tag(4, WireType.Bit32).float(v);
      }),
      text(8, name),
    ),
  );

function file(opset: number, ...parts: Message[]): Uint8Array {
  const writer = new BinaryWriter();
  inside(7, all(...parts))(writer);
  inside(8, all(text(1, ''), whole(2, opset)))(writer);
  return writer.finish();
}

/** A tensor that counts from 0. */
const counting = (...shape: number[]) => {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: size }, (_, i) => i),
    shape,
  );
};

describe('importOnnx of graphs', () => {
  it('transposes, reshapes and slices without a layer where values can stay, and else with one', () => {
    const bytes = file(
      17,
      node('Transpose', ['x'], ['t'], '', ints('perm', 2, 0, 1)),
      node('Transpose', ['t'], ['same'], '', ints('perm', 1, 2, 0)),
      node('Slice', ['same', 'one', 'three', 'two'], ['part']),
      node('Reshape', ['part', 'sizes'], ['flat']),
      node('Split', ['same', 'halves'], ['a', 'b'], '', int('axis', 1)),
      node('Concat', ['b', 'a'], ['turned'], '', int('axis', 1)),
      node('Relu', ['t'], ['moved']),
      numbers('one', [1], [1], 7),
      numbers('two', [1], [2], 7),
      numbers('three', [1], [3], 7),
      numbers('halves', [2], [1, 2], 7),
      numbers('sizes', [3], [0, -1, 1], 7),
      input('x', 'batch', 3, 4),
      output('flat'),
      output('turned'),
      output('moved'),
    );
    const { run } = importOnnx(bytes);
    const { flat, turned, moved } = run({ x: counting(2, 3, 4) });
    expect(flat.shape).toEqual([2, 6, 1]);
    expect([...flat.data]).toEqual([1, 2, 5, 6, 9, 10, 13, 14, 17, 18, 21, 22]);
    expect(turned.shape).toEqual([2, 3, 4]);
    expect([...turned.data.subarray(0, 12)]).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3]);
    expect(moved.shape).toEqual([4, 2, 3]);
    expect([...moved.data.subarray(0, 12)]).toEqual([0, 4, 8, 12, 16, 20, 1, 5, 9, 13, 17, 21]);
  });

  it('multiplies, adds and takes the larger', () => {
    const bytes = file(
      13,
      node('MatMul', ['x', 'w'], ['product']),
      node('Add', ['bias', 'product'], ['sum']),
      node('Gemm', ['x', 'w', 'bias'], ['gemm'], '', all(text(1, 'alpha'), floats(2))),
      node('Mul', ['sum', 'gemm'], ['square']),
      node('Max', ['sum', 'square'], ['y']),
      numbers('w', [2, 2], [1, 2, 3, 4]),
      numbers('bias', [2], [0.5, -10]),
      input('x', 'n', 2),
      output('y'),
    );
    const { model, run } = importOnnx(bytes);
    expect([...run({ x: tensor([[1, 1]]) }).y.data]).toEqual([4.5 * 8.5, -4]);
    expect(model.graph.layers.map(({ layer }) => layer.definition.type)).toEqual([
      'dense',
      'dense',
      'multiply',
      'maximum',
    ]);
  });

  it('names node and operator of what it cannot import', () => {
    const x = [input('x', 'batch', 3), output('y')];
    const importing = (...parts: Message[]) => {
      return () => importOnnx(file(13, ...parts, ...x));
    };
    expect(importing(node('Det', ['x'], ['y'], 'odd'))).toThrow(
      "importOnnx: node 'odd' (Det): the operator Det is not imported",
    );
    expect(importing(node('Relu', ['z'], ['y']))).toThrow("node 'y' (Relu): nothing before it makes 'z'");
    expect(importing(node('Relu', ['y'], ['y']))).toThrow("nothing before it makes 'y'");
    expect(importing(node('Relu', ['x'], ['y']), node('Tanh', ['x'], ['y']))).toThrow("'y' is made twice");
    expect(importing(node('Softmax', ['x'], ['y'], '', int('axis', 0)))).toThrow(
      'an axis of [batch, 3] that is the batch',
    );
    expect(importing(node('Relu', ['x'], ['z']))).toThrow("nothing makes the output 'y'");
    expect(() => importOnnx(file(6, node('Relu', ['x'], ['y']), ...x))).toThrow('opset 6 is older than 7');
    expect(() => importOnnx(new Uint8Array(0))).toThrow(FormatError);
  });

  it('takes a constant initial state that is the same for all, and refuses others by name', () => {
    const rnn = (batch: number, ...state: number[]) =>
      importOnnx(
        file(
          14,
          node('RNN', ['x', 'w', 'r', '', '', 'h'], ['y'], 'cell'),
          numbers('w', [1, 1, 1], [0]),
          numbers('r', [1, 1, 1], [1]),
          numbers('h', [1, batch, 1], state),
          input('x', 'time', 'batch', 1),
          output('y'),
        ),
      );
    const { model, run } = rnn(2, 0.5, 0.5);
    const got = run({ x: tensor([0, 0, 0], [1, 3, 1]) }).y.data;
    for (const value of got) expect(value).toBeCloseTo(Math.tanh(0.5), 6);
    expect(model.graph.layers.map(({ layer }) => layer.definition.type)).toEqual([
      'learnedVector',
      'simpleRNN',
    ]);
    expect(() => rnn(2, 0.5, 1)).toThrow(
      'initial state (input 5) is a constant that differs from sample to sample',
    );
  });

  it('refuses numbers beyond measure before it asks for room', () => {
    const bytes = file(
      13,
      node('ConstantOfShape', ['huge'], ['zeros']),
      node('Add', ['x', 'zeros'], ['y']),
      numbers('huge', [2], [2 ** 31, 2 ** 10], 7),
      input('x', 'batch', 3),
      output('y'),
    );
    expect(() => importOnnx(bytes)).toThrow('would unfold to');
  });

  it('checks its options and what is fed', () => {
    const bytes = file(13, node('Relu', ['x'], ['y']), input('x', 'batch', 3), output('y'));
    expect(() => importOnnx(bytes, { weights: { w: [1] } })).toThrow(UnknownNameError);
    expect(() => importOnnx(bytes, { batchAxis: 2 })).toThrow(ValueError);
    const { run } = importOnnx(bytes);
    expect(() => run({})).toThrow("run: input 'x' is missing");
    expect(() => run({ x: [1, 2, 3] })).toThrow("run: input 'x' has shape [3], expected 2 axes");
    expect(() => run({ x: [[1, 2, 3]], z: [1] })).toThrow(UnknownNameError);
  });
});

/** The number of an attribute. */
function floats(number: number): Message {
  return (to) => void to.tag(2, WireType.Bit32).float(number);
}
