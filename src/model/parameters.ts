import { ShapeError, unknownName } from '../errors.js';
import type { ParameterDeclaration } from '../layers/layer.js';
import type { Arena } from '../memory/arena.js';
import { Region } from '../program/region.js';
import { RandomStream } from '../random/stream.js';
import { formatShape, sameShape, sizeOf } from '../shape.js';
import { isTensor, type Tensor, type TensorLike, tensor } from '../tensor.js';
import type { Graph } from './graph.js';

/** A weight of a model: its declaration and its place. */
export interface Parameter {
  /** `lstm.kernel` */
  readonly name: string;
  readonly layer: string;
  readonly declaration: ParameterDeclaration;
  readonly trainable: boolean;
  readonly size: number;
  /** Distance in floats from the start of its part (trainable or frozen). */
  readonly offset: number;
  readonly region: Region;
}

const GRAIN = 4;

/**
 * All weights of a model, in one block: the trainable ones first and without gaps but for alignment, so that
 * an optimizer passes over one run of floats.
 */
export class Parameters {
  readonly all: readonly Parameter[];
  /** Floats from the first trainable weight to the end of the last, padding included. */
  readonly trainableFloats: number;
  /** The trainable part. */
  readonly region: Region;
  /** Goes up by one when a weight changes: packings made before are stale. */
  version = 1;
  private readonly byName = new Map<string, Parameter>();

  constructor(
    private readonly arena: Arena,
    graph: Graph,
  ) {
    const declared = graph.layers.flatMap(({ layer, name, inputShapes }) =>
      layer.definition.parameters(layer.config, inputShapes).map((declaration) => ({
        declaration,
        layer: name,
        name: `${name}.${declaration.name}`,
        trainable: layer.trainable && declaration.trainable !== false,
        size: sizeOf(declaration.shape),
      })),
    );
    const ends = { trainable: 0, frozen: 0 };
    const placed = declared.map((p) => {
      const part = p.trainable ? 'trainable' : 'frozen';
      const offset = ends[part];
      ends[part] += Math.ceil(p.size / GRAIN) * GRAIN;
      return { ...p, offset };
    });
    this.trainableFloats = ends.trainable;
    const address = arena.allocate(4 * (ends.trainable + ends.frozen), 'parameters');
    this.region = new Region('parameters', ends.trainable, address);
    this.all = placed.map((p) => {
      const start = p.trainable ? p.offset : ends.trainable + p.offset;
      return { ...p, region: new Region(p.name, p.size, address + 4 * start) };
    });
    for (const parameter of this.all) this.byName.set(parameter.name, parameter);
  }

  /** Fills every weight from its initializer; the position of the weight keys the random stream. */
  initialize(seed: number): void {
    this.all.forEach((parameter, index) => {
      const { initializer, shape } = parameter.declaration;
      this.view(parameter).set(initializer.fill(shape, new RandomStream(seed, index)));
    });
    this.version++;
  }

  get(name: string): Parameter {
    return this.byName.get(name) as Parameter;
  }

  /** The weight's floats in memory, for use at once. */
  view(parameter: Parameter): Float32Array {
    return this.arena.f32(parameter.region.address as number, parameter.size);
  }

  /** Copies of all weights by name. */
  read(): Record<string, Tensor> {
    const weights: Record<string, Tensor> = {};
    for (const parameter of this.all) {
      weights[parameter.name] = {
        data: this.view(parameter).slice(),
        shape: [...parameter.declaration.shape],
      };
    }
    return weights;
  }

  /**
   * Sets the weights named; the others stay.
   * @throws UnknownNameError, ShapeError; nothing has changed then
   */
  write(weights: Readonly<Record<string, TensorLike>>): void {
    const checked = Object.entries(weights).map(([name, value]) => {
      const parameter = this.byName.get(name);
      if (parameter === undefined) throw unknownName('setWeights', 'weight', name, [...this.byName.keys()]);
      const { shape } = parameter.declaration;
      const given = isTensor(value) || Array.isArray(value) ? tensor(value) : tensor(value, shape);
      if (!sameShape(given.shape, shape)) {
        throw new ShapeError(
          `setWeights: ${name} has shape ${formatShape(given.shape)}, expected ${formatShape(shape)}`,
        );
      }
      return { parameter, data: given.data };
    });
    for (const { parameter, data } of checked) this.view(parameter).set(data);
    this.version++;
  }
}
