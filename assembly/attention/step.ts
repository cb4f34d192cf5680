import { gemm_group } from "../linalg/gemm";
import { copy_scaled, KEYS, LOWEST } from "./blocks";
import { finish, probabilities } from "./forward";

/**
 * One step of causal attention: the query of this step against the keys of all steps so far, kept in memory
 * in the order in which attention_forward packs them. Same bits as that step of the whole sequence.
 * out      y [B, N·E]
 * in, out  keys [B·N][P/8][D][8], values [B·N][P/64][⌈E/8⌉][64][8]: room for P steps, a multiple of 64; key
 *          and value of this step are written behind those of earlier ones, or over the oldest
 * in       kept [B, P] of 1 and 0: earlier keys that may be looked at; place [B]: number of this step, all
 *          alike
 *          q, k [B, N·D], v [B, N·E]; valid [B] of 1 and 0 for the key of this step, or 0
 * scratch  attentionStepScratch(D, E) floats of src/wasm/scratch.ts
 * Makes `count` of the B·N heads of samples, from `first` on; sees the last `window` steps, all if that is 0.
 */
export function attention_step(
  y: usize, keys: usize, values: usize, kept: usize, place: usize, q: usize, k: usize, v: usize, valid: usize,
  scratch: usize, first: i32, count: i32, P: i32, N: i32, D: i32, E: i32, window: i32, scale: f32,
): void {
  const width = <usize>D << 2;
  const widthV = <usize>E << 2;
  const panels = <usize>((E + 7) >> 3);
  const block = (panels * KEYS) << 5;
  const query = scratch;
  const sums = query + width;
  const scores = sums + widthV;
  const keep = scores + (KEYS << 2);
  const most = keep + (KEYS << 2);
  const total = most + 4;
  const t = <i32>load<f32>(place);
  const slot = t % P;
  const from = window ? max(0, t - window + 1) & ~(KEYS - 1) : 0;
  for (let u = first; u < first + count; u++) {
    const b = u / N;
    const ownKeys = keys + width * P * u;
    const ownValues = values + block * (P / KEYS) * u;
    write_key(ownKeys, k + width * u, slot, D);
    write_value(ownValues + block * (slot / KEYS), v + widthV * u, slot % KEYS, E);
    copy_scaled(query, q + width * u, 1, D, 0, 0, scale);
    memory.fill(sums, 0, widthV);
    store<f32>(most, LOWEST);
    store<f32>(total, 0);
    for (let s = from; s <= t; s += KEYS) {
      const at = s % P;
      const there = min(KEYS, t + 1 - s);
      read_kept(keep, kept + (<usize>(b * P + at) << 2), there);
      // The key of this step is the last one.
      if (s + KEYS > t && valid && load<f32>(valid + (<usize>b << 2)) == 0) {
        store<i32>(keep + (<usize>(t - s) << 2), 0);
      } else if (s + KEYS > t) store<i32>(keep + (<usize>(t - s) << 2), -1);
      memory.fill(scores, 0, KEYS << 2);
      gemm_group(scores, query, ownKeys + width * at, 0, 1, there, D, width, KEYS << 2, 0);
      const low = window ? t - window + 1 - s : 0;
      probabilities(true, scores, keep, 0, there, low, KEYS, most, total, sums, E);
      const rows = ownValues + block * (at / KEYS);
      gemm_group(sums, scores, rows, 0, 1, E, KEYS, KEYS << 2, widthV, 1);
    }
    finish(y + widthV * u, scores, sums, most, total, 1, E, widthV);
  }
}

/**
 * Behind attention_step: notes whether the key of this step may be looked at, and goes on to the next.
 * in, out  kept [B, P], place [B]
 * in       valid [B] of 1 and 0, or 0 for all
 * turn     1 where steps past P are written over the oldest: the number of the step stays below 2 P then
 */
export function attention_advance(kept: usize, place: usize, valid: usize, B: i32, P: i32, turn: i32): void {
  for (let b = 0; b < B; b++, place += 4) {
    const t = <i32>load<f32>(place);
    const counts: f32 = valid ? load<f32>(valid + (<usize>b << 2)) : 1;
    store<f32>(kept + (<usize>(b * P + t % P) << 2), counts);
    const next = t + 1;
    store<f32>(place, <f32>(turn && next >= 2 * P ? next - P : next));
  }
}

/** Writes a key [D] into its lane of panels [P/8][D][8]. */
function write_key(keys: usize, key: usize, slot: i32, D: i32): void {
  let to = keys + (<usize>(slot >> 3) * D << 5) + (<usize>(slot & 7) << 2);
  for (const end = key + (<usize>D << 2); key < end; key += 4, to += 32) store<f32>(to, load<f32>(key));
}

/** Writes a value [E] into row `slot` of the panels [⌈E/8⌉][64][8] of a block. */
function write_value(block: usize, value: usize, slot: i32, E: i32): void {
  for (let e = 0; e < E; e += 8) {
    const to = block + (<usize>(e >> 3) * KEYS << 5) + (<usize>slot << 5);
    memory.copy(to, value + (<usize>e << 2), <usize>min(8, E - e) << 2);
  }
}

/** Ones in keep where kept is 1, for n keys of a block; 0 for the rest of it. */
function read_kept(keep: usize, kept: usize, n: i32): void {
  for (let j = 0; j < KEYS; j++, keep += 4, kept += 4) {
    store<i32>(keep, j < n && load<f32>(kept) != 0 ? -1 : 0);
  }
}
