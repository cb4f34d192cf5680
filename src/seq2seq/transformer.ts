import { checkInteger } from '../check.js';
import { checkOptionNames, ValueError } from '../errors.js';
import { activation } from '../layers/activation.js';
import type { ActivationName } from '../layers/activations.js';
import { positionEmbedding, sinePositionEncoding } from '../layers/attention/index.js';
import { residual } from '../layers/connect/index.js';
import { dense } from '../layers/dense.js';
import { dropout } from '../layers/dropout.js';
import { embedding } from '../layers/embedding.js';
import { input } from '../layers/input.js';
import { add } from '../layers/merge/index.js';
import { layerNormalization } from '../layers/normalization/index.js';
import { dropRate, flag, oneOf, positiveInteger } from '../layers/options.js';
import { type ReversibleEmbedding, reversibleEmbedding } from '../layers/structured/index.js';
import type { SymbolicTensor } from '../layers/symbolic.js';
import { transformerDecoder, transformerEncoder } from '../layers/transformer/index.js';
import type { ModelOptions } from '../model/network.js';
import type { Tensor } from '../tensor.js';
import { functionalParts, type ModelParts } from '../training/model-parts.js';
import { NamedModel } from '../training/named/model.js';

/** Options of {@link transformer}. Defaults are those of the paper's base model. */
export interface TransformerOptions extends ModelOptions {
  /** Number of tokens that sources are made of, padding included. */
  sourceVocabularySize: number;
  /** Number of tokens that targets are made of: the output is a softmax over them. */
  targetVocabularySize: number;
  /** Size of the vectors of tokens, and of all that blocks give. Default 512. */
  hiddenDim?: number;
  /** Units of the first dense layer of a block. Default 2048. */
  intermediateDim?: number;
  /** Heads of attention; they divide hiddenDim. Default 8. */
  numHeads?: number;
  /** Blocks of the encoder, and as many of the decoder. Default 6. */
  layers?: number;
  /** Share dropped in training: of vectors and positions together, of probabilities, of what is added. Default 0.1. */
  dropout?: number;
  /** Behind the first dense layer of a block. Default 'relu'. */
  activation?: ActivationName;
  /** True normalises in front of attention and dense layers, and once behind all blocks. Default false. */
  normalizeFirst?: boolean;
  /** What tells steps apart: sines and cosines, or learned vectors, which need `maxLength`. Default 'sine'. */
  positions?: 'sine' | 'learned';
  /** Steps of the longest source and target. Default null: any. */
  maxLength?: number | null;
  /** True takes id 0 for padding. Default true. */
  maskZero?: boolean;
  /** True has one table for the vectors of targets and for what the output is made of. Default false. */
  tieEmbeddings?: boolean;
}

const NAMES: readonly (keyof TransformerOptions)[] = [
  'sourceVocabularySize',
  'targetVocabularySize',
  'hiddenDim',
  'intermediateDim',
  'numHeads',
  'layers',
  'dropout',
  'activation',
  'normalizeFirst',
  'positions',
  'maxLength',
  'maskZero',
  'tieEmbeddings',
  'seed',
  'name',
  'numerics',
  'threads',
];

const WHERE = 'transformer';

/** The options checked; blocks check their own. */
function configOf(options: TransformerOptions) {
  checkOptionNames(WHERE, options, NAMES);
  const hiddenDim = positiveInteger(WHERE, 'hiddenDim', options.hiddenDim ?? 512);
  const numHeads = positiveInteger(WHERE, 'numHeads', options.numHeads ?? 8);
  if (hiddenDim % numHeads !== 0) {
    throw new ValueError(`${WHERE}: numHeads must divide hiddenDim, got ${numHeads} heads for ${hiddenDim}`);
  }
  const { maxLength = null } = options;
  const positions = oneOf(WHERE, 'positions', options.positions ?? 'sine', ['sine', 'learned'] as const);
  if (positions === 'learned' && maxLength === null) {
    throw new ValueError(`${WHERE}: positions 'learned' needs maxLength, got none`);
  }
  return {
    source: checkInteger(WHERE, 'sourceVocabularySize', options.sourceVocabularySize, { min: 2 }),
    target: checkInteger(WHERE, 'targetVocabularySize', options.targetVocabularySize, { min: 2 }),
    layers: positiveInteger(WHERE, 'layers', options.layers ?? 6),
    dropout: dropRate(WHERE, 'dropout', options.dropout ?? 0.1),
    maskZero: flag(WHERE, 'maskZero', options.maskZero ?? true),
    tieEmbeddings: flag(WHERE, 'tieEmbeddings', options.tieEmbeddings ?? false),
    normalizeFirst: flag(WHERE, 'normalizeFirst', options.normalizeFirst ?? false),
    maxLength: maxLength === null ? null : positiveInteger(WHERE, 'maxLength', maxLength),
    intermediateDim: positiveInteger(WHERE, 'intermediateDim', options.intermediateDim ?? 2048),
    activation: options.activation ?? 'relu',
    hiddenDim,
    numHeads,
    positions,
  };
}

type Config = ReturnType<typeof configOf>;

/** A side of the model: its ids, vectors of them with their positions, and their table where it makes the output too. */
interface Side {
  readonly ids: SymbolicTensor;
  readonly vectors: SymbolicTensor;
  readonly table: ReversibleEmbedding | null;
}

/** Vectors begin with variance 1. Those of a table that also makes the output begin smaller and are multiplied. */
function placed(config: Config, side: 'source' | 'target'): Side {
  const { hiddenDim, maxLength, maskZero, positions, dropout: rate } = config;
  const isTied = side === 'target' && config.tieEmbeddings;
  const factor = isTied ? Math.sqrt(hiddenDim) : 1;
  const ids = input({ shape: [maxLength], name: side });
  const options = {
    inputDim: config[side],
    outputDim: hiddenDim,
    maskZero,
    embeddingsInitializer: { name: 'randomNormal', config: { stddev: 1 / factor } } as const,
    name: `${side}Embedding`,
  };
  const table = isTied ? reversibleEmbedding(options) : null;
  const scaled = residual(activation({ activation: 'linear' }), { scale: factor - 1, name: 'scaled' });
  const tokens = table === null ? embedding(options).apply(ids) : scaled.apply(table.apply(ids));
  const name = `${side}Positions`;
  const places =
    positions === 'sine'
      ? sinePositionEncoding({ name })
      : positionEmbedding({ sequenceLength: maxLength as number, name });
  const sum = add().apply([tokens, places.apply(tokens)]);
  return { ids, vectors: rate > 0 ? dropout({ rate }).apply(sum) : sum, table };
}

const numbered = (stem: string, index: number): string => (index === 0 ? stem : `${stem}_${index}`);

/**
 * The encoder-decoder of Vaswani et al. 2017 as one model.
 *
 * ```text
 * x = drop(embedding(source) + positions),   encoded = encoder blocks(x)
 * h = drop(embedding(target) + positions),   y_t = softmax(decoder blocks(h, encoded)_t·W + b)
 * ```
 *
 * Inputs `source` and `target`, lists of ids; output one step for each of `target`: what comes next behind it. Vectors of
 * tokens begin with variance 1, where the paper multiplies those of variance 1 / hiddenDim by √hiddenDim; with
 * `tieEmbeddings` the target's are as in the paper, W is their table and b is 0. It is an ordinary model: {@link teacherForcing} makes what `fit` is given, {@link generate} writes, step by step.
 *
 * @throws ValueError, UnknownNameError for an option out of range
 */
export function transformer(options: TransformerOptions): NamedModel<Tensor> {
  return new NamedModel(...transformerParts(options));
}

/** What is given to {@link transformer}, as wiring and options of a model. */
export function transformerParts(options: TransformerOptions): ModelParts {
  const config = configOf(options);
  const { layers, numHeads, intermediateDim, dropout: rate, normalizeFirst } = config;
  const block = { numHeads, intermediateDim, dropout: rate, activation: config.activation, normalizeFirst };
  const ending = (x: SymbolicTensor, name: string): SymbolicTensor =>
    normalizeFirst ? layerNormalization({ epsilon: 1e-5, name }).apply(x) : x;
  const source = placed(config, 'source');
  const target = placed(config, 'target');
  let encoded = source.vectors;
  let decoded = target.vectors;
  for (let i = 0; i < layers; i++) {
    encoded = transformerEncoder({ ...block, name: numbered('encoder', i) }).apply(encoded);
  }
  encoded = ending(encoded, 'encoderNorm');
  for (let i = 0; i < layers; i++) {
    decoded = transformerDecoder({ ...block, name: numbered('decoder', i) }).apply([decoded, encoded]);
  }
  const last = ending(decoded, 'decoderNorm');
  const own = { activation: 'softmax', name: 'output' } as const;
  const output = target.table?.reverse(own) ?? dense({ units: config.target, ...own });
  const { seed, name, numerics, threads } = options;
  const more = Object.entries({ seed, name, numerics, threads }).filter(([, value]) => value !== undefined);
  const inputs = [source.ids, target.ids];
  return functionalParts({ inputs, outputs: output.apply(last), ...Object.fromEntries(more) });
}
