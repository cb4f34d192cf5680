import { FormatError } from '../../errors.js';
import type { Layer } from '../../layers/layer.js';
import type { Tensor } from '../../tensor.js';
import { checkUnfolded } from '../file.js';
import { type Builder, describeNode } from './node.js';
import type { NodeProto } from './proto/messages.js';
import { SharedLayers } from './shared.js';

/** Nodes that are walked through at most. */
export const MOST_NODES = 100_000;

/** Names in the model: letters, digits and underscores. */
function plainName(name: string): string {
  return name.replace(/[^\p{L}\p{N}]+/gu, '_').replace(/^_+|_+$/g, '');
}

/** The layers that an import makes, with their weights. */
export class LayerList implements Builder {
  readonly absorbed = new Set<NodeProto>();
  private readonly weights = new Map<Layer, readonly [string, Readonly<Record<string, Tensor>>]>();
  private readonly taken = new Set<string>();
  /** How often a stem was used: names are found at once, however many there are. */
  private readonly used = new Map<string, number>();
  private unfolded = 0;
  private nodes = 0;
  private shared: Map<NodeProto, Map<string, Layer>> | null = null;

  private readonly twice: SharedLayers;

  /**
   * @param file bytes of the file
   * @param isConstant whether a name is that of a constant of the file
   */
  constructor(
    private readonly file: number,
    readonly hasLengths: boolean,
    isConstant: (name: string) => boolean,
  ) {
    this.twice = new SharedLayers(isConstant);
  }

  layer(
    type: string,
    node: NodeProto | null,
    make: (name: string) => Layer,
    weights: Readonly<Record<string, Tensor>> = {},
  ): Layer {
    const shares = this.shared !== null && node !== null && Object.keys(weights).length > 0;
    const known = shares ? this.shared?.get(node)?.get(type) : undefined;
    if (known !== undefined) return known;
    const stem = (node && plainName(node.name)) || type;
    let name = stem;
    let next = this.used.get(stem) ?? 0;
    if (next > 0) name = `${stem}_${next}`;
    while (this.taken.has(name)) name = `${stem}_${++next}`;
    const made = make(name);
    const layer = node === null ? made : this.twice.of(node, made, weights);
    if (layer === made) {
      this.used.set(stem, next + 1);
      this.taken.add(name);
      this.weights.set(layer, [name, weights]);
    }
    if (shares) this.shared?.set(node, new Map(this.shared.get(node) ?? []).set(type, layer));
    return layer;
  }

  /** Lets a layer have the name and the weights of another. */
  replace(old: Layer, fresh: Layer): void {
    const entry = this.weights.get(old);
    if (entry !== undefined) this.weights.set(fresh, entry);
  }

  /** Weights of a layer, by their names inside it. */
  of(layer: Layer): Readonly<Record<string, Tensor>> {
    return this.weights.get(layer)?.[1] ?? {};
  }

  sharing<R>(steps: () => R): R {
    const before = this.shared;
    this.shared = before ?? new Map();
    try {
      return steps();
    } finally {
      this.shared = before;
    }
  }

  /** Counts nodes that are walked through, those of loops at every turn. @throws FormatError beyond measure */
  countNode(node: NodeProto): void {
    if (++this.nodes > MOST_NODES) {
      throw new FormatError(`${describeNode(node)}: the graph comes to more than ${MOST_NODES} nodes`);
    }
  }

  unfold(where: string, numbers: number): void {
    if (!Number.isSafeInteger(numbers)) throw new FormatError(`${where}: asks for ${numbers} numbers`);
    this.unfolded += 4 * numbers;
    checkUnfolded(where, this.unfolded, this.file);
  }

  /** Weights of the layers that a model has, by their names there. */
  weightsOf(layers: Iterable<Layer>): Record<string, Tensor> {
    const all: Record<string, Tensor> = {};
    for (const layer of layers) {
      const [name, weights] = this.weights.get(layer) ?? ['', {}];
      for (const [key, value] of Object.entries(weights)) all[`${name}.${key}`] = value;
    }
    return all;
  }
}
