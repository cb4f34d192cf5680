import { recordConstraint } from '../layers/constraints.js';
import type { Network } from '../model/network.js';
import type { Parameter } from '../model/parameters.js';
import type { Recorder } from '../program/recorder.js';
import { at, type Ref, Region } from '../program/region.js';
import * as kernels from '../wasm/generated/kernels.js';
import { findNonFinite } from './batches.js';
import type { Compiled } from './compiled.js';
import { HYPER_FLOATS, type OptimizerState } from './optimizers/optimizer.js';

/** Word of the control block from which on the optimizer's per-step values lie. */
const HYPER = 16;

/** Words of the report: 0 to 7 as global_norm_add takes them (Σg² in f64 at 6), then the penalty, then losses. */
const SQUARES = 6;
const PENALTY = 8;
const LOSSES = 9;

/**
 * What training keeps beside the weights: gradients (the twin of the trainable weights), one region of the
 * same size per optimizer slot, and the optimizer's counters.
 *
 * ```text
 * | parameters [n] | ... | gradients [n] | slot 0 [n] | slot 1 [n] | ...
 * ```
 */
export class TrainingMemory {
  readonly gradients: Region;
  readonly slots: readonly Region[];
  state: OptimizerState;
  private readonly report: Region;
  private readonly floats: number;

  constructor(
    private readonly network: Network,
    private readonly compiled: Compiled,
  ) {
    const { arena, parameters } = network;
    const { optimizer } = compiled;
    this.floats = parameters.trainableFloats;
    const made: Region[] = [];
    const allocate = (name: string, floats: number, purpose: string): Region => {
      const region = new Region(name, floats, arena.allocate(4 * floats, purpose));
      made.push(region);
      return region;
    };
    try {
      this.report = allocate('report', LOSSES + compiled.losses.length, 'control');
      this.gradients = allocate('gradients', this.floats, 'gradients');
      this.slots = optimizer.slots.map(({ name, initial }) => {
        const slot = allocate(name, this.floats, 'optimizer slots');
        arena.f32(slot.address as number, this.floats).fill(initial);
        return slot;
      });
    } catch (error) {
      for (const region of made) arena.free(region.address as number);
      throw error;
    }
    this.state = optimizer.initialState();
  }

  /** Gives the memory back. */
  release(): void {
    const { arena } = this.network;
    for (const region of [this.report, this.gradients, ...this.slots]) arena.free(region.address as number);
  }

  /** Place of the gradient of a weight, or null when it is frozen. */
  gradient(name: string): Ref | null {
    const parameter = this.network.parameters.get(name);
    return parameter.trainable ? this.twin(this.gradients, parameter) : null;
  }

  /** Where the mean loss of an output is written. */
  lossPlace(index: number): Ref {
    return at(this.report, LOSSES + index);
  }

  /** Where the sum of the penalties is written. */
  get penaltyPlace(): Ref {
    return at(this.report, PENALTY);
  }

  /** Records clipping, the optimizer's pass, constraints, and the clearing of the gradients. */
  recordUpdate(recorder: Recorder): void {
    const { network, compiled, floats } = this;
    const { parameters } = network;
    const { optimizer } = compiled;
    const emit = recorder.emit.bind(recorder);
    const hyper = at(network.control, HYPER);
    const trainable = parameters.all.filter((p) => p.trainable);
    const weights = trainable.map((p) => ({ g: this.twin(this.gradients, p), n: p.size }));
    optimizer.clip(emit, hyper, [{ g: this.gradients, n: floats }], weights);
    optimizer.update(emit, {
      p: parameters.region,
      g: this.gradients,
      slots: this.slots,
      hyper,
      n: floats,
    });
    for (const { name, region, declaration } of trainable) {
      const { constraint, shape } = declaration;
      if (constraint) recordConstraint(emit, constraint, region, shape, `${name}Constraint`);
    }
    recorder.emit(kernels.fill, this.gradients, floats, 0);
  }

  /** The optimizer's per-step values in memory. */
  get hyper(): Float32Array {
    return this.network.arena.f32((this.network.control.address as number) + 4 * HYPER, HYPER_FLOATS);
  }

  /** Records what {@link gradientIsFinite} reads: Σ g² over the whole gradient. */
  recordCheck(recorder: Recorder): void {
    recorder.emit(kernels.fill, this.report, PENALTY, 0);
    recorder.emit(kernels.global_norm_add, this.report, this.gradients, this.floats);
  }

  /** Whether the gradient of the last batch holds neither NaN nor Infinity: squares of f32 fit into f64. */
  gradientIsFinite(): boolean {
    const { report } = this;
    const words = new DataView(this.network.arena.memory.buffer, report.address as number, 4 * PENALTY);
    return Number.isFinite(words.getFloat64(4 * SQUARES, true));
  }

  /** Whether no trainable weight is NaN or infinite. */
  weightsAreFinite(): boolean {
    const { address, floats } = this.network.parameters.region;
    return findNonFinite(this.network.arena.f32(address as number, floats), [floats]) === null;
  }

  /** Losses of the last batch per output, weighted and summed, penalties included unless they are not wanted. */
  readLoss(penalties = true): number {
    const base = (this.report.address as number) + 4 * PENALTY;
    const words = this.network.arena.f32(base, 1 + this.compiled.losses.length);
    let loss = penalties ? words[0] : 0;
    this.compiled.lossWeights.forEach((weight, i) => {
      loss += weight * words[1 + i];
    });
    return loss;
  }

  /** A copy of what has been added up, or null where the next batch starts from zero. */
  copyGradients(into: Float32Array | null = null): Float32Array | null {
    return this.compiled.optimizer.isAccumulating(this.state) ? this.copy(this.gradients, into) : null;
  }

  /** Goes back to what {@link copyGradients} gave: a batch is not to be used. */
  putGradients(gradients: Float32Array | null): void {
    const view = this.network.arena.f32(this.gradients.address as number, this.floats);
    if (gradients === null) view.fill(0);
    else view.set(gradients);
  }

  /** Everything that must come back for training to go on as if it had not stopped. Reuses an older one. */
  snapshot(old: Snapshot | null = null): Snapshot {
    return {
      parameters: this.copy(this.network.parameters.block, old?.parameters),
      slots: this.slots.map((slot, i) => this.copy(slot, old?.slots[i])),
      gradients: this.copyGradients(old?.gradients),
      state: { ...this.state },
    };
  }

  /** Goes back to a snapshot. */
  restore(snapshot: Snapshot): void {
    const { arena, parameters } = this.network;
    const paste = (region: Region, data: Float32Array): void =>
      arena.f32(region.address as number, region.floats).set(data);
    paste(parameters.block, snapshot.parameters);
    this.slots.forEach((slot, i) => {
      paste(slot, snapshot.slots[i]);
    });
    this.state = { ...snapshot.state };
    this.putGradients(snapshot.gradients);
    parameters.changed();
  }

  private copy(region: Region, into: Float32Array | null = null): Float32Array {
    const view = this.network.arena.f32(region.address as number, region.floats);
    if (into === null) return view.slice();
    into.set(view);
    return into;
  }

  private twin(region: Region, parameter: Parameter): Ref {
    return at(region, parameter.offset);
  }
}

/** Weights, optimizer slots and counters at one moment. */
export interface Snapshot {
  readonly parameters: Float32Array;
  readonly slots: readonly Float32Array[];
  /** What has been added up for a step to come, or null. */
  readonly gradients: Float32Array | null;
  readonly state: OptimizerState;
}
