import { ValueError } from '../errors.js';
import { type Architecture, describe } from '../model/architecture.js';
import { encodeContainer } from '../model/container.js';
import type { StoredTensor } from '../model/parameters.js';
import { GRADIENTS, PREFIXES } from '../model/saved.js';
import { readStored } from '../model/weights.js';
import type { Region } from '../program/region.js';
import type { Tensor } from '../tensor.js';
import type { Compiled } from './compiled.js';
import { type MetricConfig, OwnMetric } from './metrics/metric.js';
import type { Model } from './model.js';
import type { OptimizerState } from './optimizers/optimizer.js';
import { isOwnSchedule } from './schedules/schedule.js';
import type { Trainer } from './trainer.js';

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

/** What is saved of a model beside its tensors. */
interface SavedModel {
  readonly name: string;
  readonly seed: number;
  readonly architecture: Architecture;
  readonly training: SavedTraining | null;
}

/**
 * Writes a model down; see container.ts for the layout.
 * @throws ValueError for a metric or schedule of the user's own: a file could not bring it back
 */
export function saveModel(model: Model, trainer: Trainer | null): Uint8Array {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, value] of Object.entries(readStored(model.parameters))) {
    tensors.set(PREFIXES.weight + name, value);
  }
  for (const [key, value] of Object.entries(model.carried.read())) tensors.set(PREFIXES.state + key, value);
  const content: SavedModel = {
    name: model.name,
    seed: model.seed,
    architecture: describe(model.graph),
    training: trainer && describeTraining(trainer, tensors),
  };
  return encodeContainer({ content, tensors });
}

function describeTraining(trainer: Trainer, tensors: Map<string, StoredTensor>): SavedTraining {
  const { compiled, memory, network } = trainer;
  checkSavable(compiled);
  const read = ({ address, floats }: Region): Tensor => ({
    data: network.arena.f32(address as number, floats).slice(),
    shape: [floats],
  });
  memory.slots.forEach((slot, i) => {
    tensors.set(`${PREFIXES.slot}${i}`, read(slot));
  });
  if (compiled.optimizer.isAccumulating(memory.state)) tensors.set(GRADIENTS, read(memory.gradients));
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

function checkSavable({ optimizer, metrics }: Compiled): void {
  const own = metrics.flat().find((metric) => !(metric instanceof OwnMetric));
  if (own !== undefined) {
    throw new ValueError(
      `save: metric '${own.name}' is not one of recurra's, so that a file cannot bring it back; compile without it`,
    );
  }
  const rate = optimizer.learningRate;
  if (typeof rate === 'number' || isOwnSchedule(rate)) return;
  throw new ValueError(
    `save: schedule '${rate.name}' is not one of recurra's, so that a file cannot bring it back; set ` +
      'learningRate to a number first',
  );
}
