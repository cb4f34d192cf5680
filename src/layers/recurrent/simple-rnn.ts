import { at, type Ref } from '../../program/region.js';
import { rnnStepScratch } from '../../wasm/scratch.js';
import { ACTIVATIONS } from '../activations.js';
import { type Binding, Layer, type LayerDefinition } from '../layer.js';
import { declareWeight } from '../weight.js';
import { type RecurrentConfig, type RecurrentOptions, recurrentConfig } from './options.js';
import {
  drawStateMask,
  finalStateGradients,
  finishSequence,
  inputGradients,
  packedFloats,
  recurrentShapes,
  recurrentStates,
  sequenceInput,
  sequenceInputAgain,
  sequenceSizes,
  startState,
  stateMask,
  stepGradients,
  weightGradient,
} from './sequence.js';

/** Options of {@link simpleRNN}. */
export interface SimpleRNNOptions extends RecurrentOptions {}

const STATES = ['h'] as const;

function packed(k: Binding, name: 'kernel' | 'recurrentKernel', K: number, H: number): Ref {
  const weights = k.parameter(name);
  const region = k.prepared(`${name}Packed`, packedFloats(K, H, 1), (emit, place) => {
    emit('pack_panels', place, weights, K, H, 1, H, 1);
  });
  return at(region);
}

const definition: LayerDefinition<RecurrentConfig> = {
  type: 'simpleRNN',
  outputShapes: (config, inputs, name) => recurrentShapes(config, inputs, name, STATES),
  parameters(config, [x]) {
    const H = config.units;
    return [
      declareWeight('kernel', [x[1] as number, H], config.kernel),
      declareWeight('recurrentKernel', [H, H], config.recurrentKernel),
      ...(config.useBias ? [declareWeight('bias', [H], config.bias)] : []),
    ];
  },
  states: (config) => recurrentStates(config, STATES),
  stateful: (config) => config.stateful,
  forward(config, k) {
    const { T, B, I, H } = sequenceSizes(config, k);
    const x = sequenceInput(config, k);
    const h = at(k.buffer('h', (T + 1) * B * H));
    startState(k, 0, 'h', h, B * H);
    drawStateMask(config, k);
    const { mask, masked } = stateMask(config, k);
    const bias = config.useBias ? k.parameter('bias') : null;
    k.emit('gemm', at(h, B * H), x, packed(k, 'kernel', I, H), bias, T * B, H, I, 1, I, H, 0);
    const u = packed(k, 'recurrentKernel', H, H);
    k.emit('rnn_forward', h, u, mask, masked, T, B, B, H, ACTIVATIONS[config.activation]);
    finishSequence(config, k, [{ name: 'h', slots: h }]);
  },
  backward(config, k) {
    const { T, B, I, H } = sequenceSizes(config, k);
    const h = at(k.buffer('h', (T + 1) * B * H));
    const dz = at(k.buffer('dz', T * B * H));
    const [dh] = finalStateGradients(config, k, 1);
    const { mask, masked } = stateMask(config, k);
    const weights = k.parameter('recurrentKernel');
    const ut = k.prepared('recurrentKernelTransposed', packedFloats(H, H, 1), (emit, place) => {
      emit('pack_panels', place, weights, H, H, 1, 1, H);
    });
    const dy = stepGradients(config, k);
    k.emit('rnn_backward', dz, dh, dy, h, ut, mask, T, B, B, H, ACTIVATIONS[config.activation]);
    const rows = { N: H, K: T * B, ldb: H, ldc: H };
    const x = sequenceInputAgain(config, k);
    weightGradient(k, k.gradient('kernel'), x, dz, { ...rows, M: I, lda: I });
    weightGradient(k, k.gradient('recurrentKernel'), masked ?? h, dz, { ...rows, M: H, lda: H });
    const dBias = config.useBias ? k.gradient('bias') : null;
    if (dBias !== null) k.emit('colsum', dBias, dz, T * B, H, H);
    inputGradients(config, k, dz, 1, [dh]);
  },
  step(config, k) {
    const [I] = k.inputShapes[0];
    const H = config.units;
    const h = k.state('h') as Ref;
    const zeros = k.prepared('zeroBias', H, (emit, place) => emit('fill', place, H, 0));
    const b = config.useBias ? k.parameter('bias') : at(zeros);
    const scratch = k.buffer('stepScratch', rnnStepScratch(k.batch, H));
    const [w, u] = [packed(k, 'kernel', I, H), packed(k, 'recurrentKernel', H, H)];
    k.emit('rnn_step', h, k.input(), w, u, b, scratch, k.batch, I, H, ACTIVATIONS[config.activation]);
    k.setOutput(0, h);
  },
  refusesStep: (config) => (config.goBackwards ? 'goBackwards reads a sequence from its end' : undefined),
};

/** How simple recurrent layers are saved and rebuilt. */
export const simpleRNNDefinition = definition as unknown as LayerDefinition;

/**
 * Simple recurrent layer (Elman 1990).   h = act(x·W + h₋₁·U + b)
 *
 * Input `[batch, time, features]`; output `[batch, units]`, or `[batch, time, units]` with `returnSequences`.
 * Weights `kernel [features, units]`, `recurrentKernel [units, units]`, `bias [units]`.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function simpleRNN(options: SimpleRNNOptions): Layer {
  const config = recurrentConfig(options.name ?? 'simpleRNN', options);
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
