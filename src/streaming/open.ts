import { checkOptionNames, ValueError } from '../errors.js';
import type { NetworkCore } from '../model/network-core.js';
import { planSteps } from '../model/step-plan.js';
import { StepStream } from '../model/step-stream.js';
import type { StreamOptions } from '../model/stream.js';
import { checkStreamSizes, splitForStream } from '../model/streamable.js';
import type { Tensor } from '../tensor.js';

/** Options of a stream that takes all its input by steps. */
export type StepOptions = Pick<StreamOptions, 'batchSize' | 'maxSteps'>;

/** A stream of a model with one input. `step` gives one view, or a list of them where the model has several outputs. */
export type StepSession = Pick<
  StepStream<Tensor>,
  'inputSize' | 'outputSize' | 'reset' | 'getState' | 'setState' | 'step'
>;

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
