import { checkOptionNames, FormatError } from '../errors.js';
import type { Cell } from '../layers/custom/index.js';
import { resolverOfCells } from '../layers/registry.js';
import type { ModelOptions } from '../model/network.js';
import { readList, readNumber, readRecord, readText, readWhole } from '../model/reading.js';
import { asFormatError, type Parts, pasteTensors, readNameAndSeed, readSaved } from '../model/saved.js';
import type { Region } from '../program/region.js';
import type { Tensor } from '../tensor.js';
import type { Numerics } from '../wasm/load.js';
import { twins } from './compiled.js';
import { checkLosses } from './losses/fit-outputs.js';
import { lossFromConfig } from './losses/index.js';
import type { LossConfig } from './losses/loss.js';
import type { MetricConfig } from './metrics/metric.js';
import { getMetrics, metricContext, metricFromConfig } from './metrics/registry.js';
import { Model } from './model.js';
import { optimizerFrom } from './optimizers/index.js';
import type { OptimizerState } from './optimizers/optimizer.js';

/** Options of {@link load}. */
export interface LoadOptions {
  /** Numerics of the loaded model. A file says nothing about them. Default 'portable'. */
  numerics?: Numerics;
  /** Threads of the loaded model, as in {@link ModelOptions}. A file says nothing about them. Default 1. */
  threads?: number;
  /** The cells of one's own that the model has (`defineCell`). Default none. */
  cells?: readonly Cell<never>[];
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a model that `save` wrote. A compiled model comes back compiled, and goes on training with the same
 * bits as if it had never stopped.
 *
 * @param bytes what `save` gave
 * @throws FormatError when the bytes are cut short, damaged, of a later version, or do not describe a model;
 *   MemoryError when the model does not fit into memory
 */
export function load(bytes: Uint8Array | ArrayBuffer, options: LoadOptions = {}): Model {
  checkOptionNames('load', options, ['numerics', 'threads', 'cells']);
  const { cells = [], ...rest } = options;
  const resolve = resolverOfCells('load', cells);
  const { content: saved, wiring, parts } = readSaved(bytes, resolve);
  const model = new Model(wiring, { ...readNameAndSeed(saved), ...rest }, false);
  return asFormatError(() => {
    pasteTensors(model, parts);
    if (saved.training !== null) restoreTraining(model, readRecord('training', saved.training), parts);
    else if (Object.keys(parts.slots).length > 0 || parts.gradients !== undefined) {
      throw new FormatError('load: the file holds slots of an optimizer, but names none');
    }
    return model;
  });
}

function restoreTraining(model: Model, saved: Fields, { slots, gradients }: Parts): void {
  const { outputs } = model.graph;
  const perOutput = (name: string): readonly unknown[] => {
    const list = readList(name, saved[name]);
    if (list.length === outputs.length) return list;
    throw new FormatError(`load: ${name}: expected ${outputs.length} entries, got ${list.length}`);
  };
  const losses = perOutput('losses').map((entry, i) => {
    const { name, config } = readRecord(`losses[${i}]`, entry);
    return lossFromConfig(
      readText('name of a loss', name),
      readRecord('config of a loss', config) as LossConfig,
    );
  });
  checkLosses(model.graph, losses, 'load');
  const metrics = perOutput('metrics').map((list, i) => {
    const made = readList(`metrics[${i}]`, list).map((config) =>
      metricFromConfig(readRecord(`metrics[${i}]`, config) as MetricConfig),
    );
    const { shape } = outputs[i];
    const columns = shape[shape.length - 1] as number;
    return getMetrics(made, metricContext(losses[i], columns), 'load');
  });
  const lossWeights = perOutput('lossWeights').map((weight) => readNumber('lossWeights', weight));
  const optimizer = optimizerFrom(readRecord('optimizer', saved.optimizer));
  const state = readState(saved.state, optimizer.initialState());
  const step = readWhole('step', saved.step);
  const epoch = readWhole('epoch', saved.epoch);

  const { trainableFloats } = model.parameters;
  const isAccumulating = optimizer.isAccumulating(state);
  checkFloats('slots', Object.keys(slots).length, optimizer.slots.length);
  checkFloats('gradients', gradients?.data.length, isAccumulating ? trainableFloats : undefined);
  optimizer.slots.forEach((_, i) => {
    checkFloats(`slot ${i}`, slots[i]?.data.length, trainableFloats);
  });

  const evaluationMetrics = metrics.map(twins);
  const trainer = model.useCompiled({ optimizer, losses, lossWeights, metrics, evaluationMetrics });
  const { memory } = trainer;
  const paste = ({ address, floats }: Region, { data }: Tensor): void =>
    model.arena.f32(address as number, floats).set(data);
  memory.slots.forEach((slot, i) => {
    paste(slot, slots[i]);
  });
  if (gradients !== undefined) paste(memory.gradients, gradients);
  memory.state = state;
  trainer.step = step;
  trainer.epoch = epoch;
}

function readState(saved: unknown, initial: OptimizerState): OptimizerState {
  const given = readRecord('state', saved);
  checkFloats('state', Object.keys(given).length, Object.keys(initial).length);
  const state = { ...initial };
  for (const name of Object.keys(initial)) state[name] = readNumber(`state.${name}`, given[name]);
  readWhole('state.iterations', state.iterations);
  return state;
}

function checkFloats(what: string, got: number | undefined, expected: number | undefined): void {
  if (got === expected) return;
  throw new FormatError(`load: ${what}: expected ${expected ?? 'none'}, got ${got ?? 'none'}`);
}
