import { checkInteger } from '../../check.js';
import { describeValue } from '../../describe.js';
import { checkOptionNames, ShapeError, ValueError } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import { formatShape, sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { sampledSoftmaxScratch } from '../../wasm/scratch.js';
import type { ConstraintLike } from '../constraints.js';
import type { InitializerLike } from '../initializers/index.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition, type OwnLossCall } from '../layer.js';
import { flag, layerLabel } from '../options.js';
import type { RegularizerLike } from '../regularizers.js';
import { restoreWith } from '../restore.js';
import { declareWeight, type WeightConfig, weightConfig } from '../weight.js';
import { checkFeatures, ReversibleEmbedding } from './reversible-embedding.js';

/** Options of {@link sampledSoftmax}. */
export interface SampledSoftmaxOptions extends BaseOptions {
  /** Number of classes; with `tiedTo` that of the table, and left out. */
  units?: number;
  /** Classes drawn in each step of training beside those of the targets; below the number of classes. */
  numSampled: number;
  /** False leaves the bias out. Default true. */
  useBias?: boolean;
  /** An embedding of the model whose table takes the place of the kernel. Default none. */
  tiedTo?: ReversibleEmbedding | null;
  /** Default 'glorotUniform'. */
  kernelInitializer?: InitializerLike;
  /** Default 'zeros'. */
  biasInitializer?: InitializerLike;
  /** Penalty on the kernel. Default none. */
  kernelRegularizer?: RegularizerLike | null;
  /** Penalty on the bias. Default none. */
  biasRegularizer?: RegularizerLike | null;
  /** Bound on the kernel, applied after each update. Default none. */
  kernelConstraint?: ConstraintLike | null;
  /** Bound on the bias. Default none. */
  biasConstraint?: ConstraintLike | null;
}

interface SampledConfig {
  readonly units: number;
  readonly numSampled: number;
  readonly useBias: boolean;
  /** Features of the table that it is tied to, or 0 when it has a kernel of its own. */
  readonly tiedFeatures: number;
  readonly kernel: WeightConfig;
  readonly bias: WeightConfig;
}

/** Rows R of the input, its features I, and the classes V. */
function sizes({ units: V }: SampledConfig, k: Binding): { R: number; I: number; V: number } {
  const shape = k.inputShapes[0];
  const I = shape[shape.length - 1];
  return { R: (k.batch * sizeOf(shape)) / I, I, V };
}

const tableName = ({ tiedFeatures }: SampledConfig): string => (tiedFeatures > 0 ? 'embeddings' : 'kernel');

/** The loss over sampled classes in training, and over all classes elsewhere. */
function recordLoss(config: SampledConfig, k: Binding, call: OwnLossCall): Ref | null {
  const { R, I, V } = sizes(config, k);
  const { losses, target, weights, scale } = call;
  if (!k.training) {
    const given = [k.buffer('logits', R * V), target, weights] as const;
    k.emit(
      kernels.sparse_categorical_crossentropy_logits_loss,
      losses,
      null,
      ...given,
      R,
      V,
      scale,
      Number.NaN,
    );
    return null;
  }
  const dInput = k.buffer('dInput', R * I);
  const [table, bias] = [tableName(config), 'bias'];
  const made = [losses, dInput, k.gradient(table), config.useBias ? k.gradient(bias) : null] as const;
  const weightsOf = [k.parameter(table), config.useBias ? k.parameter(bias) : null] as const;
  const scratch = k.buffer('scratch', sampledSoftmaxScratch(R, I, V, config.numSampled));
  const given = [k.input(), target, ...weightsOf, weights, k.rng, scratch] as const;
  const numbers = [R, I, V, config.numSampled, scale, k.randomStream(0)] as const;
  k.emit(kernels.sampled_softmax_loss, ...made, ...given, ...numbers);
  return at(dInput);
}

const definition: LayerDefinition<SampledConfig> = {
  type: 'sampledSoftmax',
  restore: (saved, where, resolve) => {
    const { tiedFeatures = 0, ...rest } = saved as { tiedFeatures?: number };
    const config = restoreWith<SampledConfig>(sampledSoftmax)(rest, where, resolve);
    return { ...config, tiedFeatures: checkInteger(where, 'tiedFeatures', tiedFeatures, { min: 0 }) };
  },
  outputShapes({ units, tiedFeatures }, [x], name) {
    if (x.length === 0 || x[x.length - 1] === null) {
      throw new ShapeError(
        `${name}: input has shape ${formatShape([null, ...x])}, expected a last axis of known size`,
      );
    }
    if (tiedFeatures > 0) checkFeatures(x, tiedFeatures, name);
    return [[...x.slice(0, -1), units]];
  },
  parameters({ units, useBias, tiedFeatures, kernel, bias }, [x]) {
    return [
      ...(tiedFeatures > 0 ? [] : [declareWeight('kernel', [units, x[x.length - 1] as number], kernel)]),
      ...(useBias ? [declareWeight('bias', [units], bias)] : []),
    ];
  },
  tiedWeight: ({ units, tiedFeatures }) =>
    tiedFeatures > 0 ? { name: 'embeddings', shape: [units, tiedFeatures] } : null,
  forward(config, k) {
    if (k.training && !k.outputWanted) return;
    const { R, I, V } = sizes(config, k);
    const table = k.parameter(tableName(config));
    const packed = k.prepared('turned', Math.ceil(V / 8) * 8 * I, (emit, place) => {
      emit(kernels.pack_panels, place, table, I, V, 1, 1, I);
    });
    const bias = config.useBias ? k.parameter('bias') : null;
    const logits = k.buffer('logits', R * V);
    k.emit(kernels.gemm, logits, k.input(), packed, bias, R, V, I, 1, I, V, 0);
    if (k.outputWanted) k.emit(kernels.softmax_forward, k.output(), logits, R, V);
  },
  backward(_config, k) {
    k.setInputGradient(0, k.outputGradient() as Ref);
  },
  ownLoss: { name: 'sampledSoftmax', record: recordLoss },
  masks: 'passes',
  step: 'forward',
};

/** How these layers are saved and rebuilt. */
export const sampledSoftmaxDefinition = definition as unknown as LayerDefinition;

/**
 * Probabilities of many classes, trained by a few of them: the last layer of a model with a large vocabulary.
 *
 * ```text
 * y = softmax(x·Wᵀ + b)                                        in predict and evaluate
 * l = −ln softmax_k(x·w_k + b_k − ln expected(k)) at k = t     in training: k is the target t or one of those drawn
 * ```
 *
 * Input `[batch, ..., features]`, output `[batch, ..., units]`. Weights `kernel [units, features]`, a row for each
 * class as in TensorFlow, and `bias [units]`. It is trained with the loss `sampledSoftmax` and class ids for targets.
 * Classes are drawn without repeats by the log-uniform distribution, so that ids should fall in frequency; all rows of
 * a batch share them. Without metrics a step of training costs by `numSampled`, not by `units`.
 *
 * Source: Jean et al. 2015; TensorFlow's sampled_softmax_loss
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function sampledSoftmax(options: SampledSoftmaxOptions): Layer {
  const where = layerLabel('sampledSoftmax', options);
  const parts = ['Initializer', 'Regularizer', 'Constraint'] as const;
  const names = (['kernel', 'bias'] as const).flatMap((stem) =>
    parts.map((part) => `${stem}${part}` as const),
  );
  const known = ['units', 'numSampled', 'useBias', 'tiedTo', ...names, 'name', 'trainable'];
  checkOptionNames(where, options, known);
  const { tiedTo = null } = options;
  if (tiedTo !== null && !(tiedTo instanceof ReversibleEmbedding)) {
    const got = describeValue(tiedTo);
    throw new ValueError(`${where}: tiedTo must be what reversibleEmbedding gives, got ${got}`);
  }
  const table = tiedTo?.config as { inputDim: number; outputDim: number } | undefined;
  const units = checkInteger(where, 'units', options.units ?? table?.inputDim, { min: 2 });
  if (table !== undefined && units !== table.inputDim) {
    throw new ValueError(`${where}: units is ${units}, the table it is tied to has ${table.inputDim} rows`);
  }
  const config: SampledConfig = {
    units,
    numSampled: checkInteger(where, 'numSampled', options.numSampled, { min: 1, max: units - 1 }),
    useBias: flag(where, 'useBias', options.useBias ?? true),
    tiedFeatures: table?.outputDim ?? 0,
    kernel: weightConfig(`${where}: kernel`, {
      initializer: options.kernelInitializer ?? 'glorotUniform',
      regularizer: options.kernelRegularizer,
      constraint: options.kernelConstraint,
    }),
    bias: weightConfig(`${where}: bias`, {
      initializer: options.biasInitializer ?? 'zeros',
      regularizer: options.biasRegularizer,
      constraint: options.biasConstraint,
    }),
  };
  const layer = new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
  layer.tiedTo = tiedTo;
  return layer;
}
