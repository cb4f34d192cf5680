import { describeValue } from '../../../describe.js';
import { FormatError, RecurraError } from '../../../errors.js';
import type { Network } from '../../../model/network.js';
import type { Tensor } from '../../../tensor.js';
import type { NamedModel } from '../../../training/named/model.js';
import type { Trainer } from '../../../training/trainer.js';
import { type Fields, isFields, type Place, refuse } from '../dialect.js';
import type { WeightNode } from '../weights/slots.js';
import { readLoss, writeLoss } from './losses.js';
import { type ReadMetric, readMetric, writeMetric } from './metrics.js';
import { readOptimizer, writeOptimizer } from './optimizer.js';
import { readSlots } from './slots.js';

type AnyModel = NamedModel<Tensor | Tensor[]>;

/** What a file says of each output: a list, a record by output, or the same for all. */
function perOutput<T>(
  place: Place,
  what: string,
  names: readonly string[],
  given: unknown,
  read: (one: unknown) => T,
): T[] {
  const isOne = typeof given === 'string' || (isFields(given) && 'class_name' in given);
  if (isOne) return names.map(() => read(given));
  const list: readonly unknown[] | null = Array.isArray(given)
    ? given
    : isFields(given)
      ? names.map((name) => given[name])
      : null;
  if (list !== null && list.length === names.length) return list.map(read);
  return refuse(
    place,
    `${what}: expected one for each output (${names.join(', ')}), got ${describeValue(given)}`,
  );
}

/** Metrics of each output. Keras takes a plain list for one output, and lists or records for several. */
function metricsOf(place: Place, names: readonly string[], given: unknown): ReadMetric[][] {
  if (given === null || given === undefined) return names.map(() => []);
  const list = (one: unknown): ReadMetric[] =>
    (Array.isArray(one) ? one : one === null || one === undefined ? [] : [one]).map((metric) =>
      readMetric(place, metric),
    );
  if (isFields(given) && !('class_name' in given)) return names.map((name) => list(given[name]));
  const all = Array.isArray(given) ? given : [given];
  const nested = all.some((entry) => Array.isArray(entry) || entry === null);
  if (nested && all.length === names.length) return all.map(list);
  if (names.length === 1) return [list(all)];
  return refuse(place, `metrics: expected a list for each output (${names.join(', ')})`);
}

function compile(place: Place, model: AnyModel, config: Fields): void {
  const { outputNames: names } = (model as unknown as Network).graph;
  const optimizer = readOptimizer(place, config.optimizer ?? config.optimizer_config);
  const loss = perOutput(place, 'loss', names, config.loss, (one) => readLoss(place, one));
  const weights = config.loss_weights ?? config.lossWeights ?? null;
  const lossWeights = Array.isArray(weights)
    ? weights
    : isFields(weights)
      ? names.map((name) => weights[name] ?? 1)
      : names.map(() => 1);
  if (config.weighted_metrics !== null && config.weighted_metrics !== undefined) {
    const list: unknown = config.weighted_metrics;
    if (!Array.isArray(list) || list.flat().length > 0) refuse(place, 'weighted_metrics are not read');
  }
  const metrics = metricsOf(place, names, config.metrics);
  model.compile({ optimizer, loss, lossWeights, metrics } as Parameters<AnyModel['compile']>[0]);
}

/** How a model was compiled, and what its optimizer kept. */
export interface Training {
  readonly config: Fields | null;
  /** Variables of the optimizer. */
  variables(): Tensor[];
  /** Told what was not read. */
  warn(message: string): void;
}

/**
 * Compiles a model as its file says.
 * @throws FormatError for what we have not, with the way to leave it out
 */
export function restoreTraining(
  place: Place,
  model: AnyModel,
  node: WeightNode,
  { config, variables, warn }: Training,
): void {
  if (
    config === null ||
    (config.optimizer ?? config.optimizer_config ?? null) === null ||
    (config.loss ?? null) === null
  ) {
    return;
  }
  try {
    compile(place, model, config);
  } catch (error) {
    if (!(error instanceof RecurraError)) throw error;
    throw new FormatError(`${error.message}; { compile: false } reads the model without how it was trained`);
  }
  const why = readSlots(model.compiledFor(place.where), node, variables());
  if (why !== null) {
    warn(
      `${place.where}: the variables of the optimizer are not read: ${why}; training goes on without them`,
    );
  }
}

/**
 * A compiled model's training in Keras's words.
 * @throws FormatError for what the family has not, with the way to leave it out
 */
export function writeTraining(place: Place, trainer: Trainer): Fields {
  try {
    return trainingConfig(place, trainer);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(
      `${error.message}; { includeOptimizer: false } writes the model without how it is trained`,
    );
  }
}

function trainingConfig(place: Place, { compiled }: Trainer): Fields {
  const one = <T>(list: readonly T[]): T | readonly T[] => (list.length === 1 ? list[0] : list);
  const optimizer = writeOptimizer(place, compiled.optimizer);
  if (place.family === 'tfjs' && compiled.lossWeights.some((weight) => weight !== 1)) {
    refuse(place, 'lossWeights other than 1 have no place in a file of tfjs');
  }
  const key = place.family === 'keras 3' ? 'optimizer' : 'optimizer_config';
  return {
    [key]: optimizer,
    loss: one(compiled.losses.map((loss) => writeLoss(place, loss))),
    metrics: one(compiled.metrics.map((list) => list.map((metric) => writeMetric(place, metric)))),
    ...(place.family !== 'tfjs' && {
      loss_weights: compiled.lossWeights.every((weight) => weight === 1) ? null : compiled.lossWeights,
      weighted_metrics: null,
    }),
    ...(place.family === 'keras 3' && { run_eagerly: false, steps_per_execution: 1, jit_compile: false }),
  };
}
