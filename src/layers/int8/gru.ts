import { ValueError } from '../../errors.js';
import type { Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { gruInt8StepScratch, int8Scratch } from '../../wasm/scratch.js';
import type { Binding, LayerDefinition } from '../layer.js';
import type { RecurrentCell } from '../recurrent/cell.js';
import { GRU_GATES, type GRUConfig, gruBiases, gruCell, gruCodes } from '../recurrent/gru.js';
import { recurrentLayer } from '../recurrent/layer.js';
import type { Restore } from '../restore.js';
import { gruWeights } from './forms.js';
import {
  type Int8Options,
  int8Declarations,
  operandOf,
  packedInt8,
  refuseTraining,
  restoreInt8,
} from './weights.js';

const G = GRU_GATES;

/** Centers and gains for the input and for the state. */
function operands(config: GRUConfig & Int8Options, k: Binding): [Ref | null, Ref | null] {
  return [
    operandOf(k, config, 'kernel'),
    config.form === 'resetAfter' ? operandOf(k, config, 'recurrentKernel') : null,
  ];
}

/** A config without normalisation, which has no 8-bit form. */
const restore: Restore<GRUConfig> = (saved, where, resolve) => {
  const config = gruCell.restore(saved, where, resolve);
  if (config.layerNormalization) {
    throw new ValueError(`${where}: layerNormalization has no 8-bit form`);
  }
  return config;
};

const cell: RecurrentCell<GRUConfig & Int8Options> = {
  ...gruCell,
  restore: restoreInt8(restore),
  type: 'gruInt8',
  parameters: (config, inputs) =>
    int8Declarations(gruCell.parameters(config, inputs), gruWeights(config), config),
  forward(config, k, { T, B, I, H, x, states: [h], valid, room }) {
    const N = G * H;
    const gates = room('gates', N);
    const q = room('q', H);
    const { input, recurrent } = gruBiases(config, k);
    const w = packedInt8(k, 'kernel', I, N, G);
    const u = packedInt8(k, 'recurrentKernel', H, N, G);
    const rows = k.buffer('inputRows', int8Scratch(T * B, I));
    const [forX, forH] = operands(config, k);
    k.emit(kernels.int8_gemm, gates, x, w, forX, input, rows, T * B, N, I, G, I, N, 0);
    const scratch = k.buffer('stateRows', int8Scratch(B, H));
    const sizes = [T, B, B, H, ...gruCodes(config)] as const;
    k.emit(kernels.gru_int8_forward, h, gates, q, u, forH, recurrent, valid, scratch, ...sizes);
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
    const [forX, forH] = operands(config, k);
    const sizes = [B, I, H, ...gruCodes(config)] as const;
    k.emit(kernels.gru_int8_step, h, k.input(), w, forX, u, forH, input, recurrent, scratch, ...sizes);
  },
};

/** GRU layers with both kernels in 8 bits. */
export const gruInt8Definition = {
  ...recurrentLayer(cell),
  isQuantized: () => true,
} as unknown as LayerDefinition;
