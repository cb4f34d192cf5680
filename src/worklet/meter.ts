/** What a processor measured since it was made. */
export interface Report {
  /** Blocks processed. */
  readonly blocks: number;
  /** Blocks that took longer than their sound lasts. */
  readonly overruns: number;
  /** The longest that a block took, in milliseconds. */
  readonly worstMs: number;
  /** Frame of the context at which the longest began. */
  readonly worstFrame: number;
  /** Mean time of a block in milliseconds. */
  readonly meanMs: number;
  /** How long the sound of a block lasts, in milliseconds. */
  readonly blockMs: number;
  /** Hops that were replaced by silence because the model gave NaN or Infinity, or threw. */
  readonly silenced: number;
  /**
   * The clock. `Date.now` is what an AudioWorklet has where it has no `performance`: whole milliseconds, so that single
   * times are off by up to one and only their mean is finer. 'none' with `measure: false`.
   */
  readonly clock: 'performance.now' | 'Date.now' | 'none';
}

/** Where the numbers lie: typed, so that writing them allocates nothing. */
const [BLOCKS, OVERRUNS, WORST, WORST_FRAME, TOTAL, SILENCED, BEGUN, TOLD_AT, TOLD] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8,
];

/** Times blocks and counts those that take too long. */
export class Meter {
  private readonly numbers = new Float64Array(9);

  /**
   * @param blockMs how long the sound of a block lasts
   * @param now a clock in milliseconds, or null to time nothing
   */
  constructor(
    private readonly blockMs: number,
    private readonly now: (() => number) | null,
    private readonly clock: Report['clock'],
  ) {}

  /** A block begins. */
  begin(): void {
    if (this.now !== null) this.numbers[BEGUN] = this.now();
  }

  /** The block is done; `frame` is where in the context's time it began. */
  end(frame: number): void {
    const { numbers } = this;
    numbers[BLOCKS]++;
    if (this.now === null) return;
    const ms = this.now() - numbers[BEGUN];
    numbers[TOTAL] += ms;
    if (ms > this.blockMs) numbers[OVERRUNS]++;
    if (ms > numbers[WORST]) {
      numbers[WORST] = ms;
      numbers[WORST_FRAME] = frame;
    }
  }

  /** A hop was replaced by silence. */
  silence(): void {
    this.numbers[SILENCED]++;
  }

  /** Whether there is trouble that has not been told, and `every` blocks have passed since the last was. */
  hasNews(every: number): boolean {
    const { numbers } = this;
    const trouble = numbers[OVERRUNS] + numbers[SILENCED];
    if (trouble === numbers[TOLD] || (numbers[TOLD] > 0 && numbers[BLOCKS] < numbers[TOLD_AT] + every))
      return false;
    numbers[TOLD] = trouble;
    numbers[TOLD_AT] = numbers[BLOCKS];
    return true;
  }

  /** Everything so far. */
  report(): Report {
    const { numbers, blockMs, clock } = this;
    return {
      blocks: numbers[BLOCKS],
      overruns: numbers[OVERRUNS],
      worstMs: numbers[WORST],
      worstFrame: numbers[WORST_FRAME],
      meanMs: numbers[BLOCKS] === 0 ? 0 : numbers[TOTAL] / numbers[BLOCKS],
      blockMs,
      silenced: numbers[SILENCED],
      clock,
    };
  }
}
