import { findNonFinite } from './batches.js';
import type { Trainer, TrainerSnapshot } from './trainer.js';

/**
 * The state of training at the start of the latest epoch that began with finite weights: the last update of an
 * epoch may overflow after a loss that was still a number.
 */
export class LastFinite {
  private kept: { readonly epoch: number; readonly snapshot: TrainerSnapshot } | null = null;

  constructor(private readonly trainer: Trainer) {}

  /** Keeps the state before an epoch, if there is none yet or the weights are finite. */
  keep(epoch: number): void {
    const snapshot = this.trainer.snapshot();
    const { parameters } = snapshot.memory;
    if (this.kept !== null && findNonFinite(parameters, [parameters.length]) !== null) return;
    this.kept = { epoch, snapshot };
  }

  /** Goes back to the state kept, and gives the epoch that it came before. */
  restore(): number {
    const { epoch, snapshot } = this.kept as NonNullable<typeof this.kept>;
    this.trainer.restore(snapshot);
    return epoch;
  }
}
