/** One sequence of class probabilities: rows [classes] of its steps, those that do not count left out. */
export interface Steps {
  readonly data: Float32Array;
  readonly classes: number;
  /** Where the row of each step begins. */
  readonly rows: readonly number[];
}
