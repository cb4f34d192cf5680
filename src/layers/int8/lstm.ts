import { int8Scratch, lstmInt8StepScratch } from '../../wasm/scratch.js';
import type { LayerDefinition } from '../layer.js';
import type { RecurrentCell } from '../recurrent/cell.js';
import { recurrentLayer } from '../recurrent/layer.js';
import { LSTM_GATES, type LSTMConfig, lstmCell, lstmCodes } from '../recurrent/lstm.js';
import { columns, int8Declarations, packedInt8, refuseTraining } from './weights.js';

const G = LSTM_GATES;

const cell: RecurrentCell<LSTMConfig> = {
  ...lstmCell,
  type: 'lstmInt8',
  parameters: (config, inputs) =>
    int8Declarations(lstmCell.parameters(config, inputs), columns('kernel', 'recurrentKernel')),
  forward(config, k, { T, B, I, H, x, states: [h, c], room }) {
    const N = G * H;
    const gates = room('gates', N);
    const bias = config.useBias ? k.parameter('bias') : null;
    const w = packedInt8(k, 'kernel', I, N, G);
    const u = packedInt8(k, 'recurrentKernel', H, N, G);
    const rows = k.buffer('inputRows', int8Scratch(T * B, I));
    k.emit('int8_gemm', gates, x, w, bias, rows, T * B, N, I, G, I, N, 0);
    const scratch = k.buffer('stateRows', int8Scratch(B, H));
    k.emit('lstm_int8_forward', h, c, gates, u, scratch, T, B, B, H, ...lstmCodes(config));
  },
  backward: refuseTraining,
  step(config, k, [h, c]) {
    const [I] = k.inputShapes[0];
    const H = config.units;
    const bias = config.useBias ? k.parameter('bias') : null;
    const w = packedInt8(k, 'kernel', I, G * H, G);
    const u = packedInt8(k, 'recurrentKernel', H, G * H, G);
    const scratch = k.buffer('stepScratch', lstmInt8StepScratch(k.batch, I, H));
    k.emit('lstm_int8_step', h, c, k.input(), w, u, bias, scratch, k.batch, I, H, ...lstmCodes(config));
  },
};

/** LSTM layers with both kernels in 8 bits. */
export const lstmInt8Definition = {
  ...recurrentLayer(cell),
  isQuantized: () => true,
} as unknown as LayerDefinition;
