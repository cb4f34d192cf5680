import { at, type Ref, type Region } from '../../program/region.js';
import type { OpenShape } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import {
  attentionMemory,
  attentionRing,
  attentionRoom,
  attentionScratch,
  attentionStepScratch,
} from '../../wasm/scratch.js';
import type { Binding, StateDeclaration } from '../layer.js';
import { rotaryTable } from './angles.js';
import { sources } from './inputs.js';
import { PARTS, type Part, scaleOf } from './multi-head-passes.js';
import type { MultiHeadAttentionConfig } from './options.js';
import { recordProduct } from './products.js';

/** Steps in memory for a stream of so many steps, null for any number; null where there is no bound. */
function roomOf({ slidingWindow }: MultiHeadAttentionConfig, steps: number | null): number | null {
  const all = steps === null ? null : attentionRoom(steps);
  if (slidingWindow === null) return all;
  const ring = attentionRing(slidingWindow);
  return all === null ? ring : Math.min(ring, all);
}

/** Whether later steps may take the places of those out of sight. */
const turns = ({ slidingWindow, rotary }: MultiHeadAttentionConfig): boolean =>
  slidingWindow !== null && rotary === false;

/** Keys and values of the steps so far, as the kernel packs them; which of them count; how many they are. */
export function attentionStates(
  config: MultiHeadAttentionConfig,
  [query]: readonly OpenShape[],
): StateDeclaration[] {
  const { numHeads: N, keyDim: D, valueDim: E } = config;
  const place = { name: 'place', shape: [1], ...(!turns(config) && { limit: query[0] as number }) };
  if (!config.useCausalMask) return config.rotary === false ? [] : [place];
  const P = roomOf(config, query[0]);
  if (P === null) return [];
  const { keys, values } = attentionMemory(P, D, E);
  return [
    { name: 'keys', shape: [N, keys] },
    { name: 'values', shape: [N, values] },
    { name: 'kept', shape: [P] },
    place,
  ];
}

/**
 * Why a layer cannot take single steps, or undefined.
 * @param whole which inputs are given whole at the start of a stream
 */
export function refusesAttentionStep(
  config: MultiHeadAttentionConfig,
  inputs: readonly OpenShape[],
  whole: readonly boolean[] = [],
): string | undefined {
  const from = sources(inputs.length, config.useAttentionMask);
  const steps = inputs[from.query][0];
  if (config.useAttentionMask) return 'its mask of pairs belongs to whole sequences';
  if (config.returnAttentionScores) return 'the scores that it returns belong to whole sequences';
  if (whole[from.key] && whole[from.value] && !whole[from.query]) {
    if (config.useCausalMask) return 'useCausalMask compares its steps with those of inputs given whole';
    return config.rotary === false || steps !== null ? undefined : UNKNOWN_ROOM;
  }
  if (whole.includes(true))
    return 'a query, and keys or values, are given whole; only keys and values together can be';
  if (!config.useCausalMask) return 'a step looks at later ones; with useCausalMask: true it does not';
  return steps !== null || turns(config) ? undefined : UNKNOWN_ROOM;
}

const UNKNOWN_ROOM = 'it keeps all steps; say how many these will be at most: stream({ maxSteps })';

/** Records one time step. */
export function recordStep(config: MultiHeadAttentionConfig, k: Binding): void {
  const from = sources(k.inputShapes.length);
  const [O] = k.outputShapes[0];
  const { numHeads: N, valueDim: E } = config;
  const y = k.buffer('heads', k.batch * N * E);
  if (k.whole(from.key)) recordCross(config, k, y);
  else recordCausal(config, k, y);
  recordProduct(k, config.useBias, { name: 'output', x: at(y), R: k.batch, I: N * E, W: O }, k.output());
}

/** The projection of a part of one step. */
function projectStep(config: MultiHeadAttentionConfig, k: Binding, part: Part): Region {
  const { numHeads: N, keyDim: D, valueDim: E } = config;
  const index = sources(k.inputShapes.length)[part];
  const [I] = k.inputShapes[index];
  const W = N * (part === 'value' ? E : D);
  const made = k.buffer(part, k.batch * W);
  recordProduct(k, config.useBias, { name: part, x: k.input(index), R: k.batch, I, W }, at(made));
  return made;
}

/** The step among those before it: keys and values go to memory. */
function recordCausal(config: MultiHeadAttentionConfig, k: Binding, y: Region): void {
  const { numHeads: N, keyDim: D, valueDim: E } = config;
  const B = k.batch;
  const from = sources(k.inputShapes.length);
  const [query, key, value] = PARTS.map((part) => projectStep(config, k, part));
  const [keys, values, kept, place] = ['keys', 'values', 'kept', 'place'].map((name) => k.state(name) as Ref);
  if (config.rotary !== false) {
    const table = rotaryTable(k, k.maxSteps as number, D, config.rotary);
    for (const part of [query, key]) k.emit(kernels.rotary_turn, part, part, table, place, 1, B * N, D, 1);
  }
  const valid = stepMask(k, from.key, from.value);
  const P = roomOf(config, k.maxSteps) as number;
  const scratch = k.buffer('scratch', attentionStepScratch(D, E));
  const memory = [keys, values, kept, place] as const;
  const numbers = [0, B * N, P, N, D, E, config.slidingWindow ?? 0, scaleOf(config)] as const;
  k.emit(kernels.attention_step, y, ...memory, query, key, value, valid, scratch, ...numbers);
  k.emit(kernels.attention_advance, kept, place, valid, B, P, turns(config) ? 1 : 0);
}

/** Whether the key of this step counts: where its mask and that of the value say so. */
function stepMask(k: Binding, key: number, value: number): Ref | null {
  const [valid, also] = [k.mask(key), value === key ? null : k.mask(value)];
  if (valid === null || also === null) return valid ?? also;
  const both = at(k.buffer('mask', k.batch));
  k.emit(kernels.mul, both, valid, also, k.batch);
  return both;
}

/** The step before inputs given whole: their keys and values are made once, at the start. */
function recordCross(config: MultiHeadAttentionConfig, k: Binding, y: Region): void {
  const { numHeads: N, keyDim: D, valueDim: E, rotary } = config;
  const B = k.batch;
  const from = sources(k.inputShapes.length);
  const [S] = k.inputShapes[from.key];
  const query = projectStep(config, k, 'query');
  const whole = (part: 'key' | 'value'): Region => {
    const [, I] = k.inputShapes[from[part]];
    const W = N * (part === 'value' ? E : D);
    const made = k.kept({ name: `${part}s`, shape: [S, W], batchAxis: 1 });
    const product = { name: part, x: k.input(from[part]), R: S * B, I, W };
    k.atStart((emit) => recordProduct(k, config.useBias, product, at(made), emit));
    return made;
  };
  const [key, value] = [whole('key'), whole('value')];
  if (rotary !== false) {
    const place = k.state('place') as Ref;
    const table = rotaryTable(k, Math.max(S, k.maxSteps as number), D, rotary);
    k.atStart((emit) => emit(kernels.rotary_turn, key, key, table, null, S, B * N, D, 1));
    k.emit(kernels.rotary_turn, query, query, table, place, 1, B * N, D, 1);
    k.emit(kernels.position_advance, place, B);
  }
  const also = from.value === from.key ? null : k.mask(from.value);
  const scratch = k.buffer('scratch', attentionScratch(S, D, E));
  const given = [query, key, value, k.mask(from.key), also, null, k.rng, scratch] as const;
  const numbers = [0, B * N, 1, S, B, N, D, E, 0, 0, k.randomStream(0), scaleOf(config), 0] as const;
  k.emit(kernels.attention_forward, y, k.buffer('logSums', B * N), ...given, ...numbers);
}
