import { checkNumber, checkWord } from '../check.js';
import { describeValue } from '../describe.js';
import { checkOptionNames, ShapeError, ValueError } from '../errors.js';
import type { Network } from '../model/network.js';
import type { Stream } from '../model/stream.js';
import { exp } from '../numeric/exp.js';
import { SCHEDULED_DOMAIN } from '../random/seed.js';
import { RandomStream } from '../random/stream.js';
import type { Tensor } from '../tensor.js';
import type { Augment, AugmentContext } from '../training/augment.js';
import { drawFrom } from './draw.js';
import { RowScores, scoreKind } from './scores.js';
import { checkVocabulary } from './session.js';

/** A probability that depends on the training step: a schedule such as `polynomialDecay`, or a function. */
export type ProbabilitySchedule = StepSchedule | ((step: number) => number);

/** A number for every step of training. */
export interface StepSchedule {
  /** The number at a step, the first of which is 0. */
  at(step: number): number;
}

/** Options of {@link scheduledSampling}. */
export interface ScheduledSamplingOptions {
  /** Probability that a step of the input is the true one, from 0 to 1: fixed, or by the step of training. */
  truthProbability: number | ProbabilitySchedule;
  /** How the model's own token is chosen: the likeliest, or drawn. Default 'greedy'. */
  strategy?: 'greedy' | 'sampling';
  /** Name of the input that is changed. Default 'target'. */
  stepInput?: string;
}

const WHERE = 'scheduledSampling';

/** What stands for the step before where it is not the truth: writes it into `target`. */
type Replace = (output: Float32Array, row: number, target: Float32Array, at: number, uniform: number) => void;

/**
 * Scheduled sampling, for `fit(x, y, { augment: scheduledSampling(model, { ... }) })`: in place of the true step before,
 * the decoder is at times given what it has written itself, so that it learns to go on from its own mistakes.
 *
 * ```text
 * target_t = truth_t with probability ε(step), else what the model makes of source, target_0 … target_{t−1}
 * ```
 *
 * Coins and draws are keyed by the model's seed and the step of training: resumed training sees the same ones, with any
 * threads. No gradient goes through the choice, as in the paper. It costs a pass over the batch by steps.
 *
 * Source: Bengio et al. 2015
 *
 * @throws ValueError, UnknownNameError for an option out of range, or a model whose output cannot be its next input
 */
export function scheduledSampling(
  model: Network<Tensor> | Network<Tensor[]>,
  options: ScheduledSamplingOptions,
): Augment {
  checkOptionNames(WHERE, options, ['truthProbability', 'strategy', 'stepInput']);
  const network = model as unknown as Network;
  const { inputNames } = network.graph;
  const stepInput = checkWord(WHERE, 'stepInput', options.stepInput ?? 'target', inputNames);
  const strategy = checkWord(WHERE, 'strategy', options.strategy ?? 'greedy', ['greedy', 'sampling']);
  const probability = probabilityOf(options.truthProbability);
  const position = inputNames.indexOf(stepInput);
  const replace = replacement(network, position, strategy === 'sampling');
  const streams = new Map<number, Stream>();
  return (inputs, context) => {
    const truth = checkNumber(WHERE, 'truthProbability', probability(context.step), { min: 0, max: 1 });
    if (truth === 1) return;
    const [batchSize, maxSteps] = inputs[stepInput].shape;
    let stream = streams.get(batchSize);
    if (stream === undefined) {
      stream = network.stream({ stepInput, batchSize, maxSteps });
      streams.set(batchSize, stream);
    }
    begin(stream, inputs, context, stepInput);
    const padding = network.graph.paddings[position];
    mix(stream, inputs[stepInput], context.lengths[stepInput], padding, replace, {
      truth,
      random: new RandomStream(context.seed, context.step, SCHEDULED_DOMAIN),
    });
  };
}

function probabilityOf(given: unknown): (step: number) => number {
  if (typeof given === 'function') return given as (step: number) => number;
  if (typeof given === 'object' && given !== null && 'at' in given && typeof given.at === 'function') {
    const schedule = given as StepSchedule;
    return (step) => schedule.at(step);
  }
  if (typeof given !== 'number') {
    const got = describeValue(given);
    throw new ValueError(`${WHERE}: truthProbability must be a number, a schedule or a function, got ${got}`);
  }
  const fixed = checkNumber(WHERE, 'truthProbability', given, { min: 0, max: 1 });
  return () => fixed;
}

/** How an output becomes an input: a token chosen, or features copied. */
function replacement({ graph }: Network, position: number, draws: boolean): Replace {
  const { shape } = graph.outputs[0];
  const width = shape[shape.length - 1] as number;
  const name = graph.inputNames[position];
  const range = graph.ranges.find(({ input }) => input === position);
  if (range !== undefined) {
    checkVocabulary(WHERE, width, range.limit, name);
    const scores = new RowScores(width, scoreKind(WHERE, graph));
    const suppressed = new Set(graph.paddings[position]);
    const everything = { temperature: 1, topK: width, topP: 1, suppressed };
    return (output, row, target, at, uniform) => {
      scores.read(output, row);
      target[at] = draws ? drawFrom(scores, everything, uniform) : scores.best(1, suppressed)[0];
    };
  }
  if (draws)
    throw new ValueError(`${WHERE}: strategy 'sampling' is for tokens, and input '${name}' takes features`);
  const own = graph.inputs[position].shape;
  if (own[own.length - 1] !== width) {
    throw new ShapeError(
      `${WHERE}: the output has ${width} features and input '${name}' ${own[own.length - 1]}: it cannot be the next`,
    );
  }
  return (output, row, target, at) => {
    target.set(output.subarray(row * width, (row + 1) * width), at);
  };
}

function begin(
  stream: Stream,
  inputs: Readonly<Record<string, Tensor>>,
  { lengths }: AugmentContext,
  stepInput: string,
): void {
  const whole = Object.entries(inputs).filter(([name]) => name !== stepInput);
  if (whole.length === 0) {
    stream.reset();
    return;
  }
  const counted = whole.flatMap(([name]) => {
    const list = lengths[name];
    return list === null ? [] : [[name, list] as const];
  });
  stream.start(Object.fromEntries(whole), { lengths: Object.fromEntries(counted) });
}

interface Coins {
  readonly truth: number;
  readonly random: RandomStream;
}

/** Goes through a batch step by step and puts in what the model makes of the steps before. */
function mix(
  stream: Stream,
  { data, shape: [B, T] }: Tensor,
  lengths: Uint32Array | null,
  padding: readonly number[],
  replace: Replace,
  { truth, random }: Coins,
): void {
  const width = data.length / (B * T);
  const place = (b: number, t: number): number => (b * T + t) * width;
  const counts = (b: number, t: number): boolean => {
    if (lengths !== null && t >= lengths[b]) return false;
    const from = place(b, t);
    return !padding.some((value) => data.subarray(from, from + width).every((x) => x === value));
  };
  const frame = new Float32Array(B * width);
  for (let t = 0; t + 1 < T; t++) {
    const open = Array.from({ length: B }, (_, b) => b).filter((b) => counts(b, t + 1));
    for (let b = 0; b < B; b++) frame.set(data.subarray(place(b, t), place(b, t) + width), b * width);
    const output = stream.step(frame);
    for (const b of open) {
      const coin = random.uniform();
      const drawn = random.uniform();
      if (coin >= truth) replace(output, b, data, place(b, t + 1), drawn);
    }
  }
}

/**
 * ε(step) = k / (k + e^(step / k)), k ≥ 1: near 1 at first, ½ at step k · ln k. For {@link scheduledSampling}.
 *
 * Source: Bengio et al. 2015
 *
 * @throws ValueError for another k
 */
export function inverseSigmoidDecay(options: { readonly k: number }): StepSchedule {
  checkOptionNames('inverseSigmoidDecay', options, ['k']);
  const k = checkNumber('inverseSigmoidDecay', 'k', options.k, { min: 1 });
  return { at: (step) => k / (k + exp(step / k)) };
}
