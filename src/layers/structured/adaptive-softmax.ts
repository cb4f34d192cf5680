import { checkInteger, checkList, checkNumber } from '../../check.js';
import { checkOptionNames, ShapeError, ValueError } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import { formatShape, sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { adaptiveTailScratch, gemmTnScratch } from '../../wasm/scratch.js';
import type { InitializerLike } from '../initializers/index.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition, type OwnLossCall } from '../layer.js';
import { flag, layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { declareWeight, type WeightConfig, weightConfig } from '../weight.js';

/** Options of {@link adaptiveSoftmax}. Names and defaults are PyTorch's. */
export interface AdaptiveSoftmaxOptions extends BaseOptions {
  /** Number of classes. */
  units: number;
  /** Where clusters begin, rising, between 1 and units − 1: classes below the first are in the head. */
  cutoffs: readonly number[];
  /** Cluster i has features / divValue^(i + 1) features of its own. Default 4. */
  divValue?: number;
  /** True gives the head a bias. Default false. */
  headBias?: boolean;
  /** Default 'glorotUniform'. */
  kernelInitializer?: InitializerLike;
  /** Default 'zeros'. */
  biasInitializer?: InitializerLike;
}

interface AdaptiveConfig {
  readonly units: number;
  readonly cutoffs: readonly number[];
  readonly divValue: number;
  readonly headBias: boolean;
  readonly kernel: WeightConfig;
  readonly bias: WeightConfig;
}

/** A cluster: its number, its first class, its N classes and D features. */
interface Cluster {
  readonly i: number;
  readonly first: number;
  readonly N: number;
  readonly D: number;
}

function clustersOf({ units, cutoffs, divValue }: AdaptiveConfig, I: number): Cluster[] {
  let features = I;
  return cutoffs.map((first, i) => {
    features /= divValue;
    return { i, first, N: (cutoffs[i + 1] ?? units) - first, D: Math.floor(features) };
  });
}

/** Rows R, features I, columns K of the head, and the clusters. */
function sizes(config: AdaptiveConfig, k: Binding) {
  const shape = k.inputShapes[0];
  const I = shape[shape.length - 1];
  const K = config.cutoffs[0] + config.cutoffs.length;
  return { R: (k.batch * sizeOf(shape)) / I, I, K, clusters: clustersOf(config, I) };
}

/** y = x·W + b;   x [R, I], W [I, O] */
function recordProduct(
  k: Binding,
  name: string,
  bias: Ref | null,
  x: Ref,
  y: Ref,
  R: number,
  I: number,
  O: number,
) {
  const kernel = k.parameter(name);
  const packed = k.prepared(`${name}Packed`, Math.ceil(O / 8) * 8 * I, (emit, place) => {
    emit(kernels.pack_panels, place, kernel, I, O, 1, O, 1);
  });
  k.emit(kernels.gemm, y, x, packed, bias, R, O, I, 1, I, O, 0);
}

function recordHead(config: AdaptiveConfig, k: Binding): Ref {
  const { R, I, K } = sizes(config, k);
  const head = at(k.buffer('head', R * K));
  const bias = config.headBias ? k.parameter('headBias') : null;
  recordProduct(k, 'headKernel', bias, k.input(), head, R, I, K);
  return head;
}

/** The loss of the head, whose last classes are the clusters, and of the clusters that targets are in. */
function recordLoss(config: AdaptiveConfig, k: Binding, call: OwnLossCall): Ref | null {
  const { R, I, K, clusters } = sizes(config, k);
  const { losses, target, weights, scale } = call;
  const head = k.buffer('head', R * K);
  const classes = k.buffer('headClasses', R);
  k.emit(kernels.copy, classes, target, R);
  for (const { i, first, N } of clusters) {
    k.emit(kernels.adaptive_classes, classes, target, R, first, N, config.cutoffs[0] + i);
  }
  const dHead = k.training ? k.buffer('dHead', R * K) : null;
  const given = [head, classes, weights] as const;
  k.emit(
    kernels.sparse_categorical_crossentropy_logits_loss,
    losses,
    dHead,
    ...given,
    R,
    K,
    scale,
    Number.NaN,
  );
  const dx = k.training ? k.buffer('dInput', R * I) : null;
  if (dHead !== null && dx !== null) {
    const dKernel = k.gradient('headKernel');
    const scratch = k.buffer('gemmScratch', gemmTnScratch(I, K));
    if (dKernel !== null) k.emit(kernels.gemm_tn, dKernel, k.input(), dHead, scratch, I, K, R, I, K, K);
    const dBias = config.headBias ? k.gradient('headBias') : null;
    if (dBias !== null) k.emit(kernels.colsum, dBias, dHead, R, K, K);
    const kernel = k.parameter('headKernel');
    const packed = k.prepared('headKernelTransposed', Math.ceil(I / 8) * 8 * K, (emit, place) => {
      emit(kernels.pack_panels, place, kernel, K, I, 1, 1, K);
    });
    k.emit(kernels.gemm, dx, dHead, packed, null, R, I, K, 1, K, I, 0);
  }
  for (const { i, first, N, D } of clusters) {
    const [projection, kernel] = [`tailProjection_${i}`, `tailKernel_${i}`];
    const made = [losses, dx, k.gradient(projection), k.gradient(kernel)] as const;
    const read = [k.input(), target, k.parameter(projection), k.parameter(kernel), weights] as const;
    const scratch = k.buffer(
      'tailScratch',
      Math.max(...clusters.map((c) => adaptiveTailScratch(R, I, c.D, c.N))),
    );
    k.emit(kernels.adaptive_tail_loss, ...made, ...read, scratch, R, I, D, N, first, scale);
  }
  return dx && at(dx);
}

const definition: LayerDefinition<AdaptiveConfig> = {
  type: 'adaptiveSoftmax',
  restore: restoreWith(adaptiveSoftmax),
  outputShapes(config, [x], name) {
    const I = x[x.length - 1];
    if (typeof I !== 'number') {
      throw new ShapeError(
        `${name}: input has shape ${formatShape([null, ...x])}, expected a last axis of known size`,
      );
    }
    const last = clustersOf(config, I).find(({ D }) => D < 1);
    if (last !== undefined) {
      const { divValue } = config;
      throw new ShapeError(
        `${name}: input has ${I} features, of which divValue ${divValue} leaves none for cluster ${last.i}`,
      );
    }
    return [[...x.slice(0, -1), config.units]];
  },
  parameters(config, [x]) {
    const I = x[x.length - 1] as number;
    const K = config.cutoffs[0] + config.cutoffs.length;
    return [
      declareWeight('headKernel', [I, K], config.kernel),
      ...(config.headBias ? [declareWeight('headBias', [K], config.bias)] : []),
      ...clustersOf(config, I).flatMap(({ i, N, D }) => [
        declareWeight(`tailProjection_${i}`, [I, D], config.kernel),
        declareWeight(`tailKernel_${i}`, [D, N], config.kernel),
      ]),
    ];
  },
  forward(config, k) {
    const { R, I, K, clusters } = sizes(config, k);
    const { units: V, cutoffs } = config;
    const head = recordHead(config, k);
    if (!k.outputWanted) return;
    const shares = at(k.buffer('headShares', R * K));
    k.emit(kernels.softmax_forward, shares, head, R, K);
    k.emit(kernels.adaptive_join, k.output(), shares, null, R, cutoffs[0], V, K, K);
    for (const { i, first, N, D } of clusters) {
      const [p, x] = [at(k.buffer(`projected_${i}`, R * D)), at(k.buffer(`tail_${i}`, R * N))];
      recordProduct(k, `tailProjection_${i}`, null, k.input(), p, R, I, D);
      recordProduct(k, `tailKernel_${i}`, null, p, x, R, D, N);
      k.emit(kernels.softmax_forward, x, x, R, N);
      k.emit(kernels.adaptive_join, at(k.output(), first), x, at(shares, cutoffs[0] + i), R, N, V, N, K);
    }
  },
  backward(_config, k) {
    k.setInputGradient(0, k.outputGradient() as Ref);
  },
  ownLoss: { name: 'adaptiveSoftmax', record: recordLoss },
  masks: 'passes',
  step: 'forward',
};

/** How these layers are saved and rebuilt. */
export const adaptiveSoftmaxDefinition = definition as unknown as LayerDefinition;

function checkCutoffs(where: string, value: unknown, units: number): number[] {
  const list = checkList(where, 'cutoffs', value).map((cutoff, i) =>
    checkInteger(where, `cutoffs[${i}]`, cutoff, { min: 1, max: units - 1 }),
  );
  if (list.length > 0 && list.every((cutoff, i) => i === 0 || cutoff > list[i - 1])) return list;
  throw new ValueError(`${where}: cutoffs must be rising, at least one, got [${list.join(', ')}]`);
}

/**
 * Probabilities of many classes in clusters: the last layer of a model with a large vocabulary whose ids fall in
 * frequency.
 *
 * ```text
 * head   q = softmax(x·W + b) over the classes below the first cutoff, and one for each cluster
 * tails  y_k = q(cluster of k) · softmax_k(x·P_i·W_i) over the classes of cluster i
 * ```
 *
 * Input `[batch, ..., features]`, output `[batch, ..., units]`. Weights `headKernel [features, cutoffs[0] + clusters]`,
 * `headBias` with `headBias`, and for each cluster `tailProjection_i [features, features / divValue^(i + 1)]` and
 * `tailKernel_i`. It is trained with the loss `adaptiveSoftmax` and class ids for targets: a row takes part in the
 * products of the cluster that its target is in, and of no other.
 *
 * Source: Grave et al. 2017; PyTorch's AdaptiveLogSoftmaxWithLoss
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function adaptiveSoftmax(options: AdaptiveSoftmaxOptions): Layer {
  const where = layerLabel('adaptiveSoftmax', options);
  const names = ['units', 'cutoffs', 'divValue', 'headBias', 'kernelInitializer', 'biasInitializer'];
  checkOptionNames(where, options, [...names, 'name', 'trainable']);
  const units = checkInteger(where, 'units', options.units, { min: 2 });
  const config: AdaptiveConfig = {
    units,
    cutoffs: checkCutoffs(where, options.cutoffs, units),
    divValue: checkNumber(where, 'divValue', options.divValue ?? 4, { min: 1 }),
    headBias: flag(where, 'headBias', options.headBias ?? false),
    kernel: weightConfig(`${where}: kernel`, { initializer: options.kernelInitializer ?? 'glorotUniform' }),
    bias: weightConfig(`${where}: bias`, { initializer: options.biasInitializer ?? 'zeros' }),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
