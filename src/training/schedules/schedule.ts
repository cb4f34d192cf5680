/** A learning rate that depends on the step. */
export interface Schedule {
  /** Name in saved files: 'cosineDecay'. */
  readonly name: string;
  /** Options that rebuild it, JSON-serialisable. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Learning rate of the step, counted in batches from 0. */
  at(step: number): number;
}

/** A schedule or optimizer in a saved file. */
export interface Serialized {
  /** Name of its factory. */
  readonly name: string;
  /** Options for the factory. */
  readonly config: Readonly<Record<string, unknown>>;
}
