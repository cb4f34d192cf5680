import { checkBoolean } from '../../check.js';
import { StateError } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import type { Shape } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { int8PackedFloats } from '../../wasm/scratch.js';
import { initializerFrom } from '../initializers/index.js';
import type { Binding, ParameterDeclaration } from '../layer.js';
import type { Restore } from '../restore.js';

/** A weight to keep in 8 bits. */
export interface Int8Weight {
  readonly name: string;
  /** 'columns' [K, N]: a scale per column, that is per output. 'rows' [V, O]: a scale per row of a table. */
  readonly scales: 'columns' | 'rows';
  /** What it is multiplied with: the layer's input, or the buffer of the layer of this name. */
  readonly operand?: 'input' | { readonly buffer: string };
  /** The bias that takes up what a calibrated operand is centered by, and where in it, in outputs. */
  readonly bias?: { readonly name: string; readonly offset: number };
}

/** What the options of a layer are beside those of its form in f32. */
export interface Int8Options {
  /** Whether operands are centered and scaled by what calibration saw. */
  readonly calibrated?: boolean;
}

/** Name of the scales of a weight: w = kernel · kernelScale. */
export function scaleName(weight: string): string {
  return `${weight}Scale`;
}

/** Name of what calibration found for the operand of a weight [2, K]: centers, then gains. */
export function operandName(weight: string): string {
  return `${weight}Operand`;
}

const zeros = initializerFrom('int8', 'zeros');

/**
 * The declarations of a layer in f32 with some weights in 8 bits, each followed by its scales and, where it was
 * calibrated, by its operand's centers and gains; all frozen.
 */
export function int8Declarations(
  declared: readonly ParameterDeclaration[],
  weights: readonly Int8Weight[],
  { calibrated = false }: Int8Options,
): ParameterDeclaration[] {
  const frozen = (name: string, shape: Shape): ParameterDeclaration => ({
    name,
    shape,
    initializer: zeros,
    trainable: false,
  });
  return declared.flatMap((declaration): ParameterDeclaration[] => {
    const { name, shape } = declaration;
    const weight = weights.find((one) => one.name === name);
    if (weight === undefined) return [{ ...declaration, trainable: false }];
    return [
      { ...frozen(name, shape), dtype: 'int8' },
      frozen(scaleName(name), [weight.scales === 'rows' ? shape[0] : shape[1]]),
      ...(calibrated && weight.operand !== undefined ? [frozen(operandName(name), [2, shape[0]])] : []),
    ];
  });
}

/** Centers and gains of the operand of a weight, or null where it is taken as it is. */
export function operandOf(k: Binding, { calibrated = false }: Int8Options, weight: string): Ref | null {
  return calibrated ? k.parameter(operandName(weight)) : null;
}

/** A weight [K, N] in 8 bits, packed in G groups for products with it. */
export function packedInt8(k: Binding, name: string, K: number, N: number, G: number): Ref {
  const weights = k.parameter(name);
  const scales = k.parameter(scaleName(name));
  const region = k.prepared(`${name}Packed`, int8PackedFloats(K, N, G), (emit, place) => {
    emit(kernels.int8_pack, place, weights, scales, K, N, G);
  });
  return at(region);
}

/** Restores the config of a layer in 8 bits by that of its form in f32. */
export function restoreInt8<C>(restore: Restore<C>): Restore<C & Int8Options> {
  return (saved, where, resolve) => {
    const { calibrated, ...rest } = saved as Int8Options;
    const config = restore(rest, where, resolve) as C & Int8Options;
    return calibrated === undefined
      ? config
      : { ...config, calibrated: checkBoolean(where, 'calibrated', calibrated) };
  };
}

/** What a layer in 8 bits does instead of backward. */
export function refuseTraining(_config: unknown, k: Binding): never {
  throw new StateError(`${k.name}: is quantised to 8 bits and cannot be trained`);
}
