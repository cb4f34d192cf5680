import type { OpenShape } from '../shape.js';
import type { Layer } from './layer.js';

/** What can be passed along when a layer is applied. */
export interface CallOptions {
  /** Start state of a recurrent layer: [h], or [h, c] for an LSTM. Default: zeros. */
  initialState?: readonly SymbolicTensor[];
}

/** What a model lends to the layers that it brings into another model. */
export interface Lender {
  /** Name of the model. */
  readonly name: string;
  /** Whether the user gave it. */
  readonly isNamed: boolean;
  /** False keeps the weights of its layers as they are in models made of it. */
  readonly trainable: boolean;
}

/** Where a layer comes from that a model brought into another. */
export interface Origin {
  readonly model: Lender;
  /** Name that the layer has there. */
  readonly name: string;
  /** False where that model keeps it as it is. */
  readonly trainable: boolean;
}

/** One use of a layer in a graph. */
export class Node {
  outputs: SymbolicTensor[] = [];
  /** The model that the use is part of, when that model was applied as a layer. */
  origin: Origin | null = null;

  constructor(
    readonly layer: Layer | null,
    readonly inputs: readonly SymbolicTensor[],
  ) {}
}

/** A place in a graph through which data will flow: what `input` and `layer.apply` give. */
export class SymbolicTensor {
  /** @internal Made by `input` and `layer.apply`. */
  constructor(
    /** Sizes of one sample; null where any length will do. */
    readonly shape: OpenShape,
    /** @internal The use of a layer that makes it. */
    readonly node: Node,
    /** @internal Which of that node's outputs it is. */
    readonly index: number,
    /** Name given to an input. */
    readonly name: string | undefined = undefined,
  ) {}
}
