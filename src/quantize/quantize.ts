import { checkOptionNames, ValueError } from '../errors.js';
import { operandName, scaleName } from '../layers/int8/weights.js';
import { resolverLike } from '../layers/registry.js';
import { describe, rebuild } from '../model/architecture.js';
import type { ModelInputs } from '../model/inputs.js';
import type { Network } from '../model/network.js';
import type { Parameters } from '../model/parameters.js';
import type { Tensor } from '../tensor.js';
import { twins } from '../training/compiled.js';
import { Model } from '../training/model.js';
import { type OperandRange, observeOperands } from './observe.js';
import { type LayerPlan, planLayers } from './plan.js';
import { calibrateWeight, quantizeWeight } from './weights.js';

/** Options of {@link quantize}. */
export interface QuantizeOptions {
  /**
   * Inputs as the model will meet them, `[samples, ...]`; a few hundred samples are plenty. What flows into each
   * product is centered and scaled by the ranges seen: most useful where features differ in size, or lie far
   * from zero.
   */
  calibration?: ModelInputs;
  /** Names of layers that stay in f32. Default none. */
  keep?: readonly string[];
  /** Threads of the copy. Default 1; see `prepare`. */
  threads?: number;
}

/**
 * A copy of a model with the weights of its products in 8 bits, one scale per output channel, for inference:
 * about a quarter of the size, and faster where the weights of the model outgrow the processor's caches.
 *
 * Activations are rounded to 7 bits on the way into each product, every row (a sample, or one time step of it)
 * by its own range; sums are whole numbers, biases, gates and states stay in f32. The same bits come out in
 * every engine, for any batch size, thread count and numerics, in `predict` and step by step. With
 * `await prepare({ int8: true })` beforehand the model uses the engine's 8-bit dot product, for the same bits.
 *
 * The copy predicts, streams, evaluates (when the model was compiled) and saves; it cannot be trained. Layers
 * without an 8-bit form stay as they are: {@link quantizationReport} lists them.
 *
 * @throws ValueError when no layer has an 8-bit form, or the model is quantised already; UnknownNameError for a
 *   name in `keep`; ShapeError when the calibration data does not fit; DataError when a weight, or a value that
 *   calibration meets, is not finite
 */
export function quantize<M extends Model<Tensor> | Model<Tensor[]>>(
  model: M,
  options: QuantizeOptions = {},
): M {
  checkOptionNames('quantize', options, ['calibration', 'keep', 'threads']);
  if (!(model instanceof Model)) throw new ValueError('quantize: expected a model');
  if (model.isQuantized) {
    throw new ValueError(`quantize: the model is quantised already (${model.quantizedLayer})`);
  }
  const { calibration, keep = [], threads } = options;
  const { graph, parameters, name, seed } = model;
  const network = model as unknown as Network;
  const plans = planLayers(graph, parameters, keep, calibration !== undefined);
  const ranges = calibration === undefined ? null : observeOperands(network, plans, calibration);
  const architecture = describe(graph);
  const layers = architecture.layers.map((layer, i) => {
    const { form } = plans[i];
    return { ...layer, ...(form && { type: form.type, config: form.config }), trainable: false };
  });
  const resolve = resolverLike(graph.layers.map(({ layer }) => layer.definition));
  const Kind = model.constructor as typeof Model<Tensor>;
  const copy = new Kind(rebuild({ ...architecture, layers }, resolve), { name, seed, threads }, false);
  const biases = new Biases(copy.parameters, model.getWeights());
  copy.setWeights(quantizedWeights(model.getWeights(), plans, ranges, biases));
  const compiled = model.compiled;
  if (compiled !== null) {
    const { optimizer, losses, lossWeights, metrics } = compiled;
    const lists = metrics.map(twins);
    copy.useCompiled({
      optimizer: optimizer.twin(),
      losses,
      lossWeights,
      metrics: lists,
      evaluationMetrics: lists.map(twins),
    });
  }
  return copy as unknown as M;
}

/** All weights of the copy by name. */
function quantizedWeights(
  weights: Readonly<Record<string, Tensor>>,
  plans: readonly LayerPlan[],
  ranges: ReadonlyMap<string, OperandRange> | null,
  biases: Biases,
): Record<string, Tensor> {
  const changed: Record<string, Tensor> = { ...weights };
  for (const { name, form } of plans) {
    for (const { name: weight, scales: kind, bias } of form?.weights ?? []) {
      const label = `${name}.${weight}`;
      const range = ranges?.get(label);
      if (range === undefined || bias === undefined) {
        const { values, scales } = quantizeWeight(weights[label], kind, label);
        Object.assign(changed, { [label]: values, [scaleName(label)]: scales });
        continue;
      }
      const { values, scales, operand, shift } = calibrateWeight(weights[label], range, label);
      Object.assign(changed, { [label]: values, [scaleName(label)]: scales, [operandName(label)]: operand });
      biases.add(`${name}.${bias.name}`, bias.offset, shift);
    }
  }
  return { ...changed, ...biases.changed };
}

/** Biases to which something is added; a layer that had none starts from zero. */
class Biases {
  readonly changed: Record<string, Tensor> = {};
  private readonly sums = new Map<string, Float64Array>();

  constructor(
    private readonly parameters: Parameters,
    private readonly weights: Readonly<Record<string, Tensor>>,
  ) {}

  add(label: string, offset: number, shift: Float64Array): void {
    const { size, declaration } = this.parameters.get(label);
    const sum =
      this.sums.get(label) ?? Float64Array.from(this.weights[label]?.data ?? new Float64Array(size));
    shift.forEach((v, n) => {
      sum[offset + n] += v;
    });
    this.sums.set(label, sum);
    this.changed[label] = { data: Float32Array.from(sum), shape: declaration.shape };
  }
}
