import { checkBoolean, checkInteger, checkList, checkNumber, checkWord } from '../check.js';
import { checkOptionNames, ValueError } from '../errors.js';
import type { Lengths } from '../model/lengths.js';

/** How {@link generate} chooses tokens. */
export type Strategy = 'greedy' | 'beam' | 'sampling';

/** Options of {@link generate}. Names are those of Hugging Face's `generate`. */
export interface GenerateOptions {
  /** Tokens to write at most for each sample, a stop token included. */
  maxLength: number;
  /** Token from which writing starts. An encoder-decoder needs it; with prompts it goes in front of them. */
  startToken?: number;
  /** A token that ends the sequence, or several. Default: none. */
  stopToken?: number | readonly number[];
  /** Default 'greedy': always the likeliest token. */
  strategy?: Strategy;
  /** 'beam': continuations that are followed side by side. Default 4. */
  numBeams?: number;
  /** 'beam': sequences are ranked by their log-probability over their length to this power. Default 1. */
  lengthPenalty?: number;
  /** 'beam': true stops at `numBeams` ended sequences; false once no other can be better. Default false. */
  earlyStopping?: boolean;
  /** 'sampling': logits are divided by it. Near 0 careful, above 1 bold. Default 1. */
  temperature?: number;
  /** 'sampling': only the likeliest so many tokens are drawn. Default: all. */
  topK?: number;
  /** 'sampling': only the likeliest tokens are drawn that together have this probability. Default 1: all. */
  topP?: number;
  /** 'sampling': seed of the draws. Default 0. */
  seed?: number;
  /** Sequences to give for each sample: the best of the beams, or as many draws. Default 1. */
  numReturnSequences?: number;
  /** Tokens never to be chosen. Padding of the model's input never is. */
  suppressTokens?: readonly number[];
  /** Name of the input that takes the tokens. Default: the only one, or 'target'. */
  stepInput?: string;
  /** Steps of the other inputs that count, as in `predict`. */
  lengths?: Lengths;
  /** Samples at a time. Default 32. Does not change what comes out. */
  batchSize?: number;
  /** True gives what each step looked at: see {@link Stream.attention}. Default false. */
  returnAttention?: boolean;
}

/** Options of one strategy alone. */
const OF_STRATEGY: Readonly<Record<Strategy, readonly (keyof GenerateOptions)[]>> = {
  greedy: [],
  beam: ['numBeams', 'lengthPenalty', 'earlyStopping'],
  sampling: ['temperature', 'topK', 'topP', 'seed'],
};

const NAMES: readonly (keyof GenerateOptions)[] = [
  'maxLength',
  'startToken',
  'stopToken',
  'strategy',
  ...OF_STRATEGY.beam,
  ...OF_STRATEGY.sampling,
  'numReturnSequences',
  'suppressTokens',
  'stepInput',
  'lengths',
  'batchSize',
  'returnAttention',
];

/** The options checked, all given. */
export interface GenerateConfig {
  readonly maxLength: number;
  readonly startToken: number | null;
  readonly stops: ReadonlySet<number>;
  readonly strategy: Strategy;
  readonly numBeams: number;
  readonly lengthPenalty: number;
  readonly earlyStopping: boolean;
  readonly temperature: number;
  /** The vocabulary's size for all. */
  readonly topK: number;
  readonly topP: number;
  readonly seed: number;
  readonly numReturnSequences: number;
  readonly suppressed: ReadonlySet<number>;
  readonly batchSize: number;
  readonly returnAttention: boolean;
}

const WHERE = 'generate';

/**
 * The options checked against a vocabulary.
 *
 * @param padding tokens that the model takes for no step
 * @throws ValueError, UnknownNameError
 */
export function generateConfig(
  options: GenerateOptions,
  vocabulary: number,
  padding: readonly number[],
): GenerateConfig {
  checkOptionNames(WHERE, options, NAMES);
  const strategy = checkWord(WHERE, 'strategy', options.strategy ?? 'greedy', ['greedy', 'beam', 'sampling']);
  for (const [owner, names] of Object.entries(OF_STRATEGY)) {
    const foreign = names.find((name) => owner !== strategy && options[name] !== undefined);
    if (foreign !== undefined) {
      throw new ValueError(`${WHERE}: ${foreign} is for strategy '${owner}', got strategy '${strategy}'`);
    }
  }
  const token = (name: string, value: unknown): number =>
    checkInteger(WHERE, name, value, { min: 0, below: vocabulary });
  const { startToken, stopToken, suppressTokens = [], numBeams = 4, numReturnSequences = 1 } = options;
  const stops = stopToken === undefined ? [] : typeof stopToken === 'object' ? stopToken : [stopToken];
  const suppressed = new Set([
    ...padding,
    ...checkList(WHERE, 'suppressTokens', suppressTokens).map((id) => token('suppressTokens', id)),
  ]);
  const config = {
    maxLength: checkInteger(WHERE, 'maxLength', options.maxLength, { min: 1 }),
    startToken: startToken === undefined ? null : token('startToken', startToken),
    stops: new Set(checkList(WHERE, 'stopToken', stops).map((id) => token('stopToken', id))),
    strategy,
    numBeams: checkInteger(WHERE, 'numBeams', numBeams, { min: 1 }),
    lengthPenalty: checkNumber(WHERE, 'lengthPenalty', options.lengthPenalty ?? 1),
    earlyStopping: checkBoolean(WHERE, 'earlyStopping', options.earlyStopping ?? false),
    temperature: checkNumber(WHERE, 'temperature', options.temperature ?? 1, { above: 0 }),
    topK: Math.min(vocabulary, checkInteger(WHERE, 'topK', options.topK ?? vocabulary, { min: 1 })),
    topP: checkNumber(WHERE, 'topP', options.topP ?? 1, { above: 0, max: 1 }),
    seed: checkInteger(WHERE, 'seed', options.seed ?? 0, { min: 0 }),
    numReturnSequences: checkInteger(WHERE, 'numReturnSequences', numReturnSequences, { min: 1 }),
    suppressed,
    batchSize: checkInteger(WHERE, 'batchSize', options.batchSize ?? 32, { min: 1 }),
    returnAttention: checkBoolean(WHERE, 'returnAttention', options.returnAttention ?? false),
  };
  if (suppressed.size >= vocabulary) throw new ValueError(`${WHERE}: suppressTokens leaves no token`);
  if (strategy === 'greedy' && numReturnSequences > 1) {
    throw new ValueError(`${WHERE}: numReturnSequences above 1 needs strategy 'beam' or 'sampling'`);
  }
  if (strategy === 'beam' && numReturnSequences > numBeams) {
    throw new ValueError(
      `${WHERE}: numReturnSequences must be at most numBeams, got ${numReturnSequences} and ${numBeams}`,
    );
  }
  return config;
}
