import { checkList } from '../../check.js';
import { checkOptionNames, ValueError } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import type { OpenShape, Shape } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { recordActivation, recordActivationGradient } from '../activation-calls.js';
import { type ActivationName, activationFrom, activationNeedsInput } from '../activations.js';
import { type Link, linksOf, recordLinks, recordLinksBack } from '../chain.js';
import { type InitializerLike, initializerFrom } from '../initializers/index.js';
import { type InnerLayer, innerBuffer, innerLayer } from '../inner.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { spatialDropout1d } from '../noise/spatial-dropout-1d.js';
import { dropRate, flag, layerLabel, positiveInteger } from '../options.js';
import { restoreWith } from '../restore.js';
import { scoped, scopedBackward } from '../scope.js';
import { checkSequence } from '../shaping/layout.js';
import { type WeightConfig, weightConfig } from '../weight.js';
import { weightNormalization } from '../weight-normalization.js';
import { conv1d } from './conv1d.js';
import { type Size, sizeFrom } from './options.js';

/** Options of {@link tcn}. */
export interface TcnOptions extends BaseOptions {
  /** Channels of every block. */
  filters: number;
  /** Taps of every convolution. Default 3. */
  kernelSize?: Size;
  /** Steps between taps, one number for each block. Default [1, 2, 4, 8]. */
  dilations?: readonly number[];
  /** Share of channels dropped behind each convolution in training. Default 0. */
  dropout?: number;
  /** True keeps kernels as directions and lengths. Default true. */
  weightNormalization?: boolean;
  /** Activation behind every convolution and every sum. Default 'relu'. */
  activation?: ActivationName;
  /** False leaves biases out. Default true. */
  useBias?: boolean;
  /** Default 'heNormal'. */
  kernelInitializer?: InitializerLike;
  /** Default 'zeros'. */
  biasInitializer?: InitializerLike;
  /** True gives the output of every step, false that of the last. Default false. */
  returnSequences?: boolean;
  /** True starts each batch behind the last steps of the one before. Default false. */
  stateful?: boolean;
}

interface TcnConfig {
  readonly filters: number;
  readonly kernelSize: number;
  readonly dilations: readonly number[];
  readonly dropout: number;
  readonly weightNormalization: boolean;
  readonly activation: ActivationName;
  readonly useBias: boolean;
  readonly kernel: WeightConfig;
  readonly bias: WeightConfig;
  readonly returnSequences: boolean;
  readonly stateful: boolean;
}

/** Layers of a block: two convolutions with their dropouts, and the way around them. */
const PER_BLOCK = 5;

/** A block with its layers, in the order of their weights. */
interface Block {
  readonly name: string;
  readonly branch: readonly Link[];
  /** A product with a matrix where the channels differ, else nothing. */
  readonly shortcut: readonly Link[];
  readonly input: OpenShape;
  readonly output: OpenShape;
}

/** A causal convolution of the network as a layer inside it. */
function convolution(config: TcnConfig, name: string, kernelSize: number, dilationRate: number): InnerLayer {
  const { filters, useBias, kernel, bias, stateful } = config;
  const around = kernelSize === 1 && dilationRate === 0;
  const layer = conv1d({
    filters,
    kernelSize,
    dilationRate: Math.max(1, dilationRate),
    padding: 'causal',
    activation: around ? 'linear' : config.activation,
    useBias,
    kernelInitializer: initializerFrom('kernelInitializer', kernel.initializer),
    biasInitializer: initializerFrom('biasInitializer', bias.initializer),
    stateful,
  });
  const wrapped = config.weightNormalization && !around ? weightNormalization(layer) : layer;
  return innerLayer('tcn', name, wrapped).named(name);
}

function blocksOf(config: TcnConfig, x: OpenShape, where: string): Block[] {
  let input = x;
  return config.dilations.map((dilation, i) => {
    const name = `block${i}`;
    const drop = (n: number): InnerLayer =>
      innerLayer('tcn', name, spatialDropout1d({ rate: config.dropout })).named(`${name}.dropout${n}`);
    const first = PER_BLOCK * i;
    const conv = (n: number) => convolution(config, `${name}.conv${n}`, config.kernelSize, dilation);
    const branch = linksOf([conv(1), drop(1), conv(2), drop(2)], first, input, where);
    const { output } = branch[branch.length - 1];
    const direct = input[1] === config.filters ? [] : [convolution(config, `${name}.shortcut`, 1, 0)];
    const shortcut = linksOf(direct, first + PER_BLOCK - 1, input, where);
    const block = { name, branch, shortcut, input, output };
    input = output;
    return block;
  });
}

/** The blocks for a binding; in a stream sequences have one step. */
function boundBlocks(config: TcnConfig, k: Binding, stepping: boolean): Block[] {
  const [x] = k.inputShapes;
  return blocksOf(config, stepping ? [1, ...x] : x, k.name);
}

/** The block itself as a scope: where its sum, its output and their gradients are kept. */
function blockScope({ name, output }: Block, k: Binding, stepping: boolean) {
  const shape = (stepping ? output.slice(1) : output) as Shape;
  return {
    prefix: name,
    streams: 0,
    inputShapes: [shape],
    outputShapes: [shape],
    inputs: [],
    masks: [],
    output: () => innerBuffer(k, `${name}.output`, shape),
  };
}

/** Rows of a block's output. */
const rowsOf = ({ output }: Block, k: Binding): number => k.batch * (output[0] as number);

/** Records y = act(branch(x) + shortcut(x)). */
function recordBlock(config: TcnConfig, block: Block, k: Binding, x: Ref, stepping: boolean): Ref {
  const own = scoped(k, blockScope(block, k, stepping), k.places(block.name));
  const f = recordLinks(block.branch, k, x, stepping);
  const direct = recordLinks(block.shortcut, k, x, stepping);
  const [R, O] = [rowsOf(block, k), config.filters];
  const z = activationNeedsInput(config.activation) ? at(own.buffer('sum', R * O)) : own.output();
  k.emit(kernels.add, z, f, direct, R * O);
  recordActivation(config.activation, own, own.output(), z, R, O);
  return own.output();
}

/** What goes into each block, and last what comes out of all. */
function valuesOf(blocks: readonly Block[], k: Binding): Ref[] {
  return [k.input(), ...blocks.map(({ name }) => k.places(name)[0])];
}

function run(config: TcnConfig, k: Binding, stepping: boolean): Ref {
  const blocks = boundBlocks(config, k, stepping);
  return blocks.reduce((x, block) => recordBlock(config, block, k, x, stepping), k.input());
}

const definition: LayerDefinition<TcnConfig> = {
  type: 'tcn',
  restore: restoreWith(tcn),
  outputShapes(config, [x], name) {
    checkSequence(x, name);
    return [config.returnSequences ? [x[0], config.filters] : [config.filters]];
  },
  parameters: (config, [x]) =>
    blocksOf(config, x, 'tcn').flatMap(({ branch, shortcut, input }) =>
      [...branch, ...shortcut].flatMap((link) =>
        link.layer.parameters([shortcut.includes(link) ? input : link.input]),
      ),
    ),
  masks: ({ returnSequences }, [masked]) =>
    masked && !returnSequences
      ? { refuses: 'its last step may be padding; give it returnSequences: true and put lastStep() behind' }
      : [masked],
  states: (config, [x]) =>
    blocksOf(config, x, 'tcn').flatMap(({ branch }) =>
      branch.flatMap(({ layer, input }) => layer.states([input])),
    ),
  stateful: (config) => config.stateful,
  forward(config, k) {
    const y = run(config, k, false);
    const last = (k.inputShapes[0][0] - 1) * k.batch * config.filters;
    k.setOutput(0, config.returnSequences ? y : at(y, last));
  },
  backward(config, k) {
    const blocks = boundBlocks(config, k, false);
    const values = valuesOf(blocks, k);
    const R = k.inputShapes[0][0] * k.batch;
    const O = config.filters;
    let dy = k.outputGradient() as Ref;
    if (!config.returnSequences) {
      const whole = at(k.buffer('dSequence', R * O));
      k.emit(kernels.fill, whole, R * O, 0);
      k.emit(kernels.copy, at(whole, (R - k.batch) * O), dy, k.batch * O);
      dy = whole;
    }
    for (let i = blocks.length - 1; i >= 0; i--) {
      const block = blocks[i];
      const wanted = i > 0 || k.inputGradient() !== null;
      const own = scopedBackward(
        k,
        blockScope(block, k, false),
        k.places(block.name),
        [dy],
        () => null,
        () => {},
      );
      const [x, y] = [values[i], values[i + 1]];
      const z = activationNeedsInput(config.activation) ? at(own.buffer('sum', R * O)) : y;
      const dz = recordActivationGradient(config.activation, own, dy, y, z, R, O);
      const through = recordLinksBack(block.branch, k, x, dz, wanted);
      const around = recordLinksBack(block.shortcut, k, x, dz, wanted);
      if (through === null || around === null) return;
      const floats = R * (block.input[1] as number);
      const dx = i > 0 ? at(own.buffer('dInput', floats)) : (k.inputGradient() as Ref);
      k.emit(kernels.add, dx, through, around, floats);
      dy = dx;
    }
  },
  step: (config, k) => k.setOutput(0, run(config, k, true)),
};

/** How these networks are saved and rebuilt. */
export const tcnDefinition = definition as unknown as LayerDefinition;

/** The dilations, whole numbers of at least 1. */
function dilationsFrom(where: string, given: unknown): number[] {
  const dilations = checkList(where, 'dilations', given).map((d, i) =>
    positiveInteger(where, `dilations[${i}]`, d),
  );
  if (dilations.length > 0) return dilations;
  throw new ValueError(`${where}: dilations must have one number for each block, got none`);
}

const NAMES: readonly (keyof TcnOptions)[] = [
  'filters',
  'kernelSize',
  'dilations',
  'dropout',
  'weightNormalization',
  'activation',
  'useBias',
  'kernelInitializer',
  'biasInitializer',
  'returnSequences',
  'stateful',
  'name',
  'trainable',
];

/**
 * Temporal convolutional network (Bai, Kolter, Koltun 2018): blocks of two causal convolutions, each block with its
 * own dilation and a way around it.
 *
 * ```text
 * f(x) = drop(act(conv(drop(act(conv(x))))))      y = act(f(x) + x), x through a product where the channels differ
 * ```
 *
 * Input `[batch, time, features]`; output `[batch, filters]`, or `[batch, time, filters]` with `returnSequences`.
 * A step sees 1 + 2 · (kernelSize − 1) · Σ dilations steps. It streams.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function tcn(options: TcnOptions): Layer {
  const where = layerLabel('tcn', options);
  checkOptionNames(where, options, NAMES);
  const weight = (name: string, initializer: InitializerLike): WeightConfig =>
    weightConfig(`${where}: ${name}`, { initializer });
  const config: TcnConfig = {
    filters: positiveInteger(where, 'filters', options.filters),
    kernelSize: sizeFrom(where, 'kernelSize', options.kernelSize ?? 3),
    dilations: dilationsFrom(where, options.dilations ?? [1, 2, 4, 8]),
    dropout: dropRate(where, 'dropout', options.dropout ?? 0),
    weightNormalization: flag(where, 'weightNormalization', options.weightNormalization ?? true),
    activation: activationFrom(where, 'activation', options.activation ?? 'relu'),
    useBias: flag(where, 'useBias', options.useBias ?? true),
    kernel: weight('kernel', options.kernelInitializer ?? 'heNormal'),
    bias: weight('bias', options.biasInitializer ?? 'zeros'),
    returnSequences: flag(where, 'returnSequences', options.returnSequences ?? false),
    stateful: flag(where, 'stateful', options.stateful ?? false),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
