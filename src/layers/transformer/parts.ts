import { ShapeError, ValueError } from '../../errors.js';
import { formatShape, type OpenShape } from '../../shape.js';
import { type MultiHeadAttentionOptions, multiHeadAttention } from '../attention/multi-head.js';
import { dense } from '../dense.js';
import { dropout } from '../dropout.js';
import { initializerFrom } from '../initializers/index.js';
import type { BackwardBinding, Binding, LayerDefinition } from '../layer.js';
import { add } from '../merge/index.js';
import { layerNormalization } from '../normalization/index.js';
import { type Value, Wiring, wiredShapes } from '../wiring.js';
import type { BlockConfig } from './options.js';

/** Features of a sequence, which the heads must divide. @throws ShapeError, ValueError */
export function featuresOf({ numHeads }: BlockConfig, x: OpenShape, where: string): number {
  const features = x[1];
  if (x.length !== 2 || features === null) {
    const came = formatShape([null, ...x]);
    throw new ShapeError(`${where}: input has shape ${came}, expected a sequence [batch, time, features]`);
  }
  if (features % numHeads === 0) return features;
  throw new ValueError(
    `${where}: numHeads must divide the features of the input, got ${numHeads} heads for ${features} features`,
  );
}

function initializers({ kernel, bias }: BlockConfig) {
  return {
    kernelInitializer: initializerFrom('kernelInitializer', kernel.initializer),
    biasInitializer: initializerFrom('biasInitializer', bias.initializer),
  };
}

/** What a block is put together from: x + drop(f(x)), with a normalisation in front of f or behind the sum. */
export class BlockWiring {
  readonly wiring: Wiring;

  constructor(
    private readonly config: BlockConfig,
    private readonly features: number,
    private readonly where: string,
    inputs: readonly OpenShape[],
  ) {
    this.wiring = new Wiring(where, inputs);
  }

  /** Attention of x to itself, or to what `others` are: a value to look at, and last a mask of pairs. */
  attention(
    name: string,
    x: Value,
    others: readonly Value[],
    options: Partial<MultiHeadAttentionOptions>,
  ): Value {
    const { config, features } = this;
    const keyDim = features / config.numHeads;
    const layer = multiHeadAttention({
      numHeads: config.numHeads,
      keyDim,
      dropout: config.dropout,
      ...initializers(config),
      ...options,
      name: `${this.where}.${name}`,
    });
    return this.around(name, x, (h) => this.wiring.put(name, layer, h, ...others));
  }

  /** Two dense layers, the first with the activation. */
  feedforward(x: Value): Value {
    const { config, features, wiring } = this;
    const { activation, intermediateDim } = config;
    return this.around('feedforward', x, (h) => {
      const wide = dense({ units: intermediateDim, activation, ...initializers(config) });
      const narrow = dense({ units: features, ...initializers(config) });
      return wiring.put('feedforwardOutput', narrow, wiring.put('feedforwardIntermediate', wide, h));
    });
  }

  private around(name: string, x: Value, f: (h: Value) => Value): Value {
    const { config, wiring } = this;
    const norm = (value: Value): Value =>
      wiring.put(`${name}LayerNorm`, layerNormalization({ epsilon: config.layerNormEpsilon }), value);
    const made = f(config.normalizeFirst ? norm(x) : x);
    const rest =
      config.dropout > 0 ? wiring.put(`${name}Dropout`, dropout({ rate: config.dropout }), made) : made;
    const sum = wiring.put(`${name}Sum`, add(), x, rest);
    return config.normalizeFirst ? sum : norm(sum);
  }
}

/** What of a definition follows from a block's wiring. */
export function wired<C extends object>(
  type: string,
  wire: (config: C, inputs: readonly OpenShape[], where: string) => Wiring,
): Omit<LayerDefinition<C>, 'type' | 'restore'> {
  const bound = (config: C, k: Binding, stepping: boolean): Wiring =>
    wire(config, wiredShapes(k, stepping), k.name);
  return {
    outputShapes: (config, inputs, name) => [wire(config, inputs, name).output],
    wiredLayers: (config, inputs, name) => wire(config, inputs, name).layers(),
    parameters: (config, inputs) => wire(config, inputs, type).parameters(),
    states: (config, inputs) => wire(config, inputs, type).states(),
    takesWhole: true,
    masks: (config, masked, inputs) => wire(config, inputs, type).masks(masked),
    forward: (config, k) => bound(config, k, false).record(k, false),
    backward: (config, k: BackwardBinding) => bound(config, k, false).recordBackward(k),
    step: (config, k) => bound(config, k, true).record(k, true),
    refusesStep: (config, inputs, whole) => wire(config, inputs, type).refusal(whole),
  };
}
