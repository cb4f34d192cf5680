import { ThreadError } from '../errors.js';
import { gatherSamples, writeInputs } from '../model/batch-data.js';
import type { Network } from '../model/network.js';
import { type BatchShapes, keyOf, shapesOfBatch, wholeShapes } from '../model/steps.js';
import type { Program } from '../program/program.js';
import { addressOf } from '../program/region.js';
import { type Shape, sizeOf } from '../shape.js';
import type { Tensor } from '../tensor.js';
import type { Logs } from './callbacks/callback.js';
import type { Compiled } from './compiled.js';
import type { Dataset } from './data.js';
import { weightIgnoredRows } from './losses/index.js';
import type { MetricBatch } from './metrics/metric.js';
import { gatherWeights, rowsOf } from './targets.js';
import { buildLossProgram, type LossProgram } from './train-program.js';
import { type Snapshot, TrainingMemory } from './training-memory.js';

/** Classes of a label, where memory is planned without one. */
const PLANNED_LABELS = 32;

/** What a batch came to. When anything is broken, nothing has been changed by it. */
export interface StepResult {
  readonly loss: number;
  /** What is NaN or infinite, or null. */
  readonly broken: 'loss' | 'gradient' | null;
  /** Which sample the loss is infinite of, where that is known: to follow a message; else ''. */
  readonly reason: string;
}

/** A point of training to come back to. */
export interface Checkpoint {
  readonly memory: Snapshot;
  readonly carried: Readonly<Record<string, Tensor>>;
  readonly step: number;
  /** Epochs that `fit` had counted. */
  readonly epoch: number;
}

/** Runs batches of a compiled model: the part of training that has no loop. */
export class Trainer {
  readonly memory: TrainingMemory;
  /** Batches trained on since the model was made: keys dropout masks. */
  step = 0;
  /** Epochs trained since the model was made: keys shuffles. */
  epoch = 0;
  /** The program that ran last. */
  private bound: LossProgram | null = null;

  constructor(
    readonly network: Network,
    readonly compiled: Compiled,
  ) {
    this.memory = new TrainingMemory(network, compiled);
  }

  /** Makes the program for a batch size before the first batch, so that memory is known to suffice. */
  prepare(data: Dataset, batch: number, training: boolean): LossProgram {
    return this.program(batch, this.longest(data, training), data, training);
  }

  /** Shapes that no batch of the data exceeds. */
  private longest({ inputs, count }: Dataset, training: boolean): BatchShapes {
    const all = { order: null, from: 0, count };
    return shapesOfBatch(this.network.graph, inputs, all, training ? 'train' : 'evaluate');
  }

  /** The program for a batch, with no more steps than its longest sequence has. */
  private batchProgram(
    data: Dataset,
    order: Uint32Array | null,
    from: number,
    count: number,
    training: boolean,
  ): LossProgram {
    const purpose = training ? 'train' : 'evaluate';
    const shapes = shapesOfBatch(this.network.graph, data.inputs, { order, from, count }, purpose);
    this.bound = this.program(count, shapes, data, training);
    return this.bound;
  }

  private program(batch: number, shapes: BatchShapes, data: Dataset, training: boolean): LossProgram {
    return this.programFor(
      batch,
      shapes,
      data.weights.map((w, i) => w !== null || this.compiled.losses[i].ignoreClass !== null),
      data.targets.map((t) => t.labels),
      training,
    );
  }

  /**
   * Forward, loss, backward, and every `gradientAccumulationSteps` batches an update.
   *
   * @throws ValueError when a schedule gives no learning rate, and ThreadError when a thread is lost; everything is
   *   as it was before, unless the message says that it was during the update
   */
  trainBatch(data: Dataset, order: Uint32Array | null, from: number, count: number): StepResult {
    const bound = this.batchProgram(data, order, from, count, true);
    const { network, memory, compiled } = this;
    const { carried } = network;
    compiled.optimizer.currentLearningRate(memory.state);
    network.parameters.refresh();
    const waiting = memory.copyGradients();
    const states = carried.exist ? carried.read() : null;
    this.writeBatch(bound, data, order, from);
    network.setRandomStep(this.step);
    carried.markUsed();
    const takeBack = (): void => {
      memory.putGradients(waiting);
      if (states !== null) carried.write(states);
    };
    try {
      bound.program.run(0, bound.acceptFrom);
    } catch (error) {
      takeBack();
      throw error;
    }
    const loss = memory.readLoss();
    const broken = Number.isFinite(loss) ? (memory.gradientIsFinite() ? null : 'gradient') : 'loss';
    if (broken !== null) {
      const reason = broken === 'loss' ? this.infiniteSample(bound, order, from) : '';
      takeBack();
      return { loss, broken, reason };
    }
    this.step++;
    const updates = compiled.optimizer.advance(memory.hyper, memory.state);
    this.runUpdate(bound, updates);
    if (updates) {
      network.parameters.changed();
    }
    return { loss, broken, reason: '' };
  }

  /** Names the first sample whose own loss is Infinity: its label cannot be said by its sequence. */
  private infiniteSample(bound: LossProgram, order: Uint32Array | null, from: number): string {
    for (const [i, sequences] of bound.sequences.entries()) {
      if (sequences === null) continue;
      const { address } = sequences.losses;
      const b = this.network.arena.f32(address as number, bound.batch).indexOf(Number.POSITIVE_INFINITY);
      if (b < 0) continue;
      const sample = order === null ? from + b : order[from + b];
      return `: ${this.compiled.losses[i].name}: the steps of sample ${sample} that count cannot say its label`;
    }
    return '';
  }

  /** What layers write after a batch and, when it is due, the optimizer's update. */
  private runUpdate(bound: LossProgram, due: boolean): void {
    if (!due && bound.acceptFrom === bound.updateFrom) return;
    try {
      bound.program.run(bound.acceptFrom, due ? undefined : bound.updateFrom);
    } catch (error) {
      this.memory.putGradients(null);
      if (!(error instanceof ThreadError)) throw error;
      throw new ThreadError(
        `${error.message}. It was during an update: the weights are between two steps; restore saved ones`,
      );
    }
  }

  /** The state of training now. The arrays of an older one are used again. */
  checkpoint(epoch: number, old: Checkpoint | null = null): Checkpoint {
    const { network, memory, step } = this;
    network.parameters.refresh();
    return { memory: memory.snapshot(old?.memory), carried: network.carried.read(), step, epoch };
  }

  /** Goes back to a checkpoint. */
  restore(checkpoint: Checkpoint): void {
    this.memory.restore(checkpoint.memory);
    this.network.carried.write(checkpoint.carried);
    this.step = checkpoint.step;
  }

  /** Forward and loss, as in inference. */
  evaluateBatch(data: Dataset, from: number, count: number): number {
    const bound = this.batchProgram(data, null, from, count, false);
    this.writeBatch(bound, data, null, from);
    this.network.runInference(bound);
    return this.memory.readLoss();
  }

  /** Gives the metrics the batch that was run last. */
  updateMetrics(count: number, training: boolean): void {
    const lists = this.metrics(training);
    const { bound } = this;
    if (bound === null || lists.every((list) => list.length === 0)) return;
    const { arena } = this.network;
    lists.forEach((metrics, i) => {
      if (metrics.length === 0) return;
      const shape = bound.outputShapes[i];
      const outputs = shape[shape.length - 1];
      const steps = rowsOf(shape);
      const padding = this.compiled.losses[i].sequence?.padding ?? null;
      const rows = padding === null ? count * steps : count;
      const weights = bound.rowWeights[i];
      const mask = bound.sequences[i]?.mask ?? null;
      const target = bound.targets[i];
      const batch: MetricBatch = {
        target: arena.f32(target.address as number, target.floats),
        prediction: arena.f32(addressOf(bound.outputs[i]), count * steps * outputs),
        rows,
        outputs,
        targetColumns: target.floats / rows,
        weights: weights && arena.f32(addressOf(weights), rows),
        labels:
          padding === null ? null : { padding, mask: mask && arena.f32(addressOf(mask), count * steps) },
      };
      for (const metric of metrics) metric.update(batch);
    });
  }

  /** What a training step without weights of rows takes. Only its list of calls is made, and given back. */
  plan(batch: number, inputShapes: readonly Shape[]): Program {
    const weighted = this.network.graph.outputs.map(() => false);
    const labels = this.compiled.losses.map(({ sequence }) =>
      sequence?.padding == null ? 1 : PLANNED_LABELS,
    );
    const key = { batch, shapes: wholeShapes(inputShapes), weighted, labels, training: true };
    const { program } = buildLossProgram(this.network, this.compiled, this.memory, key);
    program.release();
    return program;
  }

  resetMetrics(training: boolean): void {
    for (const metric of this.metrics(training).flat()) metric.reset();
  }

  /** Values of the metrics by name; with several outputs the output's name goes in front. */
  metricResults(training: boolean): Logs {
    const { outputNames } = this.network.graph;
    const logs: Logs = {};
    this.metrics(training).forEach((metrics, i) => {
      const prefix = outputNames.length === 1 ? '' : `${outputNames[i]}_`;
      for (const metric of metrics) logs[`${prefix}${metric.name}`] = metric.result();
    });
    return logs;
  }

  private metrics(training: boolean): Compiled['metrics'] {
    return training ? this.compiled.metrics : this.compiled.evaluationMetrics;
  }

  private programFor(
    batch: number,
    shapes: BatchShapes,
    weighted: readonly boolean[],
    labels: readonly number[],
    training: boolean,
  ): LossProgram {
    const { network } = this;
    const rows = `${weighted.map(Number).join('')}:${labels.join(',')}`;
    const key = `${training ? 'train' : 'evaluate'}:${batch}:${keyOf(shapes)}:${rows}`;
    return network.workspace.get(key, batch, () =>
      buildLossProgram(network, this.compiled, this.memory, { batch, shapes, weighted, labels, training }),
    ) as LossProgram;
  }

  /** Copies a batch into the places of a program. */
  writeBatch(bound: LossProgram, data: Dataset, order: Uint32Array | null, from: number): void {
    const { network } = this;
    const { arena } = network;
    writeInputs(arena, bound, data.inputs, order, from);
    data.targets.forEach((targets, i) => {
      const region = bound.targets[i];
      const view = arena.f32(region.address as number, region.floats);
      const isList = this.compiled.losses[i].sequence?.padding != null;
      const shape = isList
        ? targets.shape
        : [...bound.outputShapes[i].slice(0, -1), ...targets.shape.slice(-1)];
      gatherSamples(view, targets.data, order, from, bound.batch, shape, sizeOf(targets.shape));
    });
    data.weights.forEach((weights, i) => {
      const region = bound.weights[i];
      if (region === null) return;
      const view = arena.f32(region.address as number, region.floats);
      if (weights === null) view.fill(1);
      else gatherWeights(view, weights, order, from, bound.batch, bound.outputShapes[i]);
      const target = bound.targets[i];
      const labels = arena.f32(target.address as number, target.floats);
      weightIgnoredRows(this.compiled.losses[i], labels, view, bound.masked[i]);
    });
  }
}
