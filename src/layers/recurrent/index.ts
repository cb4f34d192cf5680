import type { LayerDefinition } from '../layer.js';
import { gruDefinition } from './gru.js';
import { lstmDefinition } from './lstm.js';
import { simpleRNNDefinition } from './simple-rnn.js';

/** Every recurrent layer over one direction of time. */
export const RECURRENT_DEFINITIONS: readonly LayerDefinition[] = [
  simpleRNNDefinition,
  lstmDefinition,
  gruDefinition,
];
