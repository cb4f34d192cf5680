import { StateError } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import type { Shape } from '../../shape.js';
import { int8PackedFloats } from '../../wasm/scratch.js';
import { initializerFrom } from '../initializers/index.js';
import type { Binding, ParameterDeclaration } from '../layer.js';

/** A weight to keep in 8 bits, and what has a scale of its own. */
export interface Int8Weight {
  readonly name: string;
  /** 'columns' [K, N]: a scale per column, that is per output. 'rows' [V, O]: a scale per row of a table. */
  readonly scales: 'columns' | 'rows';
}

/** Weights of a product. */
export function columns(...names: string[]): Int8Weight[] {
  return names.map((name) => ({ name, scales: 'columns' }));
}

/** Name of the scales of a weight: w = kernel · kernelScale. */
export function scaleName(weight: string): string {
  return `${weight}Scale`;
}

const zeros = initializerFrom('int8', 'zeros');

/** The declarations of a layer in f32 with some weights in 8 bits, each followed by its scales; all frozen. */
export function int8Declarations(
  declared: readonly ParameterDeclaration[],
  weights: readonly Int8Weight[],
): ParameterDeclaration[] {
  return declared.flatMap((declaration): ParameterDeclaration[] => {
    const { name, shape } = declaration;
    const weight = weights.find((one) => one.name === name);
    if (weight === undefined) return [{ ...declaration, trainable: false }];
    const scales: Shape = [weight.scales === 'rows' ? shape[0] : shape[1]];
    return [
      { name, shape, initializer: zeros, trainable: false, dtype: 'int8' },
      { name: scaleName(name), shape: scales, initializer: zeros, trainable: false },
    ];
  });
}

/** A weight [K, N] in 8 bits, packed in G groups for products with it. */
export function packedInt8(k: Binding, name: string, K: number, N: number, G: number): Ref {
  const weights = k.parameter(name);
  const scales = k.parameter(scaleName(name));
  const region = k.prepared(`${name}Packed`, int8PackedFloats(K, N, G), (emit, place) => {
    emit('int8_pack', place, weights, scales, K, N, G);
  });
  return at(region);
}

/** What a layer in 8 bits does instead of backward. */
export function refuseTraining(_config: unknown, k: Binding): never {
  throw new StateError(`${k.name}: is quantised to 8 bits and cannot be trained`);
}
