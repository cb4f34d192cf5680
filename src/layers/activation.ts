import { checkOptionNames, ShapeError } from '../errors.js';
import type { Ref } from '../program/region.js';
import { formatShape, sizeOf } from '../shape.js';
import { recordActivation, recordActivationGradient } from './activation-calls.js';
import { type ActivationName, activationFrom, isRowActivation } from './activations.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from './layer.js';
import { layerLabel } from './options.js';
import { restoreWith } from './restore.js';

/** Options of {@link activation}. */
export interface ActivationOptions extends BaseOptions {
  /** Name of the activation. */
  activation: ActivationName;
}

interface ActivationConfig {
  readonly activation: ActivationName;
}

/** Rows R of O values: an activation over the last axis needs them, the others do not care. */
function sizes(k: Binding): { R: number; O: number } {
  const shape = k.inputShapes[0];
  const O = shape[shape.length - 1];
  return { R: (k.batch * sizeOf(shape)) / O, O };
}

const definition: LayerDefinition<ActivationConfig> = {
  type: 'activation',
  restore: restoreWith(activation),
  outputShapes(config, [x], name) {
    if (isRowActivation(config.activation) && x[x.length - 1] === null) {
      throw new ShapeError(
        `${name}: input has shape ${formatShape([null, ...x])}, expected a last axis of known size`,
      );
    }
    return [x];
  },
  parameters: () => [],
  forward(config, k) {
    if (config.activation === 'linear') {
      k.setOutput(0, k.input());
      return;
    }
    const { R, O } = sizes(k);
    recordActivation(config.activation, k, k.output(), k.input(), R, O);
    if (k.givesLogits) k.setLogits(k.input());
  },
  backward(config, k) {
    const { R, O } = sizes(k);
    const dy = k.outputGradient() as Ref;
    const dx = k.givesLogits
      ? dy
      : recordActivationGradient(config.activation, k, dy, k.output(), k.input(), R, O);
    k.setInputGradient(0, dx);
  },
  logits: (config) => config.activation,
  masks: 'passes',
  step: 'forward',
};

/** How activation layers are saved and rebuilt. */
export const activationDefinition = definition as unknown as LayerDefinition;

/**
 * An activation as a layer of its own.   y = act(x)
 *
 * @throws UnknownNameError for an activation or option that does not exist
 */
export function activation(options: ActivationOptions): Layer {
  const where = layerLabel('activation', options);
  checkOptionNames(where, options, ['activation', 'name', 'trainable']);
  const config = { activation: activationFrom(where, 'activation', options.activation) };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
