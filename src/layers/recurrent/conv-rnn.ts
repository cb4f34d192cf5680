import { at } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { ACTIVATIONS } from '../activations.js';
import { Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { declareWeight } from '../weight.js';
import { type ConvCell, convRecurrentLayer } from './conv-layer.js';
import { type ConvRecurrentConfig, type ConvRecurrentOptions, convRecurrentConfig } from './conv-options.js';
import {
  inputTaps,
  loopSizes,
  recordInput,
  recordInputBack,
  recordInputWeights,
  recordStateWeights,
  stateTaps,
  stateTapsBack,
  stepSizes,
} from './conv-products.js';

/** Options of {@link convRnn1d}. */
export interface ConvRnn1dOptions extends ConvRecurrentOptions {}

const restore = restoreWith<ConvRecurrentConfig>(convRnn1d);

const cell: ConvCell<ConvRecurrentConfig> = {
  type: 'convRnn1d',
  restore: restore as never,
  gates: () => 1,
  states: ['h'],
  parameters: ({ kernelSize, channels, filters, kernel, recurrentKernel, useBias, bias }) => [
    declareWeight('kernel', [kernelSize, channels, filters], kernel),
    declareWeight('recurrentKernel', [kernelSize, filters, filters], recurrentKernel),
    ...(useBias ? [declareWeight('bias', [filters], bias)] : []),
  ],
  forward(config, k, { T, B, H: size, x, states: [h], mask, masked, valid }) {
    const F = config.filters;
    recordInput(config, k, at(h, B * size), x, T * B, F);
    const u = stateTaps(config, k, F);
    const act = ACTIVATIONS[config.activation];
    k.emit(kernels.conv_rnn_forward, h, u, mask, valid, masked, ...loopSizes(config, T, B), act);
  },
  backward(config, k, span) {
    const { T, B, H: size, states, mask, masked, valid, room, dy, dStates } = span;
    const F = config.filters;
    const dz = room('dz', size);
    const ut = stateTapsBack(config, k, F);
    const kept = valid === null ? null : k.buffer('backwardScratch', B * size);
    const sizes = [...loopSizes(config, T, B), ACTIVATIONS[config.activation]] as const;
    k.emit(kernels.conv_rnn_backward, dz, dStates[0], dy, states[0], ut, mask, valid, kept, ...sizes);
    recordInputWeights(config, k, span, dz, F);
    const columns = { dst: k.gradient('recurrentKernel'), dz, count: F, ldz: F };
    recordStateWeights(config, k, span, masked ?? states[0], columns);
    return dz;
  },
  project: (config, k, dx, dz, rows) => recordInputBack(config, k, dx, dz, rows, config.filters),
  step(config, k, [h]) {
    const scratch = k.buffer('stepScratch', k.batch * config.units);
    const bias = config.useBias ? k.parameter('bias') : null;
    const [w, u] = [inputTaps(config, k, config.filters), stateTaps(config, k, config.filters)];
    const act = ACTIVATIONS[config.activation];
    k.emit(kernels.conv_rnn_step, h, k.input(), w, u, bias, scratch, ...stepSizes(config, k.batch), act);
  },
};

const definition = convRecurrentLayer(cell, restore);

/** How these layers are saved and rebuilt. */
export const convRnn1dDefinition = definition as unknown as LayerDefinition;

/**
 * Simple recurrent layer whose products are convolutions.   h = act(W ∗ x + U ∗ h₋₁ + b)
 *
 * Input `[batch, time, width, channels]`; output `[batch, positions, filters]`, or
 * `[batch, time, positions, filters]` with `returnSequences`. Weights `kernel [kernelSize, channels, filters]`,
 * `recurrentKernel [kernelSize, filters, filters]`, `bias [filters]`. The recurrent convolution keeps the width.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function convRnn1d(options: ConvRnn1dOptions): Layer {
  const config = convRecurrentConfig(layerLabel('convRnn1d', options), options);
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
