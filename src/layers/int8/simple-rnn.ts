import { at } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { int8Scratch, rnnInt8StepScratch } from '../../wasm/scratch.js';
import { ACTIVATIONS } from '../activations.js';
import type { LayerDefinition } from '../layer.js';
import type { RecurrentCell } from '../recurrent/cell.js';
import { recurrentLayer } from '../recurrent/layer.js';
import type { RecurrentConfig } from '../recurrent/options.js';
import { simpleRNNCell } from '../recurrent/simple-rnn.js';
import { SIMPLE_RNN_WEIGHTS } from './forms.js';
import {
  type Int8Options,
  int8Declarations,
  operandOf,
  packedInt8,
  refuseTraining,
  restoreInt8,
} from './weights.js';

const cell: RecurrentCell<RecurrentConfig & Int8Options> = {
  ...simpleRNNCell,
  restore: restoreInt8(simpleRNNCell.restore),
  type: 'simpleRNNInt8',
  parameters: (config, inputs) =>
    int8Declarations(simpleRNNCell.parameters(config, inputs), SIMPLE_RNN_WEIGHTS, config),
  forward(config, k, { T, B, I, H, x, states: [h], valid }) {
    const bias = config.useBias ? k.parameter('bias') : null;
    const w = packedInt8(k, 'kernel', I, H, 1);
    const u = packedInt8(k, 'recurrentKernel', H, H, 1);
    const rows = k.buffer('inputRows', int8Scratch(T * B, I));
    const [forX, forH] = [operandOf(k, config, 'kernel'), operandOf(k, config, 'recurrentKernel')];
    k.emit(kernels.int8_gemm, at(h, B * H), x, w, forX, bias, rows, T * B, H, I, 1, I, H, 0);
    const scratch = k.buffer('stateRows', int8Scratch(B, H));
    k.emit(kernels.rnn_int8_forward, h, u, forH, valid, scratch, T, B, B, H, ACTIVATIONS[config.activation]);
  },
  backward: refuseTraining,
  step(config, k, [h]) {
    const [I] = k.inputShapes[0];
    const H = config.units;
    const B = k.batch;
    const bias = config.useBias ? k.parameter('bias') : null;
    const w = packedInt8(k, 'kernel', I, H, 1);
    const u = packedInt8(k, 'recurrentKernel', H, H, 1);
    const scratch = k.buffer('stepScratch', rnnInt8StepScratch(B, I, H));
    const [forX, forH] = [operandOf(k, config, 'kernel'), operandOf(k, config, 'recurrentKernel')];
    const act = ACTIVATIONS[config.activation];
    k.emit(kernels.rnn_int8_step, h, k.input(), w, forX, u, forH, bias, scratch, B, I, H, act);
  },
};

/** Simple recurrent layers with both kernels in 8 bits. */
export const simpleRNNInt8Definition = {
  ...recurrentLayer(cell),
  isQuantized: () => true,
} as unknown as LayerDefinition;
