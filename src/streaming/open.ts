import { checkOptionNames, ValueError } from '../errors.js';
import type { NetworkCore } from '../model/network-core.js';
import { planSteps } from '../model/step-plan.js';
import { StepStream } from '../model/step-stream.js';
import type { StreamOptions } from '../model/stream.js';
import { checkStreamSizes, splitForStream } from '../model/streamable.js';

/** Options of a stream that takes all its input by steps. */
export type StepOptions = Pick<StreamOptions, 'batchSize' | 'maxSteps'>;

/** A stream of a model with one input: as `model.stream()` of `recurra`, whose guide is docs/guides/streaming.md. */
export interface StepSession {
  /** Numbers that a step takes: `batchSize` frames of features. */
  readonly inputSize: number;
  /** Numbers that a step gives, in all its outputs. */
  readonly outputSize: number;
  /**
   * Takes one frame `[features]` (`[batchSize, features]` flat) and gives the output of this step.
   *
   * @returns a view on linear memory, valid until the next step; a list of them where the model has several outputs
   * @throws ShapeError when the frame has another length, ValueError when it is no numbers, DataError for an id out of
   *   range, StateError past the last step that there is room for; the state is as it was
   */
  step(frame: ArrayLike<number>): Float32Array;
  /** Starts the sequence anew: every state is where it began. */
  reset(): void;
  /** A copy of the carried state, to come back to with `setState`. */
  getState(): Float32Array[];
  /** Goes back to a state that `getState` gave. @throws ShapeError or ValueError when it is not of such a stream */
  setState(state: readonly Float32Array[]): void;
}

/** Begins a stream of a model with one input. @throws ValueError, MemoryError */
export function openStream(network: NetworkCore, options: StepOptions): StepStream {
  checkOptionNames('stream', options, ['batchSize', 'maxSteps']);
  const { batchSize, maxSteps } = checkStreamSizes(options);
  const { length } = network.graph.inputs;
  if (length > 1) {
    throw new ValueError(
      `stream: the model has ${length} inputs, expected one: recurra/inference takes the others whole`,
    );
  }
  const split = splitForStream(network.graph, undefined, maxSteps);
  return new Opened(network, split, batchSize);
}

class Opened extends StepStream {
  constructor(network: NetworkCore, split: ReturnType<typeof splitForStream>, batchSize: number) {
    super(network, split, batchSize);
    this.begin(() => planSteps(network, split, batchSize, this.states));
  }
}
