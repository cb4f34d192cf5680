import { FormatError } from '../errors.js';
import type { Resolve } from '../layers/restore.js';
import type { ModelOptions, Wiring } from '../model/network-core.js';
import { pasteTensors } from '../model/paste.js';
import { readList, readNumber, readRecord, readText, readWhole } from '../model/reading.js';
import { asFormatError, type Parts, readNameAndSeed, readSaved } from '../model/saved.js';
import type { Region } from '../program/region.js';
import type { Tensor } from '../tensor.js';
import { twins } from './compiled.js';
import { checkLosses } from './losses/fit-outputs.js';
import type { LossConfig } from './losses/loss.js';
import { getMetrics, metricContext } from './metrics/list.js';
import type { MetricConfig } from './metrics/metric.js';
import type { Model } from './model.js';
import { lossFromConfig, metricFromConfig, type Names, optimizerFrom } from './names.js';
import type { OptimizerState } from './optimizers/optimizer.js';

type Fields = Readonly<Record<string, unknown>>;

/** What is needed to read a model: how its layers are found, what names stand for, and what it becomes. */
export interface Reading<M extends Model> {
  readonly resolve: Resolve;
  readonly names: Names;
  readonly Kind: new (wiring: Wiring, options: ModelOptions, initialize: boolean) => M;
}

/** Reads a model that `save` wrote; see {@link Reading}. */
export function readModel<M extends Model>(
  bytes: Uint8Array | ArrayBuffer,
  { resolve, names, Kind }: Reading<M>,
  options: Pick<ModelOptions, 'numerics' | 'threads'>,
): M {
  const { content: saved, wiring, parts } = readSaved(bytes, resolve);
  const model = new Kind(wiring, { ...readNameAndSeed(saved), ...options }, false);
  return asFormatError(() => {
    pasteTensors(model, parts);
    if (saved.training !== null) {
      restoreTraining(model, readRecord('training', saved.training), parts, names);
    } else if (Object.keys(parts.slots).length > 0 || parts.gradients !== undefined) {
      throw new FormatError('load: the file holds slots of an optimizer, but names none');
    }
    return model;
  });
}

function restoreTraining(model: Model, saved: Fields, { slots, gradients }: Parts, names: Names): void {
  const { outputs } = model.graph;
  const perOutput = (name: string): readonly unknown[] => {
    const list = readList(name, saved[name]);
    if (list.length === outputs.length) return list;
    throw new FormatError(`load: ${name}: expected ${outputs.length} entries, got ${list.length}`);
  };
  const losses = perOutput('losses').map((entry, i) => {
    const { name, config } = readRecord(`losses[${i}]`, entry);
    return lossFromConfig(
      names,
      readText('name of a loss', name),
      readRecord('config of a loss', config) as LossConfig,
    );
  });
  checkLosses(model.graph, losses, 'load');
  const metrics = perOutput('metrics').map((list, i) => {
    const made = readList(`metrics[${i}]`, list).map((config) =>
      metricFromConfig(names, readRecord(`metrics[${i}]`, config) as MetricConfig),
    );
    const { shape } = outputs[i];
    const columns = shape[shape.length - 1] as number;
    return getMetrics(made, metricContext(losses[i], columns), names, 'load');
  });
  const lossWeights = perOutput('lossWeights').map((weight) => readNumber('lossWeights', weight));
  const optimizer = optimizerFrom(names, readRecord('optimizer', saved.optimizer));
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
