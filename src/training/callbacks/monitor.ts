import { unknownName, ValueError } from '../../errors.js';
import type { Direction } from '../metrics/metric.js';
import type { CallbackContext, Logs } from './callback.js';

/** Which way a watched figure shall go; `auto` asks the metric of that name. */
export type MonitorMode = 'auto' | 'min' | 'max';

const MODES: readonly MonitorMode[] = ['auto', 'min', 'max'];

/** Watches one figure of the logs for improvement by at least `minDelta`. */
export class Monitor {
  /** The best figure so far. */
  best = Number.NaN;
  /** Null where no metric tells: the figure may not exist, which shows when it is read. */
  private direction: Direction | null = 'down';

  /** @throws UnknownNameError when the mode is none; ValueError when minDelta is no finite number */
  constructor(
    /** Name of the callback, for errors. */
    private readonly where: string,
    private readonly name: string,
    private readonly mode: MonitorMode,
    private readonly minDelta: number,
  ) {
    if (!MODES.includes(mode)) throw unknownName(where, 'mode', mode, MODES);
    if (!Number.isFinite(minDelta)) {
      throw new ValueError(`${where}: minDelta must be a finite number; got ${minDelta}`);
    }
  }

  /**
   * Starts anew: finds the direction and forgets the best.
   *
   * @param best a figure that has to be beaten at first; none when left out
   * @throws ValueError when the mode is 'auto' and the metric of that name does not tell
   */
  reset(context: CallbackContext, best?: number): void {
    this.direction = this.mode === 'auto' ? this.infer(context) : this.mode === 'min' ? 'down' : 'up';
    const worst = this.direction === 'down' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    this.best = best ?? worst;
  }

  /** The watched figure.   @throws UnknownNameError naming the nearest one that there is, ValueError as {@link reset} */
  read(logs: Logs): number {
    const value = logs[this.name];
    if (value === undefined) throw unknownName(this.where, 'monitor', this.name, Object.keys(logs));
    if (this.direction === null) this.refuse();
    return value;
  }

  /** Whether `value` is better than `than` by more than minDelta; NaN never is. */
  isBetter(value: number, than: number): boolean {
    const delta = Math.abs(this.minDelta);
    return this.direction === 'down' ? value + delta < than : value - delta > than;
  }

  private infer(context: CallbackContext): Direction | null {
    const base = this.name.replace(/^val([A-Z])/, (_, first: string) => first.toLowerCase());
    if (base === 'loss') return 'down';
    const metric = context.model.metrics?.find((one) => one.name === base || one.name === this.name);
    if (metric === undefined) return null;
    return metric.direction ?? this.refuse();
  }

  private refuse(): never {
    throw new ValueError(
      `${this.where}: cannot tell whether more or less is better in monitor '${this.name}'; ` +
        "give mode 'min' or 'max'",
    );
  }
}
