import type { Layer } from '../../layers/layer.js';
import type { Tensor } from '../../tensor.js';
import { DOMAIN } from './export/writer.js';
import type { NodeProto } from './proto/messages.js';

/**
 * Layers whose weights are matrices. Exporters merge constants that are equal by chance, such as the ones and zeros of
 * normalisations before training: no weights that two layers share.
 */
const MATRICES = [
  ...['dense', 'embedding', 'conv1d', 'conv1dTranspose'],
  ...['simpleRNN', 'lstm', 'gru', 'rnn', 'bidirectional'],
];

type Weights = Readonly<Record<string, Tensor>>;

const equal = (a: Float32Array, b: Float32Array): boolean =>
  a.length === b.length && a.every((value, i) => Object.is(value, b[i]));

/** Finds the layer that was made of the same constants of the file by the same options: a layer that is used twice. */
export class SharedLayers {
  private readonly known = new Map<string, (readonly [Layer, Weights])[]>();

  /** @param isConstant whether a name is that of a constant of the file */
  constructor(private readonly isConstant: (name: string) => boolean) {}

  /** The layer that a node makes: one that is there, or the given one. */
  of(node: NodeProto, layer: Layer, weights: Weights): Layer {
    const { type } = layer.definition;
    const constants = node.inputs.filter((name) => this.isConstant(name));
    if (constants.length === 0 || !(MATRICES.includes(type) || node.domain === DOMAIN)) return layer;
    const key = JSON.stringify([type, layer.config, constants]);
    const others = this.known.get(key) ?? [];
    const same = others.find(([, given]) => {
      const names = Object.keys(weights);
      return (
        names.length === Object.keys(given).length &&
        names.every((name) => name in given && equal(given[name].data, weights[name].data))
      );
    });
    if (same !== undefined) return same[0];
    this.known.set(key, [...others, [layer, weights]]);
    return layer;
  }
}
