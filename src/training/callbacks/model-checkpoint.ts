import { checkOptionNames, ValueError } from '../../errors.js';
import { checkWhole } from '../metrics/metric.js';
import type { Callback, CallbackContext, Logs } from './callback.js';
import { fillFileName } from './file-name.js';
import { Monitor, type MonitorMode } from './monitor.js';
import { writeFileAtomically } from './write-file.js';

/** Options of {@link modelCheckpoint}. */
export interface ModelCheckpointOptions {
  /**
   * Where to save. `{epoch}` (from 1), `{batch}` (from 1, where saving goes by batches) and names in the logs
   * are filled in, with a format if wanted: `run/{epoch:03d}-{valLoss:.4f}.recurra`.
   */
  filepath: string;
  /** Name of the figure that says which is best. Default `valLoss`. */
  monitor?: string;
  /** 1 prints a line when it saves. Default 0. */
  verbose?: 0 | 1;
  /** Whether to save only when the figure is better than ever before. Default false. */
  saveBestOnly?: boolean;
  /** Whether less (`min`) or more (`max`) is better. Default `auto`: the metric of that name knows. */
  mode?: MonitorMode;
  /** After every epoch (`epoch`, default) or after every so many batches. */
  saveFreq?: 'epoch' | number;
  /** A figure that the first one saved has to beat, with `saveBestOnly`. */
  initialValueThreshold?: number;
  /**
   * Takes the bytes and the name filled in. When left out, the bytes are written into a file beside the one
   * named, which then takes its place.
   */
  write?: (bytes: Uint8Array, name: string) => void | Promise<void>;
}

const OPTIONS = [
  'filepath',
  'monitor',
  'verbose',
  'saveBestOnly',
  'mode',
  'saveFreq',
  'initialValueThreshold',
  'write',
];

/** Saves the whole model, optimizer included, in the course of training. */
export function modelCheckpoint(options: ModelCheckpointOptions): Callback {
  return new ModelCheckpoint(options);
}

const WHERE = 'modelCheckpoint';

class ModelCheckpoint implements Callback {
  private readonly monitor: Monitor;
  private epoch = 0;
  private batchesSinceSave = 0;

  constructor(private readonly options: ModelCheckpointOptions) {
    checkOptionNames(WHERE, options, OPTIONS);
    const { filepath, monitor = 'valLoss', mode = 'auto', saveFreq = 'epoch', write } = options;
    if (typeof filepath !== 'string' || filepath === '') {
      throw new ValueError(`${WHERE}: filepath must be a file name; got ${JSON.stringify(filepath)}`);
    }
    if (saveFreq !== 'epoch') checkWhole(WHERE, "saveFreq, unless 'epoch',", saveFreq, 1);
    if (write !== undefined && typeof write !== 'function') {
      throw new ValueError(`${WHERE}: write must be a function of bytes and name; got ${write}`);
    }
    this.monitor = new Monitor(WHERE, monitor, mode, 0);
  }

  onTrainBegin(context: CallbackContext): void {
    if (this.options.saveBestOnly) this.monitor.reset(context, this.options.initialValueThreshold);
    this.batchesSinceSave = 0;
  }

  onEpochBegin(epoch: number): void {
    this.epoch = epoch;
  }

  onBatchEnd(batch: number, logs: Logs, context: CallbackContext): void | Promise<void> {
    const { saveFreq = 'epoch' } = this.options;
    if (saveFreq === 'epoch' || ++this.batchesSinceSave < saveFreq) return;
    this.batchesSinceSave = 0;
    return this.save({ epoch: this.epoch + 1, batch: batch + 1, ...logs }, logs, context);
  }

  onEpochEnd(epoch: number, logs: Logs, context: CallbackContext): void | Promise<void> {
    const { saveFreq = 'epoch' } = this.options;
    if (saveFreq === 'epoch') return this.save({ epoch: epoch + 1, ...logs }, logs, context);
  }

  private async save(places: Record<string, number>, logs: Logs, { model }: CallbackContext): Promise<void> {
    const { filepath, saveBestOnly = false, verbose = 0, write } = this.options;
    if (saveBestOnly) {
      const current = this.monitor.read(logs);
      if (!this.monitor.isBetter(current, this.monitor.best)) return;
      this.monitor.best = current;
    }
    const name = fillFileName(filepath, places, WHERE);
    const bytes = model.save();
    if (write === undefined) await writeFileAtomically(bytes, name, WHERE);
    else await write(bytes, name);
    if (verbose) console.log(`Epoch ${places.epoch}: saved ${name}`);
  }
}
