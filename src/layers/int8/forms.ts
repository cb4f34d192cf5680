import type { BidirectionalConfig, Direction } from '../recurrent/bidirectional.js';
import type { GRUConfig } from '../recurrent/gru.js';
import { type LSTMConfig, lstmVariantOptions } from '../recurrent/lstm-options.js';
import type { Int8Weight } from './weights.js';

/** A layer as it is with 8-bit weights. */
export interface Int8Form {
  readonly type: string;
  readonly config: object;
  /** The weights of the layer in f32 that are kept in 8 bits. */
  readonly weights: readonly Int8Weight[];
}

const bias = { name: 'bias', offset: 0 };
const kernel: Int8Weight = { name: 'kernel', scales: 'columns', operand: 'input', bias };
const recurrentKernel: Int8Weight = {
  name: 'recurrentKernel',
  scales: 'columns',
  operand: { buffer: 'h' },
  bias,
};

export const LSTM_WEIGHTS: readonly Int8Weight[] = [kernel, recurrentKernel];
export const SIMPLE_RNN_WEIGHTS: readonly Int8Weight[] = [kernel, recurrentKernel];
export const DENSE_WEIGHTS: readonly Int8Weight[] = [kernel];
export const EMBEDDING_WEIGHTS: readonly Int8Weight[] = [{ name: 'embeddings', scales: 'rows' }];

/**
 * Without resetAfter the recurrent kernel meets two operands, h and r ⊙ h: it has no calibrated form then.
 * With it the recurrent half of the bias [2, 3H] stands where the center of h belongs.
 */
export function gruWeights({ form, units }: GRUConfig): readonly Int8Weight[] {
  return form === 'resetAfter'
    ? [kernel, { ...recurrentKernel, bias: { name: 'bias', offset: 3 * units } }]
    : [kernel, { name: 'recurrentKernel', scales: 'columns' }];
}

/** The form, or why there is none. */
type MakeForm = (config: object, calibrated: boolean) => Int8Form | string;

/** A calibrated layer has a bias in any case: it takes up what the operands are centered by. */
function form(type: string, weights: (config: object) => readonly Int8Weight[]): MakeForm {
  return (config, calibrated) => ({
    type,
    config: calibrated ? { ...config, useBias: true, calibrated } : config,
    weights: weights(config),
  });
}

const FORMS: Readonly<Record<string, MakeForm>> = {
  lstm(config, calibrated) {
    const [variant] = lstmVariantOptions(config as LSTMConfig);
    if (variant !== undefined) return `${variant} of an lstm has no 8-bit form`;
    return form('lstmInt8', () => LSTM_WEIGHTS)(config, calibrated);
  },
  gru(config, calibrated) {
    const { form: named, layerNormalization } = config as GRUConfig;
    if (layerNormalization) return 'layerNormalization of a gru has no 8-bit form';
    if (named !== 'resetAfter' && named !== 'resetBefore')
      return `form '${named}' of a gru has no 8-bit form`;
    return form('gruInt8', () => gruWeights(config as GRUConfig))(config, calibrated);
  },
  simpleRNN: form('simpleRNNInt8', () => SIMPLE_RNN_WEIGHTS),
  dense: form('denseInt8', () => DENSE_WEIGHTS),
  embedding: (config) => ({ type: 'embeddingInt8', config, weights: EMBEDDING_WEIGHTS }),
  timeDistributed: timeDistributedForm,
  bidirectional(config, calibrated) {
    const { forward, backward } = config as BidirectionalConfig;
    const [first, second] = [directionForm(forward, calibrated), directionForm(backward, calibrated)];
    if (typeof first === 'string') return first;
    if (typeof second === 'string') return second;
    return {
      type: 'bidirectional',
      config: {
        ...config,
        forward: { type: first.type, config: first.config },
        backward: { type: second.type, config: second.config },
      },
      weights: [...inside('forward', first.weights), ...inside('backward', second.weights)],
    };
  },
};

/** The layer inside keeps the names of its weights and buffers. */
function timeDistributedForm(config: object, calibrated: boolean): Int8Form | string {
  const { layer } = config as { readonly layer: { readonly type: string; readonly config: object } };
  const inner = int8Form(layer.type, layer.config, calibrated);
  if (typeof inner === 'string') return inner;
  const { type, config: own, weights } = inner;
  return { type: 'timeDistributed', config: { ...config, layer: { type, config: own } }, weights };
}

/** The 8-bit form of a layer, or why there is none. */
export function int8Form(type: string, config: object, calibrated: boolean): Int8Form | string {
  return Object.hasOwn(FORMS, type) ? FORMS[type](config, calibrated) : `${type} has no 8-bit form`;
}

function directionForm({ type, config }: Direction, calibrated: boolean): Int8Form | string {
  return int8Form(type, config, calibrated);
}

/** Weights of a layer inside another, under the names they have there. */
function inside(prefix: string, weights: readonly Int8Weight[]): Int8Weight[] {
  const within = (name: string): string => `${prefix}.${name}`;
  return weights.map((weight) => ({
    ...weight,
    name: within(weight.name),
    operand: typeof weight.operand === 'object' ? { buffer: within(weight.operand.buffer) } : weight.operand,
    bias: weight.bias && { ...weight.bias, name: within(weight.bias.name) },
  }));
}
