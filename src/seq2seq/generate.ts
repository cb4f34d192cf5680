import { checkList } from '../check.js';
import { describeValue } from '../describe.js';
import { DataError, ShapeError, ValueError } from '../errors.js';
import { type ModelInputs, resolveInputs, type Samples } from '../model/inputs.js';
import type { Network } from '../model/network.js';
import type { Stream } from '../model/stream.js';
import { formatShape } from '../shape.js';
import { type Tensor, type TensorLike, tensorOf } from '../tensor.js';
import { beamSearch } from './beam.js';
import { follow, type Prompts } from './follow.js';
import { type GenerateConfig, type GenerateOptions, generateConfig } from './options.js';
import { scoreKind } from './scores.js';
import { checkVocabulary, type Generated, TokenSession } from './session.js';

const WHERE = 'generate';

/** What is written on from: data of the inputs given whole, or lists of ids. */
interface Task {
  readonly count: number;
  /** Tokens of the longest prompt. */
  readonly longest: number;
  /** The samples from one number to another. */
  prompts(from: number, count: number): Prompts;
  start(stream: Stream, from: number, count: number): void;
}

/**
 * Writes sequences of tokens with a model that says what comes next.
 *
 * An encoder-decoder takes `inputs` as `predict` does, but for the input that it writes to itself, and begins with
 * `startToken`. A model with one input, such as a language model, takes prompts: lists of ids, which may differ in
 * length, or ids `[samples, time]`. The output is a softmax over the tokens, a logSoftmax, or logits.
 *
 * Draws are made by the library's own generator and exp: the same tokens in every engine, whatever the batch.
 *
 * @returns `numReturnSequences` for each sample, one after another, the best first
 * @throws ValueError, UnknownNameError for an option out of range, ShapeError or DataError for data that does not fit;
 *   the model is never changed
 */
export function generate(
  model: Network<Tensor> | Network<Tensor[]>,
  inputs: ModelInputs | readonly (readonly number[])[],
  options: GenerateOptions,
): Generated[] {
  const network = model as unknown as Network;
  const { graph } = network;
  const stepInput = stepInputOf(network, options?.stepInput);
  const position = graph.inputNames.indexOf(stepInput);
  const range = graph.ranges.find(({ input }) => input === position);
  if (range === undefined || graph.inputs[position].shape.length !== 1) {
    throw new ValueError(
      `${WHERE}: input '${stepInput}' takes features, expected ids: begin with an embedding`,
    );
  }
  const { shape } = graph.outputs[0];
  const vocabulary = shape[shape.length - 1] as number;
  const kind = scoreKind(WHERE, graph);
  checkVocabulary(WHERE, vocabulary, range.limit, stepInput);
  const config = generateConfig(options, vocabulary, graph.paddings[position]);
  const task =
    graph.inputs.length === 1
      ? promptTask(inputs, config, vocabulary, options)
      : wholeTask(network, inputs as ModelInputs, position, config, options);
  const copies = config.strategy === 'beam' ? config.numBeams : config.numReturnSequences;
  const room = task.longest + config.maxLength;
  const sessions = new Map<number, TokenSession>();
  const results: Generated[] = [];
  try {
    for (let from = 0; from < task.count; from += config.batchSize) {
      const count = Math.min(config.batchSize, task.count - from);
      let session = sessions.get(count);
      if (session === undefined) {
        const stream = {
          stepInput,
          batchSize: count * copies,
          maxSteps: room,
          attention: config.returnAttention,
        };
        session = new TokenSession(network, stream, kind, vocabulary);
        sessions.set(count, session);
      }
      session.start((stream) => task.start(stream, from, count));
      const search = config.strategy === 'beam' ? beamSearch : follow;
      results.push(...search(session, task.prompts(from, count), config));
    }
  } finally {
    for (const session of sessions.values()) session.release();
  }
  return results;
}

function stepInputOf({ graph }: Network, given: string | undefined): string {
  const names = graph.inputNames;
  const name = given ?? (names.length === 1 ? names[0] : 'target');
  if (names.includes(name)) return name;
  throw new ValueError(
    `${WHERE}: stepInput must be the input that takes the tokens, one of ${names.join(', ')}, got ${describeValue(given)}`,
  );
}

/** Lists of ids to be written on. */
function promptTask(
  inputs: unknown,
  { startToken }: GenerateConfig,
  vocabulary: number,
  { lengths }: GenerateOptions,
): Task {
  if (lengths !== undefined)
    throw new ValueError(`${WHERE}: lengths are for inputs given whole, not for prompts`);
  const lists = promptLists(inputs).map((list, s) => {
    const prompt = [...(startToken === null ? [] : [startToken]), ...Array.from(list)];
    if (prompt.length === 0) {
      throw new ShapeError(`${WHERE}: prompt ${s} is empty: give it a token, or give startToken`);
    }
    const bad = prompt.findIndex((id) => !Number.isSafeInteger(id) || id < 0 || id >= vocabulary);
    if (bad < 0) return prompt;
    const step = bad - (prompt.length - list.length);
    throw new DataError(
      `${WHERE}: prompt ${s}, step ${step} is ${describeValue(prompt[bad])}, expected a whole number from 0 to ` +
        `${vocabulary - 1}`,
    );
  });
  return {
    count: lists.length,
    longest: lists.reduce((most, { length }) => Math.max(most, length), 0),
    prompts: (from, count) => ({ lists: lists.slice(from, from + count), first: from }),
    start: (stream) => stream.reset(),
  };
}

function promptLists(inputs: unknown): readonly ArrayLike<number>[] {
  if (Array.isArray(inputs) && inputs.every((list) => Array.isArray(list) || ArrayBuffer.isView(list))) {
    return checkList(WHERE, 'prompts', inputs) as readonly ArrayLike<number>[];
  }
  const { data, shape } = tensorOf(`${WHERE}: prompts`, inputs as TensorLike);
  if (shape.length !== 2) {
    throw new ShapeError(`${WHERE}: prompts have shape ${formatShape(shape)}, expected [samples, time]`);
  }
  return Array.from({ length: shape[0] }, (_, s) => data.subarray(s * shape[1], (s + 1) * shape[1]));
}

/** Inputs given whole, from which an encoder-decoder writes. */
function wholeTask(
  network: Network,
  inputs: ModelInputs,
  position: number,
  { startToken }: GenerateConfig,
  { lengths }: GenerateOptions,
): Task {
  if (startToken === null) {
    throw new ValueError(`${WHERE}: startToken must be given: an encoder-decoder begins with it`);
  }
  const { graph } = network;
  const positions = graph.inputs.map((_, i) => i).filter((i) => i !== position);
  const samples = resolveInputs(WHERE, graph, inputs, lengths, positions);
  const names = positions.map((i) => graph.inputNames[i]);
  const part = ({ data, count, shape }: Samples, from: number, own: number): Tensor => {
    const width = data.length / count;
    return { data: data.subarray(from * width, (from + own) * width), shape: [own, ...shape] };
  };
  return {
    count: samples[0].count,
    longest: 1,
    prompts: (from, count) => ({ lists: Array.from({ length: count }, () => [startToken]), first: from }),
    start(stream, from, count) {
      const given = names.map((name, i) => [name, part(samples[i], from, count)] as const);
      const counted = names.flatMap((name, i) => {
        const list = samples[i].lengths?.subarray(from, from + count);
        return list === undefined ? [] : [[name, list] as const];
      });
      stream.start(Object.fromEntries(given), { lengths: Object.fromEntries(counted) });
    },
  };
}
