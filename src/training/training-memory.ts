import { recordConstraint } from '../layers/constraints.js';
import type { Network } from '../model/network.js';
import type { Parameter } from '../model/parameters.js';
import type { Recorder } from '../program/recorder.js';
import { at, type Ref, Region } from '../program/region.js';
import type { Compiled } from './compiled.js';
import { HYPER_FLOATS, type OptimizerState } from './optimizers/optimizer.js';

/** Words of the control block: 16.. the optimizer's per-step values, 24 the penalty, 25.. losses. */
const HYPER = 16;
const PENALTY = 24;
const LOSSES = 25;

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
  private readonly floats: number;

  constructor(
    private readonly network: Network,
    private readonly compiled: Compiled,
  ) {
    const { arena, parameters } = network;
    const { optimizer } = compiled;
    this.floats = parameters.trainableFloats;
    const allocate = (name: string, purpose: string): Region =>
      new Region(name, this.floats, arena.allocate(4 * this.floats, purpose));
    const made: Region[] = [];
    try {
      this.gradients = allocate('gradients', 'gradients');
      made.push(this.gradients);
      this.slots = optimizer.slots.map(({ name, initial }) => {
        const slot = allocate(name, 'optimizer slots');
        made.push(slot);
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
    for (const region of [this.gradients, ...this.slots]) this.network.arena.free(region.address as number);
  }

  /** Place of the gradient of a weight, or null when it is frozen. */
  gradient(name: string): Ref | null {
    const parameter = this.network.parameters.get(name);
    return parameter.trainable ? this.twin(this.gradients, parameter) : null;
  }

  /** Where the mean loss of an output is written. */
  lossPlace(index: number): Ref {
    return at(this.network.control, LOSSES + index);
  }

  /** Where the sum of the penalties is written. */
  get penaltyPlace(): Ref {
    return at(this.network.control, PENALTY);
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
    recorder.emit('fill', this.gradients, floats, 0);
  }

  /** The optimizer's per-step values in memory. */
  get hyper(): Float32Array {
    return this.network.arena.f32((this.network.control.address as number) + 4 * HYPER, HYPER_FLOATS);
  }

  /** Losses of the last batch per output, weighted and summed, penalties included. */
  readLoss(): number {
    const base = (this.network.control.address as number) + 4 * PENALTY;
    const words = this.network.arena.f32(base, 1 + this.compiled.losses.length);
    let loss = words[0];
    this.compiled.lossWeights.forEach((weight, i) => {
      loss += weight * words[1 + i];
    });
    return loss;
  }

  /** Losses of the last batch per output, unweighted. */
  readOutputLosses(): number[] {
    const base = (this.network.control.address as number) + 4 * LOSSES;
    return [...this.network.arena.f32(base, this.compiled.losses.length)];
  }

  /** Throws away the gradients there are. */
  clearGradients(): void {
    this.gradientView.fill(0);
  }

  /** A copy of the gradients that wait for further batches, or null where none do. */
  waitingGradients(): Float32Array | null {
    return this.compiled.optimizer.isAccumulating(this.state) ? this.gradientView.slice() : null;
  }

  /** Goes back to what {@link waitingGradients} gave. */
  restoreGradients(waiting: Float32Array | null): void {
    if (waiting === null) this.clearGradients();
    else this.gradientView.set(waiting);
  }

  /** Everything that must come back for training to go on as if it had not stopped. */
  snapshot(): Snapshot {
    const { arena, parameters } = this.network;
    const copy = (region: Region): Float32Array => arena.f32(region.address as number, region.floats).slice();
    return {
      parameters: copy(parameters.block),
      slots: this.slots.map(copy),
      gradients: this.waitingGradients(),
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
    this.restoreGradients(snapshot.gradients);
    parameters.version++;
  }

  private get gradientView(): Float32Array {
    return this.network.arena.f32(this.gradients.address as number, this.floats);
  }

  private twin(region: Region, parameter: Parameter): Ref {
    return at(region, parameter.offset);
  }
}

/** Weights, optimizer slots, waiting gradients and counters at one moment. */
export interface Snapshot {
  readonly parameters: Float32Array;
  readonly slots: readonly Float32Array[];
  readonly gradients: Float32Array | null;
  readonly state: OptimizerState;
}
