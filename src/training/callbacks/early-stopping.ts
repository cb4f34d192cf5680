import { checkOptionNames, ValueError } from '../../errors.js';
import type { Tensor } from '../../tensor.js';
import { checkWhole } from '../metrics/metric.js';
import type { Callback, CallbackContext, Logs } from './callback.js';
import { Monitor, type MonitorMode } from './monitor.js';

/** Options of {@link earlyStopping}. */
export interface EarlyStoppingOptions {
  /** Name of the figure to watch. Default `valLoss`. */
  monitor?: string;
  /** A change of no more than this is none. Default 0. */
  minDelta?: number;
  /** Epochs without improvement before training ends. Default 0. */
  patience?: number;
  /** 1 prints a line when it acts. Default 0. */
  verbose?: 0 | 1;
  /** Whether less (`min`) or more (`max`) is better. Default `auto`: the metric of that name knows. */
  mode?: MonitorMode;
  /** A figure that has to be beaten, too, for patience to start anew. */
  baseline?: number;
  /** Whether the weights of the best epoch are put back when training ends. Default false. */
  restoreBestWeights?: boolean;
  /** Epochs before this one (from 0) are not looked at. Default 0. */
  startFromEpoch?: number;
}

const OPTIONS = [
  'monitor',
  'minDelta',
  'patience',
  'verbose',
  'mode',
  'baseline',
  'restoreBestWeights',
  'startFromEpoch',
];

/** Ends training when a figure has stopped improving. It may be used for several trainings. */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  return new EarlyStopping(options);
}

class EarlyStopping implements Callback {
  private readonly monitor: Monitor;
  private readonly options: EarlyStoppingOptions;
  private readonly patience: number;
  private readonly startFromEpoch: number;
  private wait = 0;
  private bestEpoch = 0;
  private bestWeights: Record<string, Tensor> | null = null;
  private stoppedEpoch: number | null = null;

  constructor(options: EarlyStoppingOptions) {
    checkOptionNames('earlyStopping', options, OPTIONS);
    const { monitor = 'valLoss', mode = 'auto', minDelta = 0, patience = 0, startFromEpoch = 0 } = options;
    checkWhole('earlyStopping', 'patience', patience, 0);
    checkWhole('earlyStopping', 'startFromEpoch', startFromEpoch, 0);
    if (options.baseline !== undefined && Number.isNaN(options.baseline)) {
      throw new ValueError('earlyStopping: baseline must be a number; got NaN');
    }
    this.options = options;
    this.monitor = new Monitor('earlyStopping', monitor, mode, minDelta);
    this.patience = patience;
    this.startFromEpoch = startFromEpoch;
  }

  onTrainBegin(context: CallbackContext): void {
    this.monitor.reset(context);
    this.wait = 0;
    this.bestEpoch = 0;
    this.bestWeights = null;
    this.stoppedEpoch = null;
  }

  onEpochEnd(epoch: number, logs: Logs, { model }: CallbackContext): void {
    const current = this.monitor.read(logs);
    if (epoch < this.startFromEpoch) return;
    const { baseline, restoreBestWeights = false } = this.options;
    const improved = this.monitor.isBetter(current, this.monitor.best);
    if (restoreBestWeights && (improved || this.bestWeights === null)) {
      this.bestWeights = model.getWeights();
      this.bestEpoch = epoch;
    }
    this.wait++;
    if (improved) {
      this.monitor.best = current;
      if (baseline === undefined || this.monitor.isBetter(current, baseline)) this.wait = 0;
      // An epoch that beats the last best never ends training, even if it is short of the baseline.
      return;
    }
    if (this.wait >= this.patience && epoch > 0) {
      this.stoppedEpoch = epoch;
      model.stopTraining = true;
    }
  }

  onTrainEnd(_logs: Logs, { model }: CallbackContext): void {
    const { verbose = 0 } = this.options;
    if (verbose && this.stoppedEpoch !== null) console.log(`Epoch ${this.stoppedEpoch + 1}: early stopping`);
    if (this.bestWeights === null) return;
    if (verbose) console.log(`Restoring the weights of the best epoch: ${this.bestEpoch + 1}`);
    model.setWeights(this.bestWeights);
    this.bestWeights = null;
  }
}
