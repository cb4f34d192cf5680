import { at, type Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { ACTIVATIONS, type ActivationName, activationFrom, CELL_ACTIVATION_NAMES } from '../activations.js';
import type { ConstraintLike } from '../constraints.js';
import type { InitializerLike } from '../initializers/index.js';
import { type Binding, Layer, type LayerDefinition } from '../layer.js';
import { flag, layerLabel } from '../options.js';
import type { RegularizerLike } from '../regularizers.js';
import { restoreWith } from '../restore.js';
import { declareWeight, type WeightConfig } from '../weight.js';
import type { RecurrentCell } from './cell.js';
import { recurrentLayer } from './layer.js';
import { type SequenceConfig, type SequenceOptions, sequenceConfig, weightOf } from './options.js';
import { packedWeight, weightGradient } from './weights.js';

/** Options of {@link sru}: those of recurrent layers, but for the recurrent product. */
export interface SRUOptions extends SequenceOptions {
  /** Activation of the cell on its way out. Default 'linear'. */
  activation?: ActivationName;
  /** False leaves v out: the gates see the input alone (the first version of the paper). Default true. */
  peephole?: boolean;
  /** Of v. Default 'glorotUniform'. */
  peepholeInitializer?: InitializerLike;
  /** Penalty on v. Default none. */
  peepholeRegularizer?: RegularizerLike | null;
  /** Bound on v, applied after each update. Default none. */
  peepholeConstraint?: ConstraintLike | null;
}

/** The options of an SRU, complete. */
export interface SRUConfig extends SequenceConfig {
  readonly activation: ActivationName;
  readonly peephole: boolean;
  readonly peepholeKernel: WeightConfig;
}

/** Whether the input itself passes to the output: it must have the output's size. */
const passesInput = ({ units }: SRUConfig, features: number): boolean => features === units;

/** Forget, reset, cell, and the input on its way to the output where that is a projection. */
const gatesOf = (config: SRUConfig, features: number): number => (passesInput(config, features) ? 3 : 4);

/** The bias of the two gates, and zeros for the rest. */
function paddedBias(config: SRUConfig, k: Binding, G: number): Ref | null {
  if (!config.useBias) return null;
  const H = config.units;
  const given = k.parameter('bias');
  const padded = k.prepared('biasPadded', G * H, (emit, place) => {
    emit(kernels.copy, place, given, 2 * H);
    emit(kernels.fill, at(place, 2 * H), (G - 2) * H, 0);
  });
  return at(padded);
}

interface Operands {
  readonly G: number;
  readonly gates: Ref;
  /** What passes to the output, or null where it is a projection. */
  readonly passed: Ref | null;
  readonly v: Ref | null;
  readonly act: number;
}

function operands(
  config: SRUConfig,
  k: Binding,
  x: Ref,
  I: number,
  gates: (floats: number) => Ref,
): Operands {
  const G = gatesOf(config, I);
  const passed = passesInput(config, I) ? x : null;
  const v = config.peephole ? k.parameter('peepholeKernel') : null;
  return { G, gates: gates(G * config.units), passed, v, act: ACTIVATIONS[config.activation] };
}

/** The cell in f32. */
export const sruCell: RecurrentCell<SRUConfig> = {
  type: 'sru',
  restore: restoreWith(sru),
  gates: gatesOf,
  passesInput,
  states: ['h', 'c'],
  parameters(config, [x]) {
    const I = x[1] as number;
    const H = config.units;
    return [
      declareWeight('kernel', [I, gatesOf(config, I) * H], config.kernel),
      ...(config.peephole ? [declareWeight('peepholeKernel', [2, H], config.peepholeKernel)] : []),
      ...(config.useBias ? [declareWeight('bias', [2 * H], config.bias)] : []),
    ];
  },
  forward(config, k, { T, B, I, H, x, states: [h, c], valid, room }) {
    const { G, gates, passed, v, act } = operands(config, k, x, I, (floats) => room('gates', floats));
    const w = packedWeight(k, 'kernel', I, H, G);
    const frame = B * H;
    k.emit(kernels.gemm, gates, x, w, paddedBias(config, k, G), T * B, G * H, I, G, I, G * H, 0);
    const after = [at(h, frame), at(c, frame)] as const;
    k.emit(kernels.sru_forward, ...after, gates, passed, v, h, c, valid, T, B, B, H, H, act);
  },
  backward(config, k, { T, B, I, H, x, states: [, c], valid, room, dy, dStates: [dh, dc], dx }) {
    const { G, gates, passed, v, act } = operands(config, k, x, I, (floats) => room('gates', floats));
    const dz = gates; // in place: a gate is read before its gradient is written
    k.emit(kernels.sru_backward, dz, dx, dh, dc, dy, gates, passed, v, c, valid, T, B, B, H, H, act);
    const N = G * H;
    weightGradient(k, k.gradient('kernel'), x, dz, { M: I, N, K: T * B, lda: I, ldb: N, ldc: N });
    const dv = config.peephole ? k.gradient('peepholeKernel') : null;
    if (dv !== null) {
      for (const from of [0, H]) k.emit(kernels.colsum_mul, at(dv, from), at(dz, from), c, T * B, H, N, H);
    }
    const dBias = config.useBias ? k.gradient('bias') : null;
    if (dBias !== null) k.emit(kernels.colsum, dBias, dz, T * B, 2 * H, N);
    return dz;
  },
  step(config, k, [h, c]) {
    const [I] = k.inputShapes[0];
    const { batch: B } = k;
    const H = config.units;
    const x = k.input();
    const room = (floats: number): Ref => at(k.buffer('gates', B * floats));
    const { G, gates, passed, v, act } = operands(config, k, x, I, room);
    const w = packedWeight(k, 'kernel', I, H, G);
    k.emit(kernels.gemm, gates, x, w, paddedBias(config, k, G), B, G * H, I, G, I, G * H, 0);
    k.emit(kernels.sru_forward, h, c, gates, passed, v, h, c, null, 1, B, B, H, H, act);
  },
};

const definition = recurrentLayer(sruCell);

/** How SRU layers are saved and rebuilt. */
export const sruDefinition = definition as unknown as LayerDefinition;

/**
 * Simple recurrent unit (Lei et al. 2018): the only product is that of the input, and from step to step elements
 * alone are multiplied.
 *
 * ```text
 * f = σ(x·Wf + vf ⊙ c₋₁ + bf)    r = σ(x·Wr + vr ⊙ c₋₁ + br)
 * c = f ⊙ c₋₁ + (1−f) ⊙ (x·Wc)   h = r ⊙ act(c) + (1−r) ⊙ s
 * s = x where features and units are equal, else x·Ws
 * ```
 *
 * Input `[batch, time, features]`; output `[batch, units]`, or `[batch, time, units]` with `returnSequences`.
 * Weights `kernel [features, 3·units]`, or 4 with Ws, in the order f, r, c, s; `peepholeKernel [2, units]` and
 * `bias [2·units]`, in the order f, r. States h and c, as those of {@link lstm}; h of one step does not enter the
 * next.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function sru(options: SRUOptions): Layer {
  const where = layerLabel('sru', options);
  const { peepholeInitializer, peepholeRegularizer, peepholeConstraint } = options;
  const config: SRUConfig = {
    ...sequenceConfig(where, options, [
      'activation',
      'peephole',
      'peepholeInitializer',
      'peepholeRegularizer',
      'peepholeConstraint',
    ]),
    activation: activationFrom(where, 'activation', options.activation, CELL_ACTIVATION_NAMES),
    peephole: flag(where, 'peephole', options.peephole ?? true),
    peepholeKernel: weightOf(
      where,
      'peephole',
      peepholeInitializer ?? 'glorotUniform',
      peepholeRegularizer,
      peepholeConstraint,
    ),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
