import { checkInteger, checkList } from '../check.js';
import { checkOptionNames, ShapeError, ValueError } from '../errors.js';
import { type ModelInputs, resolveInputs } from '../model/inputs.js';
import type { Lengths } from '../model/lengths.js';
import type { Network } from '../model/network.js';
import { Stream } from '../model/stream.js';
import type { Tensor } from '../tensor.js';

/** Options of {@link generateFrames}. */
export interface GenerateFramesOptions {
  /** Steps to write. */
  maxLength: number;
  /** The step from which writing starts. Default: zeros, as `teacherForcing` has them. */
  startFrame?: readonly number[];
  /** Name of the input that takes the steps. Default 'target'. */
  stepInput?: string;
  /** Steps of the other inputs that count, as in `predict`. */
  lengths?: Lengths;
}

const WHERE = 'generateFrames';

/**
 * Writes steps of features with an encoder-decoder: each output is the next input.
 *
 * @param inputs as `predict` takes them, but for the input that the model writes to itself
 * @returns `[samples, maxLength, features]`
 * @throws ValueError, UnknownNameError for an option out of range, ShapeError or DataError for data that does not fit;
 *   the model is never changed
 */
export function generateFrames(
  model: Network<Tensor>,
  inputs: ModelInputs,
  options: GenerateFramesOptions,
): Tensor {
  checkOptionNames(WHERE, options, ['maxLength', 'startFrame', 'stepInput', 'lengths']);
  const maxLength = checkInteger(WHERE, 'maxLength', options.maxLength, { min: 1 });
  const { stepInput = 'target', lengths } = options;
  const network = model as unknown as Network;
  const { graph } = network;
  const position = graph.inputNames.indexOf(stepInput);
  if (position < 0 || graph.inputs.length < 2) {
    const names = graph.inputNames.join(', ');
    throw new ValueError(`${WHERE}: stepInput must be one of several inputs, got '${stepInput}' of ${names}`);
  }
  const width = graph.inputs[position].shape.slice(1).reduce<number>((a, b) => a * (b as number), 1);
  const start = checkList(WHERE, 'startFrame', options.startFrame ?? new Array(width).fill(0));
  if (start.length !== width || !start.every((x) => typeof x === 'number' && Number.isFinite(x))) {
    throw new ShapeError(`${WHERE}: startFrame must be ${width} finite numbers, got ${start.length} values`);
  }
  const positions = graph.inputs.map((_, i) => i).filter((i) => i !== position);
  const [{ count }] = resolveInputs(WHERE, graph, inputs, lengths, positions);
  const stream = new Stream(network, { stepInput, batchSize: count, maxSteps: maxLength });
  try {
    stream.start(inputs, { lengths });
    if (stream.outputSize !== count * width) {
      throw new ShapeError(
        `${WHERE}: a step gives ${stream.outputSize / count} numbers and takes ${width}: it cannot be the next`,
      );
    }
    const data = new Float32Array(count * maxLength * width);
    const frame = Float32Array.from({ length: count * width }, (_, i) => start[i % width] as number);
    for (let t = 0; t < maxLength; t++) {
      frame.set(stream.step(frame));
      for (let b = 0; b < count; b++) {
        data.set(frame.subarray(b * width, (b + 1) * width), (b * maxLength + t) * width);
      }
    }
    return { data, shape: [count, maxLength, width] };
  } finally {
    stream.release();
  }
}
