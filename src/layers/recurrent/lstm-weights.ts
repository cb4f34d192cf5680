import type { OpenShape } from '../../shape.js';
import { initializerFrom } from '../initializers/index.js';
import type { ParameterDeclaration } from '../layer.js';
import { declareWeight } from '../weight.js';
import { type LSTMConfig, lstmGates, lstmOutputSize } from './lstm-options.js';

function biasWeight(config: LSTMConfig): ParameterDeclaration {
  const H = config.units;
  const G = lstmGates(config);
  const plain = declareWeight('bias', [G * H], config.bias);
  if (!config.unitForgetBias) return plain;
  const forget = (G - 3) * H;
  const { name, config: options } = plain.initializer;
  const fill: typeof plain.initializer.fill = (...args) =>
    plain.initializer.fill(...args).fill(1, forget, forget + H);
  return { ...plain, initializer: { name, config: options, fill } };
}

/** Gain or bias of a normalisation, as they start in Keras's layer. */
function normWeight(name: string, size: number, initializer: 'ones' | 'zeros'): ParameterDeclaration {
  return { name, shape: [size], initializer: initializerFrom(name, initializer) };
}

/** The weights of an LSTM: Keras's three, then those of its variants. */
export function lstmParameters(config: LSTMConfig, [x]: readonly OpenShape[]): ParameterDeclaration[] {
  const H = config.units;
  const P = lstmOutputSize(config);
  const G = lstmGates(config);
  const N = G * H;
  return [
    declareWeight('kernel', [x[1] as number, N], config.kernel),
    declareWeight('recurrentKernel', [P, N], config.recurrentKernel),
    ...(config.useBias ? [biasWeight(config)] : []),
    ...(config.peephole ? [declareWeight('peepholeKernel', [G - 1, H], config.peepholeKernel)] : []),
    ...(config.projection === null
      ? []
      : [declareWeight('projectionKernel', [H, P], config.projectionKernel)]),
    ...(config.layerNormalization
      ? [
          normWeight('kernelGamma', N, 'ones'),
          normWeight('recurrentGamma', N, 'ones'),
          normWeight('cellGamma', H, 'ones'),
          normWeight('cellBeta', H, 'zeros'),
        ]
      : []),
  ];
}
