import { at, type Ref, type Region } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { additiveScratch } from '../../wasm/scratch.js';
import type { BackwardBinding, Binding } from '../layer.js';
import { sources } from './inputs.js';

/** Options of single-headed attention, as its kernels heed them. */
export interface SightConfig {
  readonly dropout: number;
  readonly useCausalMask: boolean;
  readonly useAttentionMask: boolean;
}

/** Sizes of one program, and which input each part is. In a step the query has no time axis. */
export function sightSizes({ useAttentionMask }: SightConfig, k: Binding, stepping: boolean) {
  const from = sources(k.inputShapes.length, useAttentionMask);
  const query = k.inputShapes[from.query];
  const [S, E] = k.inputShapes[from.value];
  const [T, D] = stepping ? [1, query[0]] : query;
  return { T, S, D, E, B: k.batch, from };
}

/** Sizes, as {@link sightSizes} gives them. */
export type SightSizes = ReturnType<typeof sightSizes>;

/** The masks: that of the values as in Keras, none beside it, that of pairs. */
export function sightMasks(k: Binding, { from }: SightSizes) {
  return [k.mask(from.value), null, from.mask === null ? null : k.input(from.mask)] as const;
}

/** What additive attention compares, and the weights of the sum. */
export interface Compared {
  readonly query: Ref;
  readonly key: Ref;
  readonly weights: Ref | Region;
}

function numbers(config: SightConfig, k: Binding, { T, S, D, E, B }: SightSizes) {
  const rate = k.training ? config.dropout : 0;
  return [0, B, T, S, B, D, E, config.useCausalMask ? 1 : 0, k.randomStream(0), rate] as const;
}

/** Records y of additive attention. */
export function recordAdditive(config: SightConfig, k: Binding, sizes: SightSizes, compared: Compared): void {
  const { T, S, D, B, from } = sizes;
  const { query, key, weights } = compared;
  const made = [k.output(), k.buffer('logSums', B * T)] as const;
  const parts = [query, key, k.input(from.value), weights] as const;
  const scratch = k.buffer('scratch', additiveScratch(S, D));
  k.emit(
    kernels.additive_forward,
    ...made,
    ...parts,
    ...sightMasks(k, sizes),
    k.rng,
    scratch,
    ...numbers(config, k, sizes),
  );
}

/** Records its gradients: those of query, key, value, and of the weights sample by sample [B, D]. */
export function recordAdditiveGradient(
  config: SightConfig,
  k: BackwardBinding,
  sizes: SightSizes,
  { query, key, weights }: Compared,
): { query: Region; key: Region; value: Region; weights: Region } {
  const { T, S, D, E, B, from } = sizes;
  const made = {
    query: k.buffer('dquery', T * B * D),
    key: k.buffer('dkey', S * B * D),
    value: k.buffer('dvalue', S * B * E),
    weights: k.buffer('dweights', B * D),
  };
  const dy = k.outputGradient() as Ref;
  const kept = [dy, k.output(), k.buffer('logSums', B * T)] as const;
  const parts = [query, key, k.input(from.value), weights] as const;
  k.emit(
    kernels.additive_backward,
    ...[made.query, made.key, made.value, made.weights],
    ...kept,
    ...parts,
    ...sightMasks(k, sizes),
    k.rng,
    k.buffer('scratch', additiveScratch(S, D)),
    ...numbers(config, k, sizes),
  );
  return made;
}

/** Says where the gradients of the inputs lie; those of an input that is several parts are added. */
export function giveGradients(
  k: BackwardBinding,
  { T, S, D, E, B, from }: SightSizes,
  made: { readonly query: Region; readonly key: Region; readonly value: Region },
): void {
  const floats = { query: T * B * D, key: S * B * D, value: S * B * E };
  const begun = new Map<number, Region>();
  for (const part of ['query', 'key', 'value'] as const) {
    const before = begun.get(from[part]);
    if (before === undefined) {
      begun.set(from[part], made[part]);
      k.setInputGradient(from[part], at(made[part]));
    } else k.emit(kernels.add, before, before, made[part], floats[part]);
  }
}
