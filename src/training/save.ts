import { checkOptionNames, FormatError } from '../errors.js';
import { type Architecture, describe, rebuild } from '../model/architecture.js';
import { decodeContainer, encodeContainer } from '../model/container.js';
import type { StoredTensor } from '../model/parameters.js';
import type { Tensor } from '../tensor.js';
import type { Numerics } from '../wasm/load.js';
import { lossFromConfig } from './losses/index.js';
import type { LossConfig } from './losses/loss.js';
import type { MetricConfig } from './metrics/metric.js';
import { metricFromConfig } from './metrics/registry.js';
import { Model } from './model.js';
import { optimizerFrom } from './optimizers/index.js';
import type { OptimizerState } from './optimizers/optimizer.js';
import type { Trainer } from './trainer.js';

/** Options of {@link load}. */
export interface LoadOptions {
  /** Numerics of the loaded model. A file says nothing about them. Default 'portable'. */
  numerics?: Numerics;
  /** Threads of the loaded model, as in {@link ModelOptions}. A file says nothing about them. Default 1. */
  threads?: number;
}

interface Named {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** What is saved of a compiled model beside its tensors. */
interface SavedTraining {
  readonly optimizer: Named;
  readonly losses: readonly Named[];
  readonly lossWeights: readonly number[];
  readonly metrics: readonly (readonly MetricConfig[])[];
  readonly state: OptimizerState;
  readonly step: number;
  readonly epoch: number;
}

interface SavedModel {
  readonly name: string;
  readonly seed: number;
  readonly architecture: Architecture;
  readonly training: SavedTraining | null;
}

const WEIGHT = 'weight:';
const SLOT = 'slot:';
const STATE = 'state:';
const GRADIENTS = 'gradients';

/** Writes a model down; see container.ts for the layout. */
export function saveModel(model: Model, trainer: Trainer | null): Uint8Array {
  const tensors: Record<string, StoredTensor> = {};
  for (const [name, value] of Object.entries(model.parameters.readStored())) tensors[WEIGHT + name] = value;
  for (const [name, value] of Object.entries(model.carried.read())) tensors[STATE + name] = value;
  const content: SavedModel = {
    name: model.name,
    seed: model.seed,
    architecture: describe(model.graph),
    training: trainer && describeTraining(trainer, tensors),
  };
  return encodeContainer({ content, tensors });
}

function describeTraining(trainer: Trainer, tensors: Record<string, StoredTensor>): SavedTraining {
  const { compiled, memory, network } = trainer;
  const read = (address: number, floats: number): Tensor => ({
    data: network.arena.f32(address, floats).slice(),
    shape: [floats],
  });
  memory.slots.forEach((slot, i) => {
    tensors[`${SLOT}${i}`] = read(slot.address as number, slot.floats);
  });
  if (compiled.optimizer.isAccumulating(memory.state)) {
    tensors[GRADIENTS] = read(memory.gradients.address as number, memory.gradients.floats);
  }
  const named = ({ name, config }: Named): Named => ({ name, config });
  return {
    optimizer: named(compiled.optimizer),
    losses: compiled.losses.map(named),
    lossWeights: compiled.lossWeights,
    metrics: compiled.metrics.map((list) => list.map((metric) => metric.config)),
    state: memory.state,
    step: trainer.step,
    epoch: trainer.epoch,
  };
}

/**
 * Reads a model that `save` wrote. A compiled model comes back compiled, and goes on training with the same
 * bits as if it had never stopped.
 *
 * @throws FormatError when the bytes are cut short, damaged, or of a later version
 */
export function load(bytes: Uint8Array, options: LoadOptions = {}): Model {
  checkOptionNames('load', options, ['numerics', 'threads']);
  const { content, tensors } = decodeContainer(bytes);
  const saved = content as SavedModel;
  if (typeof saved?.architecture !== 'object' || saved.architecture === null) {
    throw new FormatError('load: the file holds no architecture');
  }
  const { name, seed } = saved;
  const model = new Model(rebuild(saved.architecture), { name, seed, ...options }, false);
  const weights = withPrefix(tensors, WEIGHT);
  const missing = model.parameters.all.find((p) => weights[p.name] === undefined);
  if (missing !== undefined) throw new FormatError(`load: the file lacks the weight '${missing.name}'`);
  model.setWeights(weights);
  model.carried.write(withPrefix(tensors, STATE));
  if (saved.training !== null) restoreTraining(model, saved.training, tensors);
  return model;
}

function withPrefix(tensors: Readonly<Record<string, Tensor>>, prefix: string): Record<string, Tensor> {
  const found: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(tensors)) {
    if (name.startsWith(prefix)) found[name.slice(prefix.length)] = value;
  }
  return found;
}

function restoreTraining(
  model: Model,
  saved: SavedTraining,
  tensors: Readonly<Record<string, Tensor>>,
): void {
  const losses = saved.losses.map(({ name, config }) => lossFromConfig(name, config as LossConfig));
  const metrics = saved.metrics.map((list) => list.map((config) => metricFromConfig(config)));
  const optimizer = optimizerFrom(saved.optimizer);
  const trainer = model.useCompiled({ optimizer, losses, lossWeights: saved.lossWeights, metrics });
  const { memory, network } = trainer;
  const paste = (name: string, address: number, floats: number): void => {
    const given = tensors[name];
    if (given?.data.length !== floats) throw new FormatError(`load: '${name}' has the wrong size`);
    network.arena.f32(address, floats).set(given.data);
  };
  memory.slots.forEach((slot, i) => {
    paste(`${SLOT}${i}`, slot.address as number, slot.floats);
  });
  memory.state = saved.state;
  if (optimizer.isAccumulating(saved.state)) {
    paste(GRADIENTS, memory.gradients.address as number, memory.gradients.floats);
  }
  trainer.step = saved.step;
  trainer.epoch = saved.epoch;
}
