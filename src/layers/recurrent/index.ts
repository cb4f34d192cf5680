import { gruInt8Definition } from '../int8/gru.js';
import { lstmInt8Definition } from '../int8/lstm.js';
import { simpleRNNInt8Definition } from '../int8/simple-rnn.js';
import type { LayerDefinition } from '../layer.js';
import { convGru1dDefinition } from './conv-gru.js';
import { convLstm1dDefinition } from './conv-lstm.js';
import { convRnn1dDefinition } from './conv-rnn.js';
import { gruDefinition } from './gru.js';
import { indRnnDefinition } from './ind-rnn.js';
import { lstmDefinition } from './lstm.js';
import { mguDefinition } from './mgu.js';
import { minGruDefinition } from './min-gru.js';
import { minLstmDefinition } from './min-lstm.js';
import { simpleRNNDefinition } from './simple-rnn.js';
import { sruDefinition } from './sru.js';

/** Every recurrent layer over one direction of time. */
export const RECURRENT_DEFINITIONS: readonly LayerDefinition[] = [
  simpleRNNDefinition,
  lstmDefinition,
  gruDefinition,
  mguDefinition,
  indRnnDefinition,
  minGruDefinition,
  minLstmDefinition,
  sruDefinition,
  convRnn1dDefinition,
  convGru1dDefinition,
  convLstm1dDefinition,
  simpleRNNInt8Definition,
  lstmInt8Definition,
  gruInt8Definition,
];
