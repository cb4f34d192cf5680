import { convLstm1d } from '../../../layers/recurrent/conv-lstm.js';
import { gru } from '../../../layers/recurrent/gru.js';
import { lstm } from '../../../layers/recurrent/lstm.js';
import { simpleRNN } from '../../../layers/recurrent/simple-rnn.js';
import { type Fields, refuse } from '../dialect.js';
import {
  activationField,
  type Field,
  flagField,
  ignored,
  only,
  ourOwn,
  same,
  sizeField,
  skipped,
  weightFields,
} from '../fields.js';
import { type LayerMapping, type PlainLayer, plainLayer, plainSlots } from './mapping.js';

/** Weights of a cell, in Keras's order. */
const CELL_WEIGHTS = { kernel: 'kernel', recurrentKernel: 'recurrent_kernel', bias: 'bias' };

/** Options of a cell with one activation. */
const cellFields: readonly Field[] = [
  activationField(),
  flagField('useBias'),
  ...weightFields('kernel'),
  ...weightFields('recurrent', 'recurrentKernel'),
  ...weightFields('bias'),
  same('dropout'),
  same('recurrentDropout'),
  ignored('seed', null),
  skipped('implementation'),
  ourOwn('zoneout', 0),
];

/** What a recurrent layer has beside its cell; read in files of a cell's own, too. */
const sequenceFields: readonly Field[] = [
  flagField('returnSequences'),
  flagField('returnState'),
  flagField('goBackwards'),
  flagField('stateful'),
  ignored('unroll', false),
  only('time_major', [false], false),
  // Steps that do not count are 0 in an output of ours, whatever a file says.
  skipped('zero_output_for_mask', 'use_cudnn', 'input_length', 'input_dim', 'consume_less', 'cell', 'cells'),
  ourOwn('truncate', null),
  ourOwn('recompute', false),
];

/** Masks of recurrent dropout are one for a sequence in Keras. */
const variational: Field = {
  keys: [],
  write(config, place) {
    if (config.recurrentDropout === 0 || config.recurrentDropoutMask === 'variational') return undefined;
    return refuse(place, `recurrentDropoutMask is 'naive', of which Keras knows nothing`);
  },
};

const gateActivation = activationField('recurrentActivation');

/** The layers of one cell; the cell's own options alone are those of its cell in Keras. */
interface Recurrent extends PlainLayer {
  /** Keras's class of the cell. */
  readonly cell: string;
}

const RECURRENT: readonly Recurrent[] = [
  {
    type: 'simpleRNN',
    classes: ['SimpleRNN'],
    cell: 'SimpleRNNCell',
    make: simpleRNN,
    fields: [same('units', 'output_dim'), ...cellFields, variational, ...sequenceFields],
  },
  {
    type: 'lstm',
    classes: ['LSTM'],
    cell: 'LSTMCell',
    make: lstm,
    fields: [
      same('units', 'output_dim'),
      gateActivation,
      flagField('unitForgetBias'),
      ...cellFields,
      variational,
      ...sequenceFields,
      ourOwn('peephole', false),
      ourOwn('coupled', false),
      ourOwn('projection', null),
      ourOwn('cellClip', null),
      ourOwn('layerNormalization', false),
    ],
  },
  {
    type: 'gru',
    classes: ['GRU'],
    cell: 'GRUCell',
    make: gru,
    fields: [
      same('units', 'output_dim'),
      gateActivation,
      {
        keys: ['reset_after'],
        read(options, value) {
          options.resetAfter = value ?? false;
        },
        write(config, place) {
          const { form } = config;
          if (form !== 'resetAfter' && form !== 'resetBefore') {
            return refuse(place, `form is '${form}', of which Keras knows nothing`);
          }
          if (form === 'resetAfter' && place.family === 'tfjs') {
            return refuse(
              place,
              'resetAfter is true, which tfjs has not; only resetAfter: false can be written for it',
            );
          }
          return form === 'resetAfter';
        },
      },
      ...cellFields,
      variational,
      ...sequenceFields,
      ourOwn('updateGate', 'state'),
      ourOwn('layerNormalization', false),
    ],
  },
];

/** Files before Keras 2.1 and of tfjs say nothing of reset_after, and mean false. */
const oldDefaults = (type: string, family: string): Fields =>
  type === 'gru' && family !== 'keras 3' ? { reset_after: false } : {};

/** The bias where cuDNN's layers keep it: both of its halves. */
const CUDNN: Readonly<Record<string, Fields>> = {
  lstm: { activation: 'tanh', recurrent_activation: 'sigmoid', use_bias: true },
  gru: { activation: 'tanh', recurrent_activation: 'sigmoid', use_bias: true, reset_after: true },
};

function recurrent(layer: Recurrent): LayerMapping {
  const plain = plainLayer({ ...layer, form: 'states' });
  const cudnn = `CuDNN${layer.classes[0]}`;
  const isCudnn = layer.type in CUDNN;
  return {
    ...plain,
    classes: [...layer.classes, layer.cell, ...(isCudnn ? [cudnn] : [])],
    read(config, place, className) {
      const fixed = className === cudnn ? CUDNN[layer.type] : {};
      return plain.read({ ...oldDefaults(layer.type, place.family), ...config, ...fixed }, place, className);
    },
    slots(_config, { weights, file }) {
      const isCell = file?.className === layer.cell;
      const name = file?.className === cudnn || isCell ? '' : snakeCell(layer.cell);
      return plainSlots(CELL_WEIGHTS, isCell ? '' : 'cell', name, weights);
    },
  };
}

/** 'LSTMCell' as older files name it: 'lstm_cell'. */
function snakeCell(cell: string): string {
  return cell === 'SimpleRNNCell' ? 'simple_rnn_cell' : `${cell.slice(0, -4).toLowerCase()}_cell`;
}

/** Recurrent layers of one cell. */
export const RECURRENT_MAPPINGS: readonly LayerMapping[] = [
  ...RECURRENT.map(recurrent),
  plainLayer({
    type: 'convLstm1d',
    classes: ['ConvLSTM1D'],
    make: convLstm1d,
    inTfjs: false,
    form: 'states',
    folder: 'cell',
    weights: CELL_WEIGHTS,
    fields: [
      same('filters'),
      sizeField('kernelSize'),
      sizeField('strides'),
      sizeField('dilationRate'),
      same('padding'),
      only('data_format', ['channels_last']),
      gateActivation,
      flagField('unitForgetBias'),
      ...cellFields,
      variational,
      ...sequenceFields,
      ourOwn('peephole', false),
    ],
  }),
];

/** Keras's classes of cells, with our types. */
export const CELL_CLASSES: Readonly<Record<string, string>> = Object.fromEntries(
  RECURRENT.map(({ type, cell }) => [cell, type]),
);

/** Keras's class of the cell of a type of ours, or undefined. */
export function cellClassOf(type: string): string | undefined {
  return RECURRENT.find((layer) => layer.type === type)?.cell;
}

/** The options of a cell alone. */
const OF_LAYER = ['return_sequences', 'return_state', 'go_backwards', 'stateful', 'unroll'];

/** A recurrent layer's config without what is the layer's. */
export function cellConfig(config: Fields): Fields {
  return Object.fromEntries(Object.entries(config).filter(([key]) => !OF_LAYER.includes(key)));
}
