import { checkOptionNames, ShapeError } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import { formatShape } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { crfLossScratch, crfViterbiScratch, gemmTnScratch } from '../../wasm/scratch.js';
import type { ConstraintLike } from '../constraints.js';
import type { InitializerLike } from '../initializers/index.js';
import {
  type BackwardBinding,
  type BaseOptions,
  type Binding,
  Layer,
  type LayerDefinition,
  type OwnLossCall,
} from '../layer.js';
import { flag, layerLabel, positiveInteger } from '../options.js';
import type { RegularizerLike } from '../regularizers.js';
import { restoreWith } from '../restore.js';
import { declareWeight, type WeightConfig, weightConfig } from '../weight.js';

/** Options of {@link crf}. Names and defaults are those of TensorFlow Addons. */
export interface CrfOptions extends BaseOptions {
  /** Number of tags. */
  units: number;
  /** False takes the input for the potentials: it must have as many features as there are tags. Default true. */
  useKernel?: boolean;
  /** False leaves the bias out. Default true; without a kernel there is none. */
  useBias?: boolean;
  /** False gives the ends of a sequence no weights of their own. Default true. */
  useBoundary?: boolean;
  /** Default 'glorotUniform'. */
  kernelInitializer?: InitializerLike;
  /** Default 'zeros'. */
  biasInitializer?: InitializerLike;
  /** Default 'orthogonal'. */
  chainInitializer?: InitializerLike;
  /** Default 'zeros'. */
  boundaryInitializer?: InitializerLike;
  /** Penalty on the kernel. Default none. */
  kernelRegularizer?: RegularizerLike | null;
  /** Penalty on the bias. Default none. */
  biasRegularizer?: RegularizerLike | null;
  /** Penalty on the weights from tag to tag. Default none. */
  chainRegularizer?: RegularizerLike | null;
  /** Penalty on the weights of the ends. Default none. */
  boundaryRegularizer?: RegularizerLike | null;
  /** Bound on the kernel, applied after each update. Default none. */
  kernelConstraint?: ConstraintLike | null;
  /** Bound on the bias. Default none. */
  biasConstraint?: ConstraintLike | null;
  /** Bound on the weights from tag to tag. Default none. */
  chainConstraint?: ConstraintLike | null;
  /** Bound on the weights of the ends. Default none. */
  boundaryConstraint?: ConstraintLike | null;
}

interface CrfConfig {
  readonly units: number;
  readonly useKernel: boolean;
  readonly useBias: boolean;
  readonly useBoundary: boolean;
  readonly kernel: WeightConfig;
  readonly bias: WeightConfig;
  readonly chain: WeightConfig;
  readonly boundary: WeightConfig;
}

const WEIGHTS = {
  kernel: 'glorotUniform',
  bias: 'zeros',
  chain: 'orthogonal',
  boundary: 'zeros',
} as const;
const PARTS = ['Initializer', 'Regularizer', 'Constraint'] as const;

/** Steps T, samples B, features I, tags N, and rows R of all steps. */
function sizes({ units: N }: CrfConfig, { inputShapes: [[T, I]], batch: B }: Binding) {
  return { T, B, I, N, R: T * B };
}

/** u = x·W + b, or x */
function recordPotentials(config: CrfConfig, k: Binding, u: Ref): void {
  const { R, I, N } = sizes(config, k);
  if (!config.useKernel) {
    k.emit(kernels.copy, u, k.input(), R * N);
    return;
  }
  const kernel = k.parameter('kernel');
  const packed = k.prepared('kernelPacked', Math.ceil(N / 8) * 8 * I, (emit, place) => {
    emit(kernels.pack_panels, place, kernel, I, N, 1, N, 1);
  });
  const bias = config.useBias ? k.parameter('bias') : null;
  k.emit(kernels.gemm, u, k.input(), packed, bias, R, N, I, 1, I, N, 0);
}

/** dW += xᵀ·du, db += Σ du, dx = du·Wᵀ; without a kernel dx = du */
function recordPotentialGradients(config: CrfConfig, k: BackwardBinding, du: Ref): void {
  const { R, I, N } = sizes(config, k);
  if (!config.useKernel) {
    k.setInputGradient(0, du);
    return;
  }
  const dKernel = k.gradient('kernel');
  if (dKernel !== null) {
    const scratch = k.buffer('gemmScratch', gemmTnScratch(I, N));
    k.emit(kernels.gemm_tn, dKernel, k.input(), du, scratch, I, N, R, I, N, N);
  }
  const dBias = config.useBias ? k.gradient('bias') : null;
  if (dBias !== null) k.emit(kernels.colsum, dBias, du, R, N, N);
  const dx = k.inputGradient();
  if (dx === null) return;
  const kernel = k.parameter('kernel');
  const packed = k.prepared('kernelTransposed', Math.ceil(I / 8) * 8 * N, (emit, place) => {
    emit(kernels.pack_panels, place, kernel, N, I, 1, 1, N);
  });
  k.emit(kernels.gemm, dx, du, packed, null, R, I, N, 1, N, I, 0);
}

/** The loss, and the gradients of the potentials and, by sample, of the chain. */
function recordLoss(config: CrfConfig, k: Binding, call: OwnLossCall): Ref | null {
  const { T, B, N } = sizes(config, k);
  const { losses, target, mask, weights, scale } = call;
  const du = k.training ? k.buffer('dPotentials', T * B * N) : null;
  const dChain = k.gradient('chainKernel') === null ? null : k.buffer('pairs', B * N * N);
  const given = [
    k.buffer('potentials', T * B * N),
    target,
    k.parameter('chainKernel'),
    mask,
    weights,
  ] as const;
  const scratch = k.buffer('lossScratch', crfLossScratch(T, N));
  k.emit(kernels.crf_loss, losses, du, dChain, ...given, scratch, T, B, B, N, scale);
  return du && at(du);
}

const definition: LayerDefinition<CrfConfig> = {
  type: 'crf',
  restore: restoreWith(crf),
  outputShapes({ units, useKernel }, [x], name) {
    const came = formatShape([null, ...x]).replace('null', 'batch');
    if (x.length !== 2 || x[1] === null) {
      throw new ShapeError(`${name}: input has shape ${came}, expected [batch, time, features]`);
    }
    if (!useKernel && x[1] !== units) {
      throw new ShapeError(`${name}: input has shape ${came}, expected ${units} features without a kernel`);
    }
    return [[x[0], units]];
  },
  parameters({ units: N, useKernel, useBias, useBoundary, ...config }, [x]) {
    return [
      ...(useKernel ? [declareWeight('kernel', [x[1] as number, N], config.kernel)] : []),
      ...(useKernel && useBias ? [declareWeight('bias', [N], config.bias)] : []),
      declareWeight('chainKernel', [N, N], config.chain),
      ...(useBoundary
        ? ['leftBoundary', 'rightBoundary'].map((name) => declareWeight(name, [N], config.boundary))
        : []),
    ];
  },
  forward(config, k) {
    const { T, B, N } = sizes(config, k);
    const u = at(k.buffer('potentials', T * B * N));
    recordPotentials(config, k, u);
    if (config.useBoundary) {
      const [left, right] = [k.parameter('leftBoundary'), k.parameter('rightBoundary')];
      k.emit(kernels.crf_boundary_forward, u, left, right, k.mask(), T, B, B, N);
    }
    if (!k.outputWanted) return;
    const scratch = k.buffer('scratch', crfViterbiScratch(T, N));
    k.emit(kernels.crf_viterbi, k.output(), u, k.parameter('chainKernel'), k.mask(), scratch, T, B, B, N);
  },
  backward(config, k) {
    const { T, B, N } = sizes(config, k);
    const du = k.outputGradient() as Ref;
    if (config.useBoundary) {
      const [left, right] = [k.gradient('leftBoundary'), k.gradient('rightBoundary')];
      if (left !== null || right !== null) {
        k.emit(kernels.crf_boundary_backward, left, right, du, k.mask(), T, B, N);
      }
    }
    const dChain = k.gradient('chainKernel');
    if (dChain !== null) k.emit(kernels.colsum, dChain, k.buffer('pairs', B * N * N), B, N * N, N * N);
    recordPotentialGradients(config, k, du);
  },
  ownLoss: { name: 'crf', record: recordLoss },
  masks: 'passes',
  step: { refuses: 'the best tags of earlier steps depend on later ones' },
};

/** How these layers are saved and rebuilt. */
export const crfDefinition = definition as unknown as LayerDefinition;

/**
 * A linear-chain conditional random field over tags: the last layer of a tagger, trained with the loss `crf`.
 *
 * ```text
 * u_t = x_t·W + b, the first and the last step that count with their boundary added
 * p(y | x) ∝ e^s(y),   s(y) = Σ_t u_t(y_t) + Σ_t A(y_{t−1}, y_t)
 * output: the y of the largest s(y), one-hot
 * ```
 *
 * Input `[batch, time, features]`, output `[batch, time, units]`: 1 at the best tag of each step and 0 elsewhere, so
 * that metrics compare tags; 0 throughout at a step that does not count. Weights `kernel [features, units]`,
 * `bias [units]`, `chainKernel [units, units]` from tag to tag, `leftBoundary [units]`, `rightBoundary [units]`.
 *
 * Source: Lafferty, McCallum, Pereira 2001
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function crf(options: CrfOptions): Layer {
  const where = layerLabel('crf', options);
  const stems = Object.keys(WEIGHTS) as (keyof typeof WEIGHTS)[];
  const weightNames = stems.flatMap((stem) => PARTS.map((part) => `${stem}${part}` as const));
  checkOptionNames(where, options, [
    'units',
    'useKernel',
    'useBias',
    'useBoundary',
    ...weightNames,
    'name',
    'trainable',
  ]);
  const weight = (stem: keyof typeof WEIGHTS): WeightConfig =>
    weightConfig(`${where}: ${stem}`, {
      initializer: options[`${stem}Initializer`] ?? WEIGHTS[stem],
      regularizer: options[`${stem}Regularizer`],
      constraint: options[`${stem}Constraint`],
    });
  const useKernel = flag(where, 'useKernel', options.useKernel ?? true);
  const config: CrfConfig = {
    units: positiveInteger(where, 'units', options.units),
    useKernel,
    useBias: flag(where, 'useBias', options.useBias ?? useKernel),
    useBoundary: flag(where, 'useBoundary', options.useBoundary ?? true),
    kernel: weight('kernel'),
    bias: weight('bias'),
    chain: weight('chain'),
    boundary: weight('boundary'),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
