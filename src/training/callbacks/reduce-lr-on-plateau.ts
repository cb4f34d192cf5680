import { checkOptionNames, ValueError } from '../../errors.js';
import { checkWhole } from '../metrics/metric.js';
import type { Callback, CallbackContext, Logs } from './callback.js';
import { Monitor, type MonitorMode } from './monitor.js';

/** Options of {@link reduceLROnPlateau}. */
export interface ReduceLROnPlateauOptions {
  /** Name of the figure to watch. Default `valLoss`. */
  monitor?: string;
  /** What the learning rate is multiplied by; above 0, below 1. Default 0.1. */
  factor?: number;
  /** Epochs without improvement before the learning rate is reduced. Default 10. */
  patience?: number;
  /** 1 prints a line when it acts. Default 0. */
  verbose?: 0 | 1;
  /** Whether less (`min`) or more (`max`) is better. Default `auto`: the metric of that name knows. */
  mode?: MonitorMode;
  /** A change of no more than this is none. Default 0.0001. */
  minDelta?: number;
  /** Epochs after a reduction in which none is counted. Default 0. */
  cooldown?: number;
  /** The learning rate is not made less than this. Default 0. */
  minLr?: number;
}

const OPTIONS = ['monitor', 'factor', 'patience', 'verbose', 'mode', 'minDelta', 'cooldown', 'minLr'];

/** Reduces the learning rate when a figure has stopped improving. Adds `learningRate` to the logs. */
export function reduceLROnPlateau(options: ReduceLROnPlateauOptions = {}): Callback {
  return new ReduceLROnPlateau(options);
}

class ReduceLROnPlateau implements Callback {
  private readonly monitor: Monitor;
  private readonly factor: number;
  private readonly patience: number;
  private readonly cooldown: number;
  private readonly minLr: number;
  private readonly verbose: 0 | 1;
  private wait = 0;
  private cooling = 0;

  constructor(options: ReduceLROnPlateauOptions) {
    const where = 'reduceLROnPlateau';
    checkOptionNames(where, options, OPTIONS);
    const { monitor = 'valLoss', mode = 'auto', minDelta = 1e-4, verbose = 0 } = options;
    const { factor = 0.1, patience = 10, cooldown = 0, minLr = 0 } = options;
    if (!(factor > 0 && factor < 1)) {
      throw new ValueError(`${where}: factor must lie between 0 and 1, both excluded; got ${factor}`);
    }
    if (!(minLr >= 0)) throw new ValueError(`${where}: minLr must not be negative; got ${minLr}`);
    checkWhole(where, 'patience', patience, 0);
    checkWhole(where, 'cooldown', cooldown, 0);
    this.monitor = new Monitor(where, monitor, mode, minDelta);
    this.factor = factor;
    this.patience = patience;
    this.cooldown = cooldown;
    this.minLr = minLr;
    this.verbose = verbose;
  }

  onTrainBegin(context: CallbackContext): void {
    this.monitor.reset(context);
    this.wait = 0;
    this.cooling = 0;
  }

  onEpochEnd(epoch: number, logs: Logs, { model }: CallbackContext): void {
    const current = this.monitor.read(logs);
    logs.learningRate = model.learningRate;
    if (this.cooling > 0) {
      this.cooling--;
      this.wait = 0;
    }
    if (this.monitor.isBetter(current, this.monitor.best)) {
      this.monitor.best = current;
      this.wait = 0;
      return;
    }
    if (this.cooling > 0) return;
    this.wait++;
    // Compared in f32, so that a rate kept as f32 counts as having reached the least one.
    if (this.wait < this.patience || model.learningRate <= Math.fround(this.minLr)) return;
    const reduced = Math.max(model.learningRate * this.factor, this.minLr);
    model.learningRate = reduced;
    this.cooling = this.cooldown;
    this.wait = 0;
    if (this.verbose) console.log(`Epoch ${epoch + 1}: learning rate reduced to ${reduced}`);
  }
}
