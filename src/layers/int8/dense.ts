import * as kernels from '../../wasm/generated/kernels.js';
import { int8Scratch } from '../../wasm/scratch.js';
import { recordActivation } from '../activation-calls.js';
import { type DenseConfig, denseDefinition, denseSizes } from '../dense.js';
import type { LayerDefinition } from '../layer.js';
import { DENSE_WEIGHTS } from './forms.js';
import {
  type Int8Options,
  int8Declarations,
  operandOf,
  packedInt8,
  refuseTraining,
  restoreInt8,
} from './weights.js';

const float = denseDefinition as unknown as LayerDefinition<DenseConfig>;

const definition: LayerDefinition<DenseConfig & Int8Options> = {
  ...float,
  restore: restoreInt8(float.restore),
  type: 'denseInt8',
  parameters: (config, inputs) => int8Declarations(float.parameters(config, inputs), DENSE_WEIGHTS, config),
  forward(config, k) {
    const { R, I, O } = denseSizes(config, k);
    const packed = packedInt8(k, 'kernel', I, O, 1);
    const bias = config.useBias ? k.parameter('bias') : null;
    const rows = k.buffer('inputRows', int8Scratch(R, I));
    const y = k.output();
    k.emit(
      kernels.int8_gemm,
      y,
      k.input(),
      packed,
      operandOf(k, config, 'kernel'),
      bias,
      rows,
      R,
      O,
      I,
      1,
      I,
      O,
      0,
    );
    recordActivation(config.activation, k, y, y, R, O);
  },
  backward: refuseTraining,
  isQuantized: () => true,
};

/** Dense layers with the kernel in 8 bits. */
export const denseInt8Definition = definition as unknown as LayerDefinition;
