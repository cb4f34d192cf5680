import { type CellActivationName, cellActivations } from './cell_activations.js';
import type { Value, Weights } from './network.js';

/** A function of a candidate: g is that of Feng et al. 2024. */
export type ScanActivation = CellActivationName | 'g';

const sigma = (x: number): number => 1 / (1 + Math.exp(-x));

export function scanActivation(name: ScanActivation): (x: number) => number {
  return name === 'g' ? (x) => (x < 0 ? sigma(x) : x + 0.5) : cellActivations[name].f;
}

/** Code as the kernels take it. */
export function scanCode(name: ScanActivation): number {
  return name === 'g' ? 15 : cellActivations[name].code;
}

/** One unit's new state from its projections and its old state. */
export type ScanUnit = (p: readonly number[], old: number, act: (x: number) => number) => number;

/** h = (1 − z) h₋₁ + z h̃ */
const minGruUnit: ScanUnit = ([pz, ph], old, act) => (1 - sigma(pz)) * old + sigma(pz) * act(ph);

/** h = f / (f + i) h₋₁ + i / (f + i) h̃ */
const minLstmUnit: ScanUnit = ([pf, pi, ph], old, act) => {
  const kept = (1 + Math.exp(-pi)) / (2 + Math.exp(-pf) + Math.exp(-pi));
  const taken = (1 + Math.exp(-pf)) / (2 + Math.exp(-pf) + Math.exp(-pi));
  return kept * old + taken * act(ph);
};

/** Cells with one state, by the layer's name: gates, and the unit. */
export const SCANS = {
  minGru: { gates: 2, unit: minGruUnit },
  minLstm: { gates: 3, unit: minLstmUnit },
} as const;

export type ScanName = keyof typeof SCANS;

/** Data of a scan: projections [T, B, G, H], start [B, H], valid [T, B] or nothing. */
export interface ScanData {
  readonly proj: Float64Array;
  readonly h0: Float64Array;
  readonly valid?: ArrayLike<number>;
}

/** h [T+1, B, H] with the start in slot 0; where valid is 0 a state stays. */
export function scanForward(
  { gates: G, unit }: { readonly gates: number; readonly unit: ScanUnit },
  { T, B, H }: { readonly T: number; readonly B: number; readonly H: number },
  { proj, h0, valid }: ScanData,
  act: (x: number) => number,
): Float64Array {
  const h = new Float64Array((T + 1) * B * H);
  h.set(h0);
  for (let r = 0; r < T * B; r++) {
    for (let j = 0; j < H; j++) {
      const old = h[r * H + j];
      const p = Array.from({ length: G }, (_, g) => proj[(r * G + g) * H + j]);
      h[(r + B) * H + j] = valid?.[r] === 0 ? old : unit(p, old, act);
    }
  }
  return h;
}

/**
 * Slopes of n losses at values, by differences of fourth order, whose own error is below 1e-11. Units of samples do
 * not meet: loss e is that of one of them, depends on the value at placeOf(e) alone, and all move at a time.
 */
export function unitSlopes(
  n: number,
  losses: () => Float64Array,
  values: Float64Array,
  placeOf: (e: number) => number,
  into: Float64Array,
): void {
  const step = 1e-3;
  const [a, b, c, d] = [-2, -1, 1, 2].map((steps) => {
    const before = values.slice();
    for (let e = 0; e < n; e++) values[placeOf(e)] += steps * step;
    const found = losses();
    values.set(before);
    return found;
  });
  for (let e = 0; e < n; e++) into[placeOf(e)] = (a[e] - 8 * b[e] + 8 * c[e] - d[e]) / (12 * step);
}

/** Per unit of each sample Σ dy ⊙ h + Σ dhT ⊙ h_T, for h [T+1, n]. */
export function unitLosses(h: Float64Array, dy: ArrayLike<number>, dhT: ArrayLike<number>): Float64Array {
  const n = dhT.length;
  const T = h.length / n - 1;
  return Float64Array.from({ length: n }, (_, e) => {
    let sum = dhT[e] * h[T * n + e];
    for (let t = 0; t < T; t++) sum += dy[t * n + e] * h[(t + 1) * n + e];
    return sum;
  });
}

/** Slopes at every element of proj [T, B, G, H]. */
export function projectionSlopes(
  { T, B, H }: { readonly T: number; readonly B: number; readonly H: number },
  G: number,
  losses: () => Float64Array,
  proj: Float64Array,
): Float64Array {
  const dz = new Float64Array(proj.length);
  for (let t = 0; t < T; t++) {
    for (let g = 0; g < G; g++) {
      const place = (e: number): number => ((t * B + Math.floor(e / H)) * G + g) * H + (e % H);
      unitSlopes(B * H, losses, proj, place, dz);
    }
  }
  return dz;
}

/** Gradients of Σ dy ⊙ h + Σ dhT ⊙ h_T. */
export function scanGradients(
  cell: { readonly gates: number; readonly unit: ScanUnit },
  shape: { readonly T: number; readonly B: number; readonly H: number },
  data: ScanData,
  act: (x: number) => number,
  dy: ArrayLike<number>,
  dhT: ArrayLike<number>,
): { dz: Float64Array; dh0: Float64Array } {
  const losses = (): Float64Array => unitLosses(scanForward(cell, shape, data, act), dy, dhT);
  const dh0 = new Float64Array(dhT.length);
  unitSlopes(dh0.length, losses, data.h0, (e) => e, dh0);
  return { dz: projectionSlopes(shape, cell.gates, losses, data.proj), dh0 };
}

interface ScanConfig {
  readonly units: number;
  readonly activation: ScanActivation;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
}

/** x [B, T, I] as rows [T, B, I] in the order of reading. */
function timeMajor({ data, shape: [B, T, I] }: Value, backwards: boolean): Float64Array {
  const rows = new Float64Array(data.length);
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++) {
      const from = (b * T + (backwards ? T - 1 - t : t)) * I;
      rows.set(data.subarray(from, from + I), (t * B + b) * I);
    }
  }
  return rows;
}

/** b + x·W over rows of I. */
function project(x: Float64Array, I: number, w: Float64Array, b: Float64Array | undefined, N: number) {
  const out = new Float64Array((x.length / I) * N);
  for (let r = 0; r < x.length / I; r++) {
    for (let n = 0; n < N; n++) {
      let sum = b?.[n] ?? 0;
      for (let k = 0; k < I; k++) sum += x[r * I + k] * w[k * N + n];
      out[r * N + n] = sum;
    }
  }
  return out;
}

/** Outputs of a layer from states [T+1, B, H], the output's first. */
function outputsOf(config: ScanConfig, states: readonly Float64Array[], T: number, B: number): Value[] {
  const H = config.units;
  const finals = states.map((h) => ({ data: h.slice(T * B * H), shape: [B, H] }));
  const data = new Float64Array(B * T * H);
  for (let t = 0; t < T; t++) {
    for (let b = 0; b < B; b++) {
      const from = ((t + 1) * B + b) * H;
      data.set(states[0].subarray(from, from + H), (b * T + t) * H);
    }
  }
  const output = config.returnSequences ? { data, shape: [B, T, H] } : finals[0];
  return config.returnState ? [output, ...finals] : [output];
}

function scanLayer(name: ScanName) {
  const cell = SCANS[name];
  return (config: ScanConfig, [x, start]: readonly Value[], w: Weights): Value[] => {
    const [B, T, I] = x.shape;
    const H = config.units;
    const proj = project(timeMajor(x, config.goBackwards), I, w.kernel, w.bias, cell.gates * H);
    const h0 = start?.data ?? new Float64Array(B * H);
    const h = scanForward(cell, { T, B, H }, { proj, h0 }, scanActivation(config.activation));
    return outputsOf(config, [h], T, B);
  };
}

/** Data of an SRU: projections f, r, c and, without x, s [T, B, G, H]; v [2, H]; starts [B, H]. */
export interface SruData {
  readonly proj: Float64Array;
  readonly x: Float64Array | null;
  readonly v: Float64Array | null;
  readonly h0: Float64Array;
  readonly c0: Float64Array;
  readonly valid?: ArrayLike<number>;
}

/**
 * f, r = σ(p_f,r + v_f,r ⊙ c₋₁),   c = f ⊙ c₋₁ + (1 − f) ⊙ p_c,   h = r ⊙ act(c) + (1 − r) ⊙ s
 * h, c [T+1, B, H] with the starts in slot 0.
 */
export function sruForward(
  { T, B, H }: { readonly T: number; readonly B: number; readonly H: number },
  { proj, x, v, h0, c0, valid }: SruData,
  act: (x: number) => number,
): { h: Float64Array; c: Float64Array } {
  const G = x === null ? 4 : 3;
  const [h, c] = [h0, c0].map((start) => {
    const slots = new Float64Array((T + 1) * B * H);
    slots.set(start);
    return slots;
  });
  for (let r = 0; r < T * B; r++) {
    for (let j = 0; j < H; j++) {
      const [from, to] = [r * H + j, (r + B) * H + j];
      const p = (g: number): number => proj[(r * G + g) * H + j];
      const forget = sigma(p(0) + (v?.[j] ?? 0) * c[from]);
      const reset = sigma(p(1) + (v?.[H + j] ?? 0) * c[from]);
      const counts = valid?.[r] !== 0;
      c[to] = counts ? forget * c[from] + (1 - forget) * p(2) : c[from];
      h[to] = counts ? reset * act(c[to]) + (1 - reset) * (x?.[from] ?? p(3)) : h[from];
    }
  }
  return { h, c };
}

function sruLayer(config: ScanConfig, [x, h0, c0]: readonly Value[], w: Weights): Value[] {
  const [B, T, I] = x.shape;
  const H = config.units;
  const rows = timeMajor(x, config.goBackwards);
  const bias = w.bias && Float64Array.from({ length: 4 * H }, (_, n) => w.bias[n] ?? 0);
  const data = {
    proj: project(rows, I, w.kernel, bias, w.kernel.length / I),
    x: I === H ? rows : null,
    v: w.peepholeKernel ?? null,
    h0: h0?.data ?? new Float64Array(B * H),
    c0: c0?.data ?? new Float64Array(B * H),
  };
  const { h, c } = sruForward({ T, B, H }, data, scanActivation(config.activation));
  return outputsOf(config, [h, c], T, B);
}

/** The layers, by the names of saved files. */
export const REFERENCE_SCANS = { minGru: scanLayer('minGru'), minLstm: scanLayer('minLstm'), sru: sruLayer };
