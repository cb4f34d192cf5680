import { recordPenalty } from '../layers/regularizers.js';
import { GraphBinder } from '../model/binder.js';
import type { BoundProgram, Network } from '../model/network.js';
import { Program } from '../program/program.js';
import type { Recorder } from '../program/recorder.js';
import { at, type Ref, type Region } from '../program/region.js';
import { type Shape, sizeOf } from '../shape.js';
import type { Compiled } from './compiled.js';
import { rowsOf } from './targets.js';
import type { TrainingMemory } from './training-memory.js';

/** A program that computes losses: with gradients and an update (training), or without (evaluation). */
export interface LossProgram extends BoundProgram {
  /** Per output: where targets go, and weights of rows where there are any. */
  readonly targets: readonly Region[];
  readonly weights: readonly (Region | null)[];
  /** Position of the first call of what layers write once the loss is known to be finite. */
  readonly acceptFrom: number;
  /** Position of the first call of the update. */
  readonly updateFrom: number;
}

/** Sizes and kinds that a loss program is made for. */
export interface LossProgramKey {
  readonly batch: number;
  readonly inputShapes: readonly Shape[];
  /** Per output, whether rows are weighted. */
  readonly weighted: readonly boolean[];
  readonly training: boolean;
}

/** Records forward, losses and, for training, backward, penalties, clipping, update and constraints. */
export function buildLossProgram(
  network: Network,
  compiled: Compiled,
  memory: TrainingMemory,
  key: LossProgramKey,
): LossProgram {
  const { batch, inputShapes, weighted, training } = key;
  const gradient = (name: string): Ref | null => (training ? memory.gradient(name) : null);
  const target = network.bindingTarget(batch, inputShapes, training, gradient);
  const binder = new GraphBinder({ ...target, penalty: memory.penaltyPlace });
  const { recorder } = binder;
  recorder.owner = 'regularizers';
  recorder.emit('fill', memory.penaltyPlace, 1, 0);
  const outputs = binder.forward();
  for (const place of outputs) recorder.readAfter(place);
  const outputShapes = network.graph.outputs.map((value) => binder.shape(value));

  recorder.phase = 'loss';
  recorder.owner = 'loss';
  const parts = outputs.map((place, i) =>
    recordLoss(recorder, compiled, memory, i, place, outputShapes[i], batch, weighted[i], training),
  );
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
    batch,
    inputs: binder.inputs,
    outputs,
    outputShapes,
    targets: parts.map((part) => part.target),
    weights: parts.map((part) => part.weights),
    acceptFrom: Math.min(program.position('accept'), program.position('update')),
    updateFrom: program.position('update'),
  };
}

interface LossPart {
  readonly target: Region;
  readonly weights: Region | null;
  readonly gradient: Ref | null;
}

/** L = Σ_r w_r · l_r / R for one output; its share of the gradient is scaled by the output's loss weight. */
function recordLoss(
  recorder: Recorder,
  compiled: Compiled,
  memory: TrainingMemory,
  index: number,
  prediction: Ref,
  shape: Shape,
  batch: number,
  weighted: boolean,
  training: boolean,
): LossPart {
  const loss = compiled.losses[index];
  const O = shape[shape.length - 1];
  const R = batch * rowsOf(shape);
  const target = recorder.region(`target_${index}`, R * loss.targetColumns(O));
  recorder.writtenBefore(target);
  recorder.readAfter(target);
  const weights = weighted ? recorder.region(`weights_${index}`, R) : null;
  if (weights !== null) {
    recorder.writtenBefore(weights);
    recorder.readAfter(weights);
  }
  const rows = recorder.region(`losses_${index}`, R);
  const gradient = training ? recorder.region(`dPrediction_${index}`, R * O) : null;
  const scale = compiled.lossWeights[index] / R;
  const emitLoss = recorder.emit.bind(recorder) as unknown as (kernel: string, ...args: unknown[]) => void;
  emitLoss(loss.kernel, rows, gradient, prediction, target, weights, R, O, scale, ...loss.params);
  recorder.emit('weighted_sum', memory.lossPlace(index), rows, weights, R, 1 / R);
  return { target, weights, gradient: gradient && at(gradient) };
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
