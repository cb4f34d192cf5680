import { ShapeError, StateError } from '../errors.js';
import type { Node } from '../layers/symbolic.js';
import type { Arena } from '../memory/arena.js';
import { at, type Ref, Region } from '../program/region.js';
import { sizeOf } from '../shape.js';
import type { Tensor } from '../tensor.js';
import type { Graph, NamedLayer } from './graph.js';

interface CarriedState {
  readonly batch: number;
  readonly region: Region;
}

/** What stateful layers carry from batch to batch, [batch, ...] each. All batches have one size. */
export class CarriedStates {
  private readonly states = new Map<string, CarriedState>();

  /** @param onMove called when places given out before are no longer valid */
  constructor(
    private readonly arena: Arena,
    private readonly graph: Graph,
    private readonly onMove: () => void,
  ) {}

  /**
   * Place of a state of one use of a layer, made on first request; null for a layer that is not stateful.
   * @throws ShapeError when states of another batch size are carried and not all zero
   */
  place(node: Node, named: NamedLayer, name: string, batch: number): Ref | null {
    const { definition, config } = named.layer;
    if (definition.stateful?.(config) !== true) return null;
    const key = `${this.graph.nodes.indexOf(node)}.${named.name}.${name}`;
    const known = this.states.get(key);
    if (known?.batch === batch) return at(known.region);
    if (known !== undefined) this.discard(named.name, known.batch, batch);
    const shapes = node.inputs.map((value) => value.shape);
    const declared = definition.states?.(config, shapes).find((state) => state.name === name);
    if (declared === undefined) throw new StateError(`${named.name}: no state named '${name}'`);
    return at(this.make(key, batch, batch * sizeOf(declared.shape)));
  }

  /**
   * @param counts samples of each data set that is to be cut into batches
   * @throws ShapeError when stateful layers would meet batches of several sizes
   */
  checkBatches(where: string, counts: readonly number[], batchSize: number): void {
    const stateful = this.graph.layers.find(
      ({ layer }) => layer.definition.stateful?.(layer.config) === true,
    );
    if (stateful === undefined) return;
    const size = Math.min(batchSize, ...counts);
    if (size === 0) return;
    const odd = counts.find((count) => Math.min(batchSize, count) !== size || count % size !== 0);
    if (odd === undefined) return;
    throw new ShapeError(
      `${where}: ${stateful.name} is stateful and needs batches of one size, but ${odd} samples do not make ` +
        `whole batches of ${size}`,
    );
  }

  /** All states become zero. */
  reset(): void {
    for (const state of this.states.values()) this.view(state).fill(0);
  }

  /** Copies by name. */
  read(): Record<string, Tensor> {
    const copies: Record<string, Tensor> = {};
    for (const [key, state] of this.states) {
      const data = this.view(state).slice();
      copies[key] = { data, shape: [state.batch, data.length / state.batch] };
    }
    return copies;
  }

  /** Goes back to what {@link read} gave; states that were not there then become zero. */
  write(copies: Readonly<Record<string, Tensor>>): void {
    this.reset();
    for (const [key, { data, shape }] of Object.entries(copies)) {
      if (this.states.get(key)?.batch !== shape[0]) this.make(key, shape[0], data.length);
      this.view(this.states.get(key) as CarriedState).set(data);
    }
  }

  private make(key: string, batch: number, floats: number): Region {
    const region = new Region(key, floats, this.arena.allocate(4 * floats, 'state'));
    this.states.set(key, { batch, region });
    return region;
  }

  /** Gives up states that are all zero, so that batches of another size may follow. */
  private discard(layer: string, had: number, got: number): void {
    const states = [...this.states.values()];
    if (!states.every((state) => this.view(state).every((v) => v === 0))) {
      throw new ShapeError(
        `${layer}: is stateful and carries the state of ${had} samples, got a batch of ${got}; ` +
          `give batches of ${had}, or call resetStates() first`,
      );
    }
    for (const { region } of states) this.arena.free(region.address as number);
    this.states.clear();
    this.onMove();
  }

  private view({ region }: CarriedState): Float32Array {
    return this.arena.f32(region.address as number, region.floats);
  }
}
