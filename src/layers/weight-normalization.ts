import { checkOptionNames, ValueError } from '../errors.js';
import { at, type Ref, type Region } from '../program/region.js';
import { type OpenShape, sizeOf } from '../shape.js';
import * as kernels from '../wasm/generated/kernels.js';
import { type InnerLayer, innerLayer, restoreInner } from './inner.js';
import {
  type BackwardBinding,
  type BaseOptions,
  type Binding,
  Layer,
  type LayerDefinition,
  type ParameterDeclaration,
} from './layer.js';
import { applyMaskRule } from './mask-rule.js';
import { layerLabel } from './options.js';
import { scoped, scopedBackward } from './scope.js';
import type { WeightConfig } from './weight.js';

interface NormalizedConfig {
  readonly layer: InnerLayer;
}

/** Layers whose kernel has its outputs on the last axis and nothing beside it that multiplies. */
const TYPES = ['dense', 'conv1d'];

/** Columns of the kernel: the outputs. */
interface Sizes {
  readonly rows: number;
  readonly columns: number;
}

function sizesOf({ layer }: NormalizedConfig, inputs: readonly OpenShape[]): Sizes {
  const { shape } = layer.definition.parameters(layer.config, inputs)[0];
  const columns = shape[shape.length - 1];
  return { rows: sizeOf(shape) / columns, columns };
}

const kernelName = ({ layer }: NormalizedConfig): string => `${layer.name}.kernel`;

/** The kernel in use, and behind it the lengths of the columns of `kernel`. */
function normalized(config: NormalizedConfig, k: Binding): { kernel: Region; norms: Ref } & Sizes {
  const sizes = sizesOf(config, k.inputShapes);
  const { rows, columns } = sizes;
  const [v, g] = [k.parameter(kernelName(config)), k.parameter('gain')];
  const kernel = k.prepared('normalized', rows * columns + columns, (emit, place) => {
    emit(kernels.weight_norm_forward, place, at(place, rows * columns), v, g, rows, columns, columns);
  });
  return { kernel, norms: at(kernel, rows * columns), ...sizes };
}

function inside({ layer }: NormalizedConfig, k: Binding) {
  return {
    prefix: layer.name,
    streams: 0,
    inputShapes: k.inputShapes,
    outputShapes: k.outputShapes,
    inputs: [k.input()],
    masks: [k.mask()],
    output: () => k.output(),
  };
}

/** Records a pass or a step of the layer with the kernel in use. */
function record(config: NormalizedConfig, k: Binding, stepping: boolean): void {
  const { kernel } = normalized(config, k);
  const places = k.places(config.layer.name);
  const own = scoped(k, inside(config, k), places);
  const parameter = (name: string): Ref => (name === 'kernel' ? at(kernel) : own.parameter(name));
  config.layer.record({ ...own, parameter }, stepping);
  k.setOutput(0, places[0]);
}

/** The kernel as drawn, and the gain that makes the kernel in use the same. */
function declared(config: NormalizedConfig, inputs: readonly OpenShape[]): ParameterDeclaration[] {
  const [kernel, ...others] = config.layer.parameters(inputs);
  const { columns } = sizesOf(config, inputs);
  let drawn: Float32Array = new Float32Array(0);
  const { initializer } = kernel;
  const fill: typeof initializer.fill = (shape, rng) => {
    drawn = initializer.fill(shape, rng);
    return drawn;
  };
  const lengths = (): Float32Array => {
    const squares = new Float64Array(columns);
    drawn.forEach((v, i) => {
      squares[i % columns] += v * v;
    });
    return Float32Array.from(squares, Math.sqrt);
  };
  const gain = { name: 'gain', shape: [columns], trainable: config.layer.trainable };
  return [
    { ...kernel, initializer: { name: initializer.name, config: initializer.config, fill } },
    { ...gain, initializer: { name: 'norm', config: {}, fill: lengths } },
    ...others,
  ];
}

const definition: LayerDefinition<NormalizedConfig> = {
  type: 'weightNormalization',
  restore(saved, where, resolve) {
    checkOptionNames(where, saved, ['layer']);
    const layer = restoreInner(where, 'layer', (saved as { layer?: unknown }).layer, resolve);
    return checked(where, layer);
  },
  outputShapes: ({ layer }, inputs, name) =>
    layer.definition.outputShapes(layer.config, inputs, `${name}.${layer.name}`),
  parameters: declared,
  masks: ({ layer }, masked, inputs) => applyMaskRule(layer.definition.masks, layer.config, masked, inputs),
  states: ({ layer }, inputs) => layer.states(inputs),
  stateful: ({ layer }) => layer.definition.stateful?.(layer.config) === true,
  forward: (config, k) => record(config, k, false),
  backward(config, k) {
    const { kernel, norms, rows, columns } = normalized(config, k);
    const { layer } = config;
    const [dv, dg] = [k.gradient(kernelName(config)), k.gradient('gain')];
    const dw = dv === null ? null : at(k.buffer('dNormalized', rows * columns));
    if (dw !== null) k.emit(kernels.fill, dw, rows * columns, 0);
    const own: BackwardBinding = scopedBackward(
      k,
      inside(config, k),
      k.places(layer.name),
      [k.outputGradient()],
      (index) => k.inputGradient(index),
      (index, place) => k.setInputGradient(index, place),
    );
    layer.definition.backward(layer.config, {
      ...own,
      parameter: (name) => (name === 'kernel' ? at(kernel) : own.parameter(name)),
      gradient: (name) => (name === 'kernel' ? dw : own.gradient(name)),
    });
    if (dw === null) return;
    const [v, g] = [k.parameter(kernelName(config)), k.parameter('gain')];
    k.emit(kernels.weight_norm_backward, dv, dg, dw, v, g, norms, rows, columns, columns);
  },
  step: (config, k) => record(config, k, true),
  refusesStep: ({ layer }, inputs) => layer.refusal(inputs),
};

/** How layers with normalised weights are saved and rebuilt. */
export const weightNormalizationDefinition = definition as unknown as LayerDefinition;

function checked(where: string, layer: InnerLayer): NormalizedConfig {
  if (!TYPES.includes(layer.type)) {
    throw new ValueError(`${where}: layer must be ${TYPES.join(' or ')}, got '${layer.type}'`);
  }
  const { kernel } = layer.config as { kernel: WeightConfig };
  if (kernel.regularizer !== null || kernel.constraint !== null) {
    const option = kernel.regularizer !== null ? 'kernelRegularizer' : 'kernelConstraint';
    throw new ValueError(
      `${where}: ${layer.name} has ${option}, but of a normalised kernel only the direction counts`,
    );
  }
  return { layer };
}

/**
 * A layer whose kernel is kept as directions and lengths (Salimans & Kingma 2016).   w_o = g_o · v_o / ‖v_o‖
 *
 * For `dense` and `conv1d`; o is an output. Weights: those of the layer under its name, the kernel being v
 * (`weightNormalization.dense.kernel`), and `gain [outputs]`, g, which starts at ‖v‖. It streams when the layer does.
 *
 * @throws ValueError for another layer, or one whose kernel has a regularizer or a constraint
 */
export function weightNormalization(layer: Layer, options: BaseOptions = {}): Layer {
  const where = layerLabel('weightNormalization', options);
  checkOptionNames(where, options, ['name', 'trainable']);
  const config = checked(where, innerLayer(where, 'layer', layer));
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
