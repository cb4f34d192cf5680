import { at, type Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import type { BackwardBinding, Binding, LayerDefinition } from '../layer.js';
import type { Restore } from '../restore.js';
import type { RecurrentCell } from './cell.js';
import { type ConvRecurrentConfig, convRecurrentShapes, type OverWidth, overWidth } from './conv-options.js';
import { recurrentLayer } from './layer.js';
import { sequenceMask } from './masked.js';

/** A cell over vectors that hold the positions of a state one behind the other. */
export type ConvCell<C extends ConvRecurrentConfig> = RecurrentCell<C & OverWidth>;

/**
 * Between [B, P, F] of a sample's positions together and [P, B, F], as memory holds two axes of a sample that are
 * no step of a sequence.
 */
function turn(
  k: Binding,
  to: Ref,
  from: Ref,
  { positions, filters }: OverWidth,
  samplesFirst: boolean,
): void {
  const [p, q] = samplesFirst ? [k.batch, positions] : [positions, k.batch];
  k.emit(kernels.transpose_copy, to, from, p, q, filters);
}

/** A binding in which the input is [T, W·C] and the state [P·F]; single states are turned on their way. */
function flat(config: OverWidth, k: Binding, stepping: boolean): Binding {
  const { width, channels, units, returnSequences } = config;
  const [x, ...initial] = k.inputShapes;
  const inner = (name: string, index: number): Ref => at(k.buffer(`${name}_${index}`, k.batch * units));
  const turned = new Set<number>();
  const stays = (index: number): boolean => stepping || (index === 0 && returnSequences);
  return {
    ...k,
    inputShapes: [stepping ? [width * channels] : [x[0], width * channels], ...initial.map(() => [units])],
    outputShapes: k.outputShapes.map((shape, i) => (stays(i) && !stepping ? [shape[0], units] : [units])),
    input(index = 0) {
      if (index === 0) return k.input(0);
      const place = inner('initial', index);
      if (!turned.has(index)) turn(k, place, k.input(index), config, false);
      turned.add(index);
      return place;
    },
    output: (index = 0) => (stays(index) ? k.output(index) : inner('final', index)),
    setOutput(index, place) {
      if (stays(index)) k.setOutput(index, place);
      else turn(k, k.output(index), place, config, true);
    },
  };
}

function flatBackward(config: OverWidth, k: BackwardBinding): BackwardBinding {
  const turned = new Map<number, Ref>();
  return {
    ...k,
    ...flat(config, k, false),
    outputGradient(index = 0) {
      const given = k.outputGradient(index);
      if (given === null || (index === 0 && config.returnSequences)) return given;
      let place = turned.get(index);
      if (place === undefined) {
        place = at(k.buffer(`dFinal_${index}`, k.batch * config.units));
        turn(k, place, given, config, false);
        turned.set(index, place);
      }
      return place;
    },
    inputGradient: (index = 0) => (index === 0 ? k.inputGradient(0) : null),
    setInputGradient(index, place) {
      if (index === 0) {
        k.setInputGradient(0, place);
        return;
      }
      const dState = k.inputGradient(index);
      if (dState !== null) turn(k, dState, place, config, true);
    },
  };
}

/** The definition of the layer around a cell with convolutions: that of a layer over vectors, with its shapes. */
export function convRecurrentLayer<C extends ConvRecurrentConfig>(
  cell: ConvCell<C>,
  restore: Restore<C>,
): LayerDefinition<C> {
  const vectors = recurrentLayer(cell);
  return {
    type: cell.type,
    restore,
    maxInputs: 1 + cell.states.length,
    outputShapes: (config, inputs, name) => convRecurrentShapes(config, inputs, name, cell.states),
    parameters: (config, inputs) => cell.parameters(overWidth(config, inputs[0]), inputs),
    masks: sequenceMask,
    seesPadding: vectors.seesPadding,
    states: (config, [x]) =>
      cell.states.map((name) => ({ name, shape: [overWidth(config, x).positions, config.filters] })),
    stateful: (config) => config.stateful,
    forward(config, k) {
      const known = overWidth(config, k.inputShapes[0]);
      vectors.forward(known, flat(known, k, false));
    },
    backward(config, k) {
      const known = overWidth(config, k.inputShapes[0]);
      vectors.backward(known, flatBackward(known, k));
    },
    step(config, k) {
      const known = overWidth(config, k.inputShapes[0]);
      if (typeof vectors.step === 'function') vectors.step(known, flat(known, k, true));
    },
    refusesStep(config) {
      if (config.goBackwards) return 'goBackwards reads a sequence from its end';
      return config.returnSequences
        ? undefined
        : 'its output is no sequence; returnSequences: true makes it one';
    },
  };
}
