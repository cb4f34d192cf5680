import type { Ref } from '../../program/region.js';
import { type OpenShape, sizeOf } from '../../shape.js';
import { type InnerLayer, innerBuffer } from '../inner.js';
import type { BackwardBinding, Binding } from '../layer.js';
import { applyMaskRule, type MaskOutcome } from '../mask-rule.js';
import { type Inside, scoped, scopedBackward } from '../scope.js';

/** The layer that a connection leads around: it has the inputs and the output shape of the connection. */
function inside(inner: InnerLayer, k: Binding): Inside {
  return {
    prefix: inner.name,
    streams: 0,
    inputShapes: k.inputShapes,
    outputShapes: k.outputShapes,
    inputs: k.inputShapes.map((_, i) => k.input(i)),
    masks: [k.mask()],
    output: () => innerBuffer(k, `${inner.name}.output`, k.outputShapes[0]),
  };
}

/** x passes by with its mask, unless f cannot take one. */
export function connectionMasks(
  { definition, config }: InnerLayer,
  masked: readonly boolean[],
  inputs: readonly OpenShape[],
): MaskOutcome {
  const outcome = applyMaskRule(definition.masks, config, masked, inputs);
  return 'refuses' in outcome ? outcome : [masked[0]];
}

/** Records f(x) and gives its place. */
export function recordInner(inner: InnerLayer, k: Binding, stepping: boolean): Ref {
  const places = k.places(inner.name);
  inner.record(scoped(k, inside(inner, k), places), stepping);
  return places[0];
}

/** Records the way back through f for the gradient `dy` of f(x); gives the place of its dx, or null. */
export function recordInnerGradient(inner: InnerLayer, k: BackwardBinding, dy: Ref): Ref | null {
  let given: Ref | null = null;
  const wanted = k.inputGradient(0) !== null;
  const binding = scopedBackward(
    k,
    inside(inner, k),
    k.places(inner.name),
    [dy],
    () => {
      if (wanted) given ??= innerBuffer(k, `${inner.name}.dInput`, k.inputShapes[0]);
      return given;
    },
    (_index, place) => {
      given = place;
    },
  );
  inner.definition.backward(inner.config, binding);
  return given;
}

/** Rows R, features in I and out O of a connection over the last axis. */
export function connectionSizes(k: Binding): { R: number; I: number; O: number } {
  const [x] = k.inputShapes;
  const [y] = k.outputShapes;
  const I = x[x.length - 1];
  return { R: (k.batch * sizeOf(x)) / I, I, O: y[y.length - 1] };
}
