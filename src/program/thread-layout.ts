import type { Schedule } from './schedule.js';

/**
 * How programs are laid out for several threads. It is known once `prepare` has been asked for threads: programs
 * that never ask do not carry the rules by which calls are shared out.
 */
class ThreadLayout {
  private made: typeof Schedule | null = null;

  /** Says what lays programs out from now on. */
  withSchedule(schedule: typeof Schedule): void {
    this.made = schedule;
  }

  /** The calls of a program for several threads. */
  schedule(...args: ConstructorParameters<typeof Schedule>): Schedule {
    if (this.made === null) throw new Error('no threads were prepared');
    return new this.made(...args);
  }
}

/** The one for all models. */
export const layOut: ThreadLayout = /* @__PURE__ */ new ThreadLayout();
