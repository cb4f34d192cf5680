import { ShapeError, unknownName } from '../errors.js';
import type { Node } from '../layers/symbolic.js';
import type { Arena } from '../memory/arena.js';
import { at, type Ref, Region } from '../program/region.js';
import { formatShape, sameShape, sizeOf } from '../shape.js';
import type { Tensor } from '../tensor.js';
import type { Graph, NamedLayer } from './graph.js';

/** A state that a stateful layer carries: its floats are those of one sample. */
interface Declared {
  readonly layer: string;
  readonly key: string;
  readonly floats: number;
}

function stateKey(graph: Graph, node: Node, layer: string, state: string): string {
  return `${graph.nodes.indexOf(node)}.${layer}.${state}`;
}

/**
 * What stateful layers carry from batch to batch: [batch, ...] each. The first batch that runs settles the batch
 * size; from a reset on another one may be taken.
 */
export class CarriedStates {
  private readonly declared: readonly Declared[];
  private readonly regions = new Map<string, Region>();
  /** Samples that the regions are made for, 0 while there are none. */
  private batch = 0;
  private isZero = true;

  /**
   * @param onDrop called when places given out before are no longer valid
   */
  constructor(
    private readonly arena: Arena,
    private readonly graph: Graph,
    private readonly onDrop: () => void,
  ) {
    this.declared = graph.nodes.flatMap((node) => {
      if (node.layer === null) return [];
      const { definition, config } = node.layer;
      if (definition.stateful?.(config) !== true) return [];
      const { name } = graph.named(node);
      const shapes = node.inputs.map((value) => value.shape);
      const states = definition.states?.(config, shapes) ?? [];
      return states.map((state) => ({
        layer: name,
        key: stateKey(graph, node, name, state.name),
        floats: sizeOf(state.shape),
      }));
    });
  }

  /** Whether any layer is stateful. */
  get exist(): boolean {
    return this.declared.length > 0;
  }

  /**
   * @param counts samples of each data set that is to be cut into batches
   * @throws ShapeError when stateful layers would meet batches of several sizes, or of another than is carried
   */
  checkBatches(where: string, counts: readonly number[], batchSize: number): void {
    if (!this.exist) return;
    const { layer } = this.declared[0];
    const size = Math.min(batchSize, ...counts);
    if (size === 0) return;
    const odd = counts.find((count) => Math.min(batchSize, count) !== size || count % size !== 0);
    if (odd !== undefined) {
      throw new ShapeError(
        `${where}: ${layer} is stateful and needs batches of one size, but ${odd} samples do not make whole ` +
          `batches of ${size}`,
      );
    }
    if (this.isZero || this.batch === size) return;
    throw new ShapeError(
      `${where}: ${layer} is stateful and carries the state of ${this.batch} samples, got a batch of ${size}; ` +
        `give batches of ${this.batch}, or call resetStates() first`,
    );
  }

  /**
   * Place of a state of one use of a layer, made on first request; null for a layer that is not stateful.
   * @throws ShapeError when the state of another batch size is carried; MemoryError
   */
  place(node: Node, { name }: NamedLayer, state: string, batch: number): Ref | null {
    const key = stateKey(this.graph, node, name, state);
    const declared = this.declared.find((one) => one.key === key);
    if (declared === undefined) return null;
    this.checkBatches('model', [batch], batch);
    if (this.batch !== batch) this.drop();
    this.batch = batch;
    return at(this.make(declared));
  }

  /** To be called when a batch has run: the states are not zero any more. */
  markUsed(): void {
    this.isZero = false;
  }

  /** Back to zero; the batch size is open again. */
  reset(): void {
    for (const region of this.regions.values()) this.view(region).fill(0);
    this.isZero = true;
  }

  /** Copies of the states by key; none when they are zero. */
  read(): Record<string, Tensor> {
    const states: Record<string, Tensor> = {};
    if (this.isZero) return states;
    for (const [key, region] of this.regions) {
      states[key] = { data: this.view(region).slice(), shape: [this.batch, region.floats / this.batch] };
    }
    return states;
  }

  /**
   * Goes back to what {@link read} gave.
   * @throws UnknownNameError or ShapeError when it is not of this model; nothing has changed then
   */
  write(states: Readonly<Record<string, Tensor>>): void {
    const keys = Object.keys(states);
    if (keys.length === 0) {
      this.reset();
      return;
    }
    const known = this.declared.map(({ key }) => key);
    const batch = states[keys[0]].shape[0];
    const given = keys.map((key) => {
      const declared = this.declared.find((one) => one.key === key);
      if (declared === undefined) throw unknownName('model', 'state', key, known);
      const expected = [batch, declared.floats];
      const { shape } = states[key];
      if (batch >= 1 && sameShape(shape, expected)) return declared;
      throw new ShapeError(
        `model: state '${key}' has shape ${formatShape(shape)}, expected ${formatShape(expected)}`,
      );
    });
    this.reset();
    if (this.batch !== batch) this.drop();
    this.batch = batch;
    for (const declared of given) this.view(this.make(declared)).set(states[declared.key].data);
    this.isZero = false;
  }

  private make({ key, floats }: Declared): Region {
    let region = this.regions.get(key);
    if (region === undefined) {
      const size = this.batch * floats;
      region = new Region(key, size, this.arena.allocate(4 * size, 'state'));
      this.regions.set(key, region);
    }
    return region;
  }

  private drop(): void {
    if (this.regions.size === 0) return;
    this.onDrop();
    for (const region of this.regions.values()) this.arena.free(region.address as number);
    this.regions.clear();
  }

  private view(region: Region): Float32Array {
    return this.arena.f32(region.address as number, region.floats);
  }
}
