import { gruInt8StepScratch, int8Scratch } from '../../wasm/scratch.js';
import type { LayerDefinition } from '../layer.js';
import type { RecurrentCell } from '../recurrent/cell.js';
import { GRU_GATES, type GRUConfig, gruBiases, gruCell, gruCodes } from '../recurrent/gru.js';
import { recurrentLayer } from '../recurrent/layer.js';
import { columns, int8Declarations, packedInt8, refuseTraining } from './weights.js';

const G = GRU_GATES;

const cell: RecurrentCell<GRUConfig> = {
  ...gruCell,
  type: 'gruInt8',
  parameters: (config, inputs) =>
    int8Declarations(gruCell.parameters(config, inputs), columns('kernel', 'recurrentKernel')),
  forward(config, k, { T, B, I, H, x, states: [h], room }) {
    const N = G * H;
    const gates = room('gates', N);
    const q = room('q', H);
    const { input, recurrent } = gruBiases(config, k);
    const w = packedInt8(k, 'kernel', I, N, G);
    const u = packedInt8(k, 'recurrentKernel', H, N, G);
    const rows = k.buffer('inputRows', int8Scratch(T * B, I));
    k.emit('int8_gemm', gates, x, w, input, rows, T * B, N, I, G, I, N, 0);
    const scratch = k.buffer('stateRows', int8Scratch(B, H));
    k.emit('gru_int8_forward', h, gates, q, u, recurrent, scratch, T, B, B, H, ...gruCodes(config));
  },
  backward: refuseTraining,
  step(config, k, [h]) {
    const [I] = k.inputShapes[0];
    const H = config.units;
    const B = k.batch;
    const { input, recurrent } = gruBiases(config, k);
    const w = packedInt8(k, 'kernel', I, G * H, G);
    const u = packedInt8(k, 'recurrentKernel', H, G * H, G);
    const scratch = k.buffer('stepScratch', gruInt8StepScratch(B, I, H));
    k.emit('gru_int8_step', h, k.input(), w, u, input, recurrent, scratch, B, I, H, ...gruCodes(config));
  },
};

/** GRU layers with both kernels in 8 bits. */
export const gruInt8Definition = {
  ...recurrentLayer(cell),
  isQuantized: () => true,
} as unknown as LayerDefinition;
