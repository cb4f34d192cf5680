import type { NodeProto, TensorProto } from '../../src/formats/onnx/proto/messages.js';
import { floatTensor, intTensor } from '../../src/formats/onnx/proto/write.js';
import type { Draw } from '../formats/fuzz/mutate.js';
import { node, numbers } from './recurrent-models.js';

/** Nodes and constants of a random graph in the making. */
export class Building {
  nodes: NodeProto[] = [];
  readonly constants: TensorProto[] = [];
  private count = 0;

  constructor(readonly draw: Draw) {}

  /** A name that no other value has. */
  name(): string {
    return `v${this.count++}`;
  }

  add(op: string, inputs: readonly string[], attributes: NodeProto['attributes'] = []): string {
    const name = this.name();
    this.nodes.push(node(op, inputs, [name], attributes));
    return name;
  }

  /** Random numbers around a middle. */
  floats(shape: readonly number[], size = 1, middle = 0): string {
    const { data } = numbers(this.draw, shape, size);
    return this.given(
      data.map((v) => v + middle),
      shape,
    );
  }

  given(data: Float32Array, shape: readonly number[]): string {
    const name = this.name();
    this.constants.push(floatTensor(name, data, shape));
    return name;
  }

  ints(list: readonly number[]): string {
    const name = this.name();
    this.constants.push(intTensor(name, list));
    return name;
  }

  flip(n = 2): boolean {
    return this.draw(n) === 0;
  }
}
