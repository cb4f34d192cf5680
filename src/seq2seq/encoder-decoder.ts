import { checkInteger, checkText } from '../check.js';
import { describeValue } from '../describe.js';
import { checkOptionNames, ShapeError, unknownName, ValueError } from '../errors.js';
import { type ActivationName, activationFrom } from '../layers/activations.js';
import { additiveAttention } from '../layers/attention/additive.js';
import { attention } from '../layers/attention/dot.js';
import { dense } from '../layers/dense.js';
import { dropout } from '../layers/dropout.js';
import { embedding } from '../layers/embedding.js';
import { input } from '../layers/input.js';
import type { Layer } from '../layers/layer.js';
import { concatenate } from '../layers/merge/concatenate.js';
import { dropRate, flag, oneOf, positiveInteger } from '../layers/options.js';
import { bidirectional } from '../layers/recurrent/bidirectional.js';
import { gru } from '../layers/recurrent/gru.js';
import { indRnn } from '../layers/recurrent/ind-rnn.js';
import { lstm } from '../layers/recurrent/lstm.js';
import { mgu } from '../layers/recurrent/mgu.js';
import { minGru } from '../layers/recurrent/min-gru.js';
import { minLstm } from '../layers/recurrent/min-lstm.js';
import { simpleRNN } from '../layers/recurrent/simple-rnn.js';
import { sru } from '../layers/recurrent/sru.js';
import type { SymbolicTensor } from '../layers/symbolic.js';
import type { ModelOptions } from '../model/network.js';
import { withBatch } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { functionalParts, type ModelParts } from '../training/model-parts.js';
import { NamedModel } from '../training/named/model.js';

/** What a recurrent layer of an encoder-decoder is made with. */
export interface CellOptions {
  /** Number of units. */
  units: number;
  /** Name in summaries and weights. */
  name: string;
  /** Always true: each layer gives its sequence. */
  returnSequences: true;
  /** True in the encoder, whose last states are where the decoder begins. */
  returnState: boolean;
}

/** Names of the cells that {@link encoderDecoder} knows. */
export type CellName = 'lstm' | 'gru' | 'simpleRNN' | 'mgu' | 'indRnn' | 'minGru' | 'minLstm' | 'sru';

const CELLS: Readonly<Record<CellName, (options: CellOptions) => Layer>> = {
  lstm,
  gru,
  simpleRNN,
  mgu,
  indRnn,
  minGru,
  minLstm,
  sru,
};

/** How the decoder looks back at what the encoder has read. */
export type AttentionScore = 'dot' | 'general' | 'additive';

/** Options of {@link encoderDecoder}. */
export interface EncoderDecoderOptions extends ModelOptions {
  /** Kind of recurrent layer: a name, or a function that makes one from {@link CellOptions}. Default 'lstm'. */
  cell?: CellName | ((options: CellOptions) => Layer);
  /** Units of each recurrent layer. */
  units: number;
  /** Recurrent layers in the encoder, and as many in the decoder. Default 1. */
  layers?: number;
  /** True lets the encoder read from both ends. Default false. */
  bidirectional?: boolean;
  /**
   * Score of a decoder's step h and an encoder's step s: Luong's 'dot' h·s and 'general' h·W·s, Bahdanau's 'additive'
   * v·tanh(W h + U s + b). Default null: the last state of the encoder alone tells the decoder what was read.
   */
  attention?: AttentionScore | null;
  /** Number of tokens that sources are made of, padding included: the source is a list of ids. */
  sourceVocabularySize?: number;
  /** Or the number of features in each step of a source. */
  sourceFeatures?: number;
  /** Number of tokens that targets are made of: the output is a softmax over them. */
  targetVocabularySize?: number;
  /** Or the number of features in each step of a target. */
  targetFeatures?: number;
  /** Size of the vectors of tokens. Default units. */
  embeddingDim?: number;
  /** True takes id 0 for padding. Default true. */
  maskZero?: boolean;
  /** Share of the inputs of each recurrent layer, and of what the output is made of, dropped in training. Default 0. */
  dropout?: number;
  /** Activation of the output where targets are features. Default 'linear'. */
  outputActivation?: ActivationName;
}

const NAMES: readonly (keyof EncoderDecoderOptions)[] = [
  'cell',
  'units',
  'layers',
  'bidirectional',
  'attention',
  'sourceVocabularySize',
  'sourceFeatures',
  'targetVocabularySize',
  'targetFeatures',
  'embeddingDim',
  'maskZero',
  'dropout',
  'outputActivation',
  'seed',
  'name',
  'numerics',
  'threads',
];

const WHERE = 'encoderDecoder';

/** The options checked. */
type Config = ReturnType<typeof configOf>;

function configOf(options: EncoderDecoderOptions) {
  checkOptionNames(WHERE, options, NAMES);
  const units = positiveInteger(WHERE, 'units', options.units);
  const config = {
    make: cellFrom(options.cell ?? 'lstm'),
    units,
    layers: positiveInteger(WHERE, 'layers', options.layers ?? 1),
    bothWays: flag(WHERE, 'bidirectional', options.bidirectional ?? false),
    attention:
      options.attention == null
        ? null
        : oneOf(WHERE, 'attention', options.attention, ['dot', 'general', 'additive']),
    source: sideOf('source', options.sourceVocabularySize, options.sourceFeatures),
    target: sideOf('target', options.targetVocabularySize, options.targetFeatures),
    embeddingDim: positiveInteger(WHERE, 'embeddingDim', options.embeddingDim ?? units),
    maskZero: flag(WHERE, 'maskZero', options.maskZero ?? true),
    dropout: dropRate(WHERE, 'dropout', options.dropout ?? 0),
    outputActivation: activationFrom(WHERE, 'outputActivation', options.outputActivation),
  };
  if (config.bothWays && config.attention === 'dot') {
    throw new ValueError(
      `${WHERE}: attention 'dot' needs an encoder as wide as the decoder, and one that reads from both ends is twice ` +
        "as wide; 'general' fits any",
    );
  }
  if (config.target.tokens && options.outputActivation !== undefined) {
    throw new ValueError(`${WHERE}: outputActivation is for targetFeatures; tokens have a softmax`);
  }
  return config;
}

function cellFrom(cell: unknown): (options: CellOptions) => Layer {
  if (typeof cell === 'function') return cell as (options: CellOptions) => Layer;
  const name = checkText(WHERE, 'cell', cell);
  if (!Object.hasOwn(CELLS, name)) throw unknownName(WHERE, 'cell', name, Object.keys(CELLS));
  return CELLS[name as CellName];
}

/** Whether one side is made of tokens, and of how many, or else its features. */
function sideOf(side: 'source' | 'target', tokens: unknown, features: unknown) {
  if ((tokens === undefined) === (features === undefined)) {
    const got = tokens === undefined ? 'neither' : 'both';
    throw new ValueError(`${WHERE}: expected one of ${side}VocabularySize and ${side}Features, got ${got}`);
  }
  if (tokens === undefined) {
    return { tokens: false, size: positiveInteger(WHERE, `${side}Features`, features) };
  }
  return { tokens: true, size: checkInteger(WHERE, `${side}VocabularySize`, tokens, { min: 2 }) };
}

/** The input of a side, and its steps as vectors. */
function vectorsOf(config: Config, side: 'source' | 'target'): [SymbolicTensor, SymbolicTensor] {
  const { tokens, size } = config[side];
  const { embeddingDim: outputDim, maskZero } = config;
  if (!tokens) {
    const x = input({ shape: [null, size], name: side });
    return [x, x];
  }
  const ids = input({ shape: [null], name: side });
  const table = embedding({ inputDim: size, outputDim, maskZero, name: `${side}Embedding` });
  return [ids, table.apply(ids)];
}

function dropped({ dropout: rate }: Config, x: SymbolicTensor): SymbolicTensor {
  return rate > 0 ? dropout({ rate }).apply(x) : x;
}

/** A recurrent layer by the user's function or ours. */
function recurrent({ make, units }: Config, name: string, returnState: boolean): Layer {
  const layer = make({ units, name, returnSequences: true, returnState });
  if (typeof layer?.applyAll === 'function') return layer;
  throw new ValueError(`${WHERE}: cell must give a recurrent layer, got ${describeValue(layer)}`);
}

/** One layer of the encoder: its sequence, and the states from which the decoder's layer begins. */
function encode(config: Config, x: SymbolicTensor, index: number): [SymbolicTensor, SymbolicTensor[]] {
  const name = numbered('encoder', index);
  const layer = recurrent(config, name, true);
  if (!config.bothWays) {
    const [sequence, ...states] = layer.applyAll(x);
    return [checkSequence(sequence, name), states];
  }
  const both = bidirectional({ layer: recurrent(config, 'forward', true), name });
  const [sequence, ...states] = both.applyAll(x);
  const half = states.length / 2;
  const joined = states.slice(0, half).map((forward, i) => {
    const pair = concatenate().apply([forward, states[half + i]]);
    const bridge = dense({
      units: forward.shape[0] as number,
      activation: i === 0 ? 'tanh' : 'linear',
      name: `bridge_${index}_${i}`,
    });
    return bridge.apply(pair);
  });
  return [checkSequence(sequence, name), joined];
}

function checkSequence(sequence: SymbolicTensor, name: string): SymbolicTensor {
  if (sequence.shape.length === 2) return sequence;
  throw new ShapeError(
    `${WHERE}: ${name} gives ${withBatch(sequence.shape)}, expected a sequence: hand its options on to the layer`,
  );
}

const numbered = (stem: string, index: number): string => (index === 0 ? stem : `${stem}_${index}`);

/** What the steps h of the decoder see of those of the encoder. */
function contextOf(score: AttentionScore, h: SymbolicTensor, encoded: SymbolicTensor): SymbolicTensor {
  if (score !== 'additive') return attention({ scoreMode: score, name: 'attention' }).apply([h, encoded]);
  const units = h.shape[1] as number;
  const query = dense({ units, name: 'attentionQuery' }).apply(h);
  const key = dense({ units, useBias: false, name: 'attentionKey' }).apply(encoded);
  return additiveAttention({ name: 'attention' }).apply([query, encoded, key]);
}

/** Steps of the decoder beside what they look back at. */
function look(config: Config, h: SymbolicTensor, encoded: SymbolicTensor): SymbolicTensor {
  if (config.attention === null) return h;
  const [, width] = h.shape;
  if (config.attention === 'dot' && width !== encoded.shape[1]) {
    throw new ShapeError(
      `${WHERE}: attention 'dot' needs an encoder as wide as the decoder, got ${encoded.shape[1]} and ${width}; ` +
        "'general' fits any",
    );
  }
  const both = concatenate().apply([h, contextOf(config.attention, h, encoded)]);
  return dense({ units: width as number, activation: 'tanh', useBias: false, name: 'combined' }).apply(both);
}

/**
 * A model that reads one sequence and then writes another, of any of the recurrent layers.
 *
 * ```text
 * s, state = encoder(source)          h_t = decoder(h_{t−1}, target_{t−1}),  h_0 = state
 * c_t = Σ_j softmax_j(score(h_t, s_j)) s_j                                   with attention
 * a_t = tanh(W [h_t; c_t]),   y_t = softmax(V a_t + b)                       without attention a_t = h_t
 * ```
 *
 * Inputs `source` and `target`, output one step for each of `target`: what comes next behind it. Layer i of the
 * decoder begins where layer i of the encoder ends; an encoder that reads from both ends hands its states over
 * through a dense layer. It is an ordinary model: {@link teacherForcing} makes what `fit` is given,
 * {@link generate} writes.
 *
 * Source: Sutskever et al. 2014; Luong et al. 2015; Bahdanau et al. 2015
 *
 * @throws ValueError, UnknownNameError for an option out of range, ShapeError when layers do not fit together
 */
export function encoderDecoder(options: EncoderDecoderOptions): NamedModel<Tensor> {
  return new NamedModel(...encoderDecoderParts(options));
}

/** What is given to {@link encoderDecoder}, as wiring and options of a model. */
export function encoderDecoderParts(options: EncoderDecoderOptions): ModelParts {
  const config = configOf(options);
  const { seed, name, numerics, threads } = options;
  const [source, sourceVectors] = vectorsOf(config, 'source');
  const [target, targetVectors] = vectorsOf(config, 'target');
  let encoded = sourceVectors;
  const initial = Array.from({ length: config.layers }, (_, i) => {
    const [sequence, states] = encode(config, dropped(config, encoded), i);
    encoded = sequence;
    return states;
  });
  let decoded = targetVectors;
  initial.forEach((initialState, i) => {
    const layer = recurrent(config, numbered('decoder', i), false);
    decoded = checkSequence(layer.apply(dropped(config, decoded), { initialState }), numbered('decoder', i));
  });
  const { size, tokens } = config.target;
  const activation = tokens ? 'softmax' : config.outputActivation;
  const last = dropped(config, look(config, decoded, encoded));
  const outputs = dense({ units: size, activation, name: 'output' }).apply(last);
  const own = { seed, name, numerics, threads };
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return functionalParts({ inputs: [source, target], outputs, ...given });
}
