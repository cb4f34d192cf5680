import type { OwnLossCall } from '../layers/layer.js';
import { recordPenalty } from '../layers/regularizers.js';
import type { SymbolicTensor } from '../layers/symbolic.js';
import type { Graph } from '../model/graph.js';
import { LossBinder } from '../model/loss-binder.js';
import type { BoundProgram, Network } from '../model/network.js';
import type { BatchShapes } from '../model/steps.js';
import { Program } from '../program/program.js';
import type { Recorder } from '../program/recorder.js';
import type { Ref, Region } from '../program/region.js';
import { sizeOf } from '../shape.js';
import * as kernels from '../wasm/generated/kernels.js';
import type { Compiled } from './compiled.js';
import { outputsByLogits } from './losses/fit-outputs.js';
import { type LossPart, recordLoss } from './record-loss.js';
import type { TrainingMemory } from './training-memory.js';

/** A program that computes losses: with gradients and an update (training), or without (evaluation). */
export interface LossProgram extends BoundProgram {
  /** Per output: where targets go, and weights of rows where there are any. */
  readonly targets: readonly Region[];
  readonly weights: readonly (Region | null)[];
  /** Per output: whether its rows are masked, and where the weights of rows are in which the mask has its part. */
  readonly masked: readonly boolean[];
  readonly rowWeights: readonly (Ref | null)[];
  /** Per output: what losses over sequences leave beside, or null. */
  readonly sequences: readonly LossPart['sequences'][];
  /** Position of the first call of what layers write once the loss is known to be finite. */
  readonly acceptFrom: number;
  /** Position of the first call of the update. */
  readonly updateFrom: number;
}

/** Sizes and kinds that a loss program is made for. */
export interface LossProgramKey {
  readonly batch: number;
  readonly shapes: BatchShapes;
  /** Per output, whether rows are weighted. */
  readonly weighted: readonly boolean[];
  /** Per output, numbers in the target of a sample where they are labels of the whole sequence; else 1. */
  readonly labels: readonly number[];
  readonly training: boolean;
}

/** Records forward, losses and, for training, backward, penalties, clipping, update and constraints. */
export function buildLossProgram(
  network: Network,
  compiled: Compiled,
  memory: TrainingMemory,
  key: LossProgramKey,
): LossProgram {
  const { batch, shapes, weighted, labels, training } = key;
  const gradient = (name: string): Ref | null => (training ? memory.gradient(name) : null);
  const target = { ...network.bindingTarget(batch, shapes), training, gradient };
  const logits = outputsByLogits(network.graph, compiled.losses);
  const unread = unreadOutputs(network.graph, compiled, training);
  const binder = new LossBinder({ ...target, penalty: memory.penaltyPlace, logits, unread });
  const { recorder } = binder;
  recorder.owner = 'regularizers';
  recorder.emit(kernels.fill, memory.penaltyPlace, 1, 0);
  const outputs = binder.forward();
  outputs.forEach((place, i) => {
    if (!unread.has(network.graph.outputs[i])) recorder.readAfter(place);
  });
  recorder.phase = 'loss';
  recorder.owner = 'loss';
  const parts = outputs.map((prediction, index) => {
    const value = network.graph.outputs[index];
    const mask = binder.mask(value);
    const shape = binder.shape(value);
    const output = {
      index,
      prediction,
      logits: binder.logits(value),
      shape,
      batch,
      mask,
      weighted: weighted[index],
      labels: labels[index],
      training,
      ownLoss: (call: OwnLossCall) => binder.ownLoss(value, call),
    };
    return recordLoss(recorder, compiled, memory, output);
  });
  if (training) binder.backward(parts.map((part) => part.gradient));
  recordPenalties(recorder, network, memory, training);
  if (training) {
    memory.recordCheck(recorder);
    binder.accepted();
    recorder.prepend(binder.preparations());
    recorder.phase = 'update';
    recorder.owner = 'optimizer';
    memory.recordUpdate(recorder);
  }
  const program = new Program(network.arena, recorder);
  return {
    program,
    ...network.batchPlaces(binder, shapes),
    outputs,
    targets: parts.map((part) => part.target),
    weights: parts.map((part) => part.weights),
    masked: parts.map((part) => part.masked),
    rowWeights: parts.map((part) => part.rowWeights),
    sequences: parts.map((part) => part.sequences),
    acceptFrom: Math.min(program.position('accept'), program.position('update')),
    updateFrom: program.position('update'),
  };
}

/** Outputs with losses of their own, of which no metric asks. */
function unreadOutputs(graph: Graph, compiled: Compiled, training: boolean): Set<SymbolicTensor> {
  const { losses, metrics, evaluationMetrics } = compiled;
  const asked = training ? metrics : evaluationMetrics;
  return new Set(graph.outputs.filter((_, i) => losses[i].own && asked[i].length === 0));
}

/** The penalties of regularizers: to the loss, and in training to the gradients. */
function recordPenalties(
  recorder: Recorder,
  network: Network,
  memory: TrainingMemory,
  training: boolean,
): void {
  recorder.owner = 'regularizers';
  for (const p of network.parameters.all) {
    const { regularizer, shape } = p.declaration;
    if (!regularizer) continue;
    const gradient = training && p.trainable ? memory.gradient(p.name) : null;
    recordPenalty(recorder.emit.bind(recorder), regularizer, {
      loss: memory.penaltyPlace,
      gradient,
      parameter: p.region,
      n: sizeOf(shape),
    });
  }
}
