import type { Ref } from '../program/region.js';
import type { Shape } from '../shape.js';
import type { BackwardBinding, Binding } from './layer.js';

/** What a layer inside another sees instead of the outer layer's values. */
export interface Inside {
  /** Prefix of its weights, buffers and states: 'forward'. */
  readonly prefix: string;
  /** Added to its numbers for the random generator. */
  readonly streams: number;
  readonly inputShapes: readonly Shape[];
  readonly outputShapes: readonly Shape[];
  readonly inputs: readonly Ref[];
  /** Masks of the inputs, null where there is none. */
  readonly masks: readonly (Ref | null)[];
  /** Which inputs of a step are whole. Default: none. */
  readonly whole?: readonly boolean[];
  /** Place of an output that the layer does not place itself. */
  output(index: number): Ref;
}

/** A binding for a layer inside another; `places` receives where its outputs lie. */
export function scoped(k: Binding, inside: Inside, places: Ref[]): Binding {
  const within = (name: string): string => `${inside.prefix}.${name}`;
  return {
    ...k,
    name: `${k.name}.${inside.prefix}`,
    inputShapes: inside.inputShapes,
    outputShapes: inside.outputShapes,
    randomStream: (stream) => k.randomStream(inside.streams + stream),
    input: (index = 0) => inside.inputs[index],
    output: (index = 0) => {
      places[index] ??= inside.output(index);
      return places[index];
    },
    setOutput: (index, place) => {
      places[index] = place;
    },
    mask: (index = 0) => inside.masks[index] ?? null,
    setMask: () => {}, // the layer around says what its own outputs have
    parameter: (name) => k.parameter(within(name)),
    gradient: (name) => k.gradient(within(name)),
    prepared: (name, floats, record) => k.prepared(within(name), floats, record),
    constant: (name, floats, write) => k.constant(within(name), floats, write),
    buffer: (name, floats) => k.buffer(within(name), floats),
    places: (name) => k.places(within(name)),
    state: (name) => k.state(within(name)),
    whole: (index = 0) => inside.whole?.[index] ?? false,
    kept: (declaration) => k.kept({ ...declaration, name: within(declaration.name) }),
  };
}

/** The same on the way back: gradients of its outputs go in, and places for those of its inputs come out. */
export function scopedBackward(
  k: BackwardBinding,
  inside: Inside,
  places: Ref[],
  outputGradients: readonly (Ref | null)[],
  inputGradient: (index: number) => Ref | null,
  setInputGradient: (index: number, place: Ref) => void,
): BackwardBinding {
  return {
    ...k,
    ...scoped(k, inside, places),
    outputGradient: (index = 0) => outputGradients[index],
    inputGradient: (index = 0) => inputGradient(index),
    setInputGradient,
  };
}
