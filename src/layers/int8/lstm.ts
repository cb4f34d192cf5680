import { ValueError } from '../../errors.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { int8Scratch, lstmInt8StepScratch } from '../../wasm/scratch.js';
import type { LayerDefinition } from '../layer.js';
import type { RecurrentCell } from '../recurrent/cell.js';
import { recurrentLayer } from '../recurrent/layer.js';
import { LSTM_GATES, type LSTMConfig, lstmCell, lstmCodes } from '../recurrent/lstm.js';
import { lstmVariantOptions } from '../recurrent/lstm-options.js';
import type { Restore } from '../restore.js';
import { LSTM_WEIGHTS } from './forms.js';
import {
  type Int8Options,
  int8Declarations,
  operandOf,
  packedInt8,
  refuseTraining,
  restoreInt8,
} from './weights.js';

const G = LSTM_GATES;

/** A config of the plain cell: its variants have no 8-bit form. */
const restore: Restore<LSTMConfig> = (saved, where, resolve) => {
  const config = lstmCell.restore(saved, where, resolve);
  const [variant] = lstmVariantOptions(config);
  if (variant !== undefined) throw new ValueError(`${where}: ${variant} has no 8-bit form`);
  return config;
};

const cell: RecurrentCell<LSTMConfig & Int8Options> = {
  ...lstmCell,
  restore: restoreInt8(restore),
  type: 'lstmInt8',
  parameters: (config, inputs) => int8Declarations(lstmCell.parameters(config, inputs), LSTM_WEIGHTS, config),
  forward(config, k, { T, B, I, H, x, states: [h, c], valid, room }) {
    const N = G * H;
    const gates = room('gates', N);
    const bias = config.useBias ? k.parameter('bias') : null;
    const w = packedInt8(k, 'kernel', I, N, G);
    const u = packedInt8(k, 'recurrentKernel', H, N, G);
    const rows = k.buffer('inputRows', int8Scratch(T * B, I));
    const [forX, forH] = [operandOf(k, config, 'kernel'), operandOf(k, config, 'recurrentKernel')];
    k.emit(kernels.int8_gemm, gates, x, w, forX, bias, rows, T * B, N, I, G, I, N, 0);
    const scratch = k.buffer('stateRows', int8Scratch(B, H));
    k.emit(kernels.lstm_int8_forward, h, c, gates, u, forH, valid, scratch, T, B, B, H, ...lstmCodes(config));
  },
  backward: refuseTraining,
  step(config, k, [h, c]) {
    const [I] = k.inputShapes[0];
    const H = config.units;
    const bias = config.useBias ? k.parameter('bias') : null;
    const w = packedInt8(k, 'kernel', I, G * H, G);
    const u = packedInt8(k, 'recurrentKernel', H, G * H, G);
    const scratch = k.buffer('stepScratch', lstmInt8StepScratch(k.batch, I, H));
    const [forX, forH] = [operandOf(k, config, 'kernel'), operandOf(k, config, 'recurrentKernel')];
    const sizes = [k.batch, I, H, ...lstmCodes(config)] as const;
    k.emit(kernels.lstm_int8_step, h, c, k.input(), w, forX, u, forH, bias, scratch, ...sizes);
  },
};

/** LSTM layers with both kernels in 8 bits. */
export const lstmInt8Definition = {
  ...recurrentLayer(cell),
  isQuantized: () => true,
} as unknown as LayerDefinition;
