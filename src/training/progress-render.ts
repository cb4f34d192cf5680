import type { Logs } from './callbacks/callback.js';

/** What a line of progress tells. Times are in seconds. */
export interface ProgressState {
  /** From 0. */
  readonly epoch: number;
  readonly epochs: number;
  /** Batches done in this epoch. */
  readonly batch: number;
  readonly batches: number;
  /** Since the epoch began. */
  readonly elapsed: number;
  /** To the end of the training, or null when there is nothing yet to tell from. */
  readonly left: number | null;
  readonly logs: Logs;
}

const BAR = 20;
const SHORTEST_BAR = 8;

/**
 * Progress within an epoch, at most `columns` − 1 characters, all of them ASCII:
 * `Epoch  3/10  12/50 [====>...............] 4s, 1:32 left - loss: 0.1234 - accuracy: 0.9500`
 *
 * In a narrow terminal first the bar gets shorter, then figures go from the last on (never the first), then
 * the bar, then the time.
 */
export function renderRunning(state: ProgressState, columns: number): string {
  const left = state.left === null ? '' : `, ${formatDuration(state.left)} left`;
  const time = `${formatDuration(state.elapsed)}${left}`;
  return layOut(state, time, columns, false);
}

/** A whole epoch as the last state of its bar. Keeps every figure, however narrow the terminal is. */
export function renderFinished(state: ProgressState, columns: number): string {
  return layOut(state, epochTime(state), columns, true);
}

/** A whole epoch without a bar: `Epoch 3/10 - 4s - 81ms/batch - loss: 0.1234 - valLoss: 0.2345` */
export function renderLine(state: ProgressState): string {
  const head = `Epoch ${state.epoch + 1}/${state.epochs}`;
  return [head, epochTime(state).replace(', ', ' - '), ...figures(state.logs)].join(' - ');
}

function layOut(state: ProgressState, time: string, columns: number, keepFigures: boolean): string {
  const head = `Epoch ${count(state.epoch + 1, state.epochs)}  ${count(state.batch, state.batches)}`;
  const shown = figures(state.logs);
  const limit = columns - 1;
  const tail = () => [time, ...shown].join(' - ');
  const room = () => limit - `${head} [] ${tail()}`.length;
  while (!keepFigures && room() < SHORTEST_BAR && shown.length > 1) shown.pop();
  if (room() >= SHORTEST_BAR) {
    return `${head} [${bar(state.batch, state.batches, Math.min(room(), BAR))}] ${tail()}`;
  }
  const plain = `${head} ${tail()}`;
  if (keepFigures || plain.length <= limit) return plain;
  return [head, ...shown].join(' - ').slice(0, Math.max(limit, 0));
}

function bar(done: number, all: number, width: number): string {
  const full = all === 0 ? width : Math.floor((width * done) / all);
  return full >= width ? '='.repeat(width) : `${'='.repeat(full)}>${'.'.repeat(width - full - 1)}`;
}

/** `12/50`, the first number as wide as the second. */
function count(done: number, all: number): string {
  return `${String(done).padStart(String(all).length)}/${all}`;
}

function epochTime({ elapsed, batch }: ProgressState): string {
  const each = batch === 0 ? 0 : elapsed / batch;
  return `${formatDuration(elapsed)}, ${formatShort(each)}/batch`;
}

function figures(logs: Logs): string[] {
  return Object.entries(logs).map(([name, value]) => `${name}: ${formatFigure(value)}`);
}

/** `0.1234`, or `1.2345e-7` for what four decimals cannot show. */
export function formatFigure(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  return size === 0 || (size >= 1e-3 && size < 1e6) ? value.toFixed(4) : value.toExponential(4);
}

/** `4s`, `1:32`, `2:05:09` */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** `1.25s`, `81ms`, `640us` */
function formatShort(seconds: number): string {
  if (seconds >= 1) return `${seconds.toFixed(2)}s`;
  if (seconds >= 1e-3) return `${Math.round(seconds * 1e3)}ms`;
  return `${Math.round(seconds * 1e6)}us`;
}
