import { describeValue } from '../describe.js';
import { checkOptionNames, UnknownNameError, ValueError } from '../errors.js';
import { type LayerKind, resolverOf } from '../inference/kind.js';
import type { ModelOptions } from '../model/network.js';
import { readModel } from '../training/load.js';
import type { Loss } from '../training/losses/loss.js';
import type { Metric } from '../training/metrics/metric.js';
import { Model } from '../training/model.js';
import type { Names } from '../training/names.js';
import type { Optimizer } from '../training/optimizers/optimizer.js';
import type { Schedule } from '../training/schedules/schedule.js';

/** Functions by their names, as `{ adam, sgd }` writes them. */
export type Makers<T> = Readonly<Record<string, (options: never) => T>>;

/** Options of {@link load}: what a file may name, so that nothing else travels along. */
export interface LoadOptions extends Pick<ModelOptions, 'numerics' | 'threads'> {
  /** The kinds of layers that the model has, in any order: `[kinds.lstm, kinds.dense]`. */
  layers: readonly LayerKind[];
  /** The losses that it was compiled with: `{ meanSquaredError }`. Default none. */
  losses?: Makers<Loss>;
  /** The optimizer that it was compiled with: `{ adam }`. Default none. */
  optimizers?: Makers<Optimizer>;
  /** The metrics that it was compiled with: `{ auc: metrics.auc }`. Default none. */
  metrics?: Makers<Metric>;
  /** The schedule of its learning rate: `{ cosineDecay }`. Default none. */
  schedules?: Makers<Schedule>;
}

/**
 * Reads a model that `save` wrote. A compiled model comes back compiled, and goes on training with the same bits as if it
 * had never stopped.
 *
 * ```ts
 * import { adam, kinds, load, meanSquaredError } from 'recurra/training';
 * const model = load(bytes, {
 *   layers: [kinds.lstm, kinds.dense],
 *   losses: { meanSquaredError },
 *   optimizers: { adam },
 * });
 * ```
 *
 * @param bytes what `save` gave
 * @throws UnknownNameError when the model has what is not among the options; FormatError when the bytes are cut short,
 *   damaged, of a later version, or do not describe a model; MemoryError when the model does not fit into memory
 */
export function load(bytes: Uint8Array | ArrayBuffer, options: LoadOptions): Model {
  const known = ['layers', 'losses', 'optimizers', 'metrics', 'schedules', 'numerics', 'threads'];
  checkOptionNames('load', options, known);
  const { layers, losses, optimizers, metrics, schedules, ...rest } = options;
  const { resolve, missing } = resolverOf(layers, 'kinds.lstm');
  const find = <T>(
    option: string,
    given: Makers<T> | undefined,
  ): ((name: string) => (given?: never) => T) => {
    const makers = checkMakers(option, given ?? {});
    return (name) => {
      if (Object.hasOwn(makers, name)) return makers[name] as (given?: never) => T;
      const error = new UnknownNameError(
        `load: the model was compiled with '${name}', which is not among ${option}: pass ` +
          `{ ${option}: { ${[...Object.keys(makers), name].join(', ')} } }`,
      );
      missing.push(error);
      throw error;
    };
  };
  const [loss, optimizer] = [find('losses', losses), find('optimizers', optimizers)];
  const [metric, schedule] = [find('metrics', metrics), find('schedules', schedules)];
  const names = {
    loss: (_, name) => loss(name),
    optimizer: (_, name) => optimizer(name),
    metric: (_, name) => metric(name),
    schedule,
  } as Names;
  try {
    return readModel(bytes, { resolve, names, Kind: Model }, rest);
  } catch (error) {
    throw missing[0] ?? error;
  }
}

function checkMakers<T>(option: string, given: unknown): Makers<T> {
  const isRecord = typeof given === 'object' && given !== null && !Array.isArray(given);
  const wrong = isRecord ? Object.values(given).find((make) => typeof make !== 'function') : given;
  if (isRecord && wrong === undefined) return given as Makers<T>;
  throw new ValueError(
    `load: ${option} must hold functions by their names, such as { adam }, got ${describeValue(wrong)}`,
  );
}
