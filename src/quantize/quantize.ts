import { checkOptionNames, ValueError } from '../errors.js';
import { scaleName } from '../layers/int8/weights.js';
import { describe, rebuild } from '../model/architecture.js';
import type { Tensor } from '../tensor.js';
import { twins } from '../training/compiled.js';
import { lossFromConfig } from '../training/losses/index.js';
import { Model } from '../training/model.js';
import { optimizerFrom } from '../training/optimizers/index.js';
import { type LayerPlan, planLayers } from './plan.js';
import { quantizeWeight } from './weights.js';

/** Options of {@link quantize}. */
export interface QuantizeOptions {
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
 *   name in `keep`; DataError when a weight is not finite
 */
export function quantize<Out extends Tensor | Tensor[]>(
  model: Model<Out>,
  options: QuantizeOptions = {},
): Model<Out> {
  checkOptionNames('quantize', options, ['keep', 'threads']);
  if (!(model instanceof Model)) throw new ValueError('quantize: expected a model');
  if (model.isQuantized) {
    throw new ValueError(`quantize: the model is quantised already (${model.quantizedLayer})`);
  }
  const { graph, parameters, name, seed } = model;
  const plans = planLayers(graph, parameters, options.keep ?? []);
  const weights = quantizedWeights(model.getWeights(), plans);
  const architecture = describe(graph);
  const layers = architecture.layers.map((layer, i) => {
    const { form } = plans[i];
    return { ...layer, ...(form && { type: form.type, config: form.config }), trainable: false };
  });
  const copy = new Model<Out>(
    rebuild({ ...architecture, layers }),
    { name, seed, threads: options.threads },
    false,
  );
  copy.setWeights(weights);
  const compiled = model.compiled;
  if (compiled !== null) {
    const { optimizer, losses, lossWeights, metrics } = compiled;
    const lists = metrics.map(twins);
    copy.useCompiled({
      optimizer: optimizerFrom({ name: optimizer.name, config: optimizer.config }),
      losses: losses.map((loss) => lossFromConfig(loss.name, loss.config)),
      lossWeights,
      metrics: lists,
      evaluationMetrics: lists.map(twins),
    });
  }
  return copy;
}

/** All weights under their new names. */
function quantizedWeights(
  weights: Readonly<Record<string, Tensor>>,
  plans: readonly LayerPlan[],
): Record<string, Tensor> {
  const changed: Record<string, Tensor> = { ...weights };
  for (const { name, form } of plans) {
    for (const weight of form?.weights ?? []) {
      const label = `${name}.${weight.name}`;
      const { values, scales } = quantizeWeight(weights[label], weight.scales, label);
      changed[label] = values;
      changed[scaleName(label)] = scales;
    }
  }
  return changed;
}
