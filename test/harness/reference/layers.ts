import { type ElementActivationName, elementActivations } from './activations.js';
import { REFERENCE_ARITHMETIC } from './arithmetic.js';
import { REFERENCE_ATTENTION } from './attention.js';
import { indRnnStep, mguStep, splitStep } from './cell-steps.js';
import { REFERENCE_COMPOSED } from './compose.js';
import { REFERENCE_CONV_RECURRENT } from './conv_recurrent.js';
import { REFERENCE_CONVOLUTIONS } from './convolution.js';
import { type LstmVariant, lstmVariantStep, normalized } from './lstm_variant.js';
import { maskOf, REFERENCE_MASKS, reversedMask } from './masks.js';
import { REFERENCE_MOVES } from './moves.js';
import type { Value, Weights } from './network.js';
import { REFERENCE_NORMALIZATION } from './normalization.js';
import { REFERENCE_SCANS } from './scans.js';
import { REFERENCE_TRANSFORMER } from './transformer.js';

type ReferenceLayer = (config: never, inputs: readonly Value[], weights: Weights) => Value[];

const referenceActivation = (name: string) => elementActivations[name as ElementActivationName].f;

/** One row of a product: out_n = b_n + Σ_k x_k · w[k, n]. */
function affine(
  x: ArrayLike<number>,
  w: Float64Array,
  b: Float64Array | undefined,
  columns: number,
): number[] {
  return Array.from({ length: columns }, (_, n) => {
    let sum = b?.[n] ?? 0;
    for (let k = 0; k < x.length; k++) sum += x[k] * w[k * columns + n];
    return sum;
  });
}

interface Recurrent {
  readonly units: number;
  readonly activation: string;
  readonly recurrentActivation: string;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
  readonly form: string;
  readonly updateGate: string;
  readonly zoneout?: number | { readonly hidden: number; readonly cell: number };
}

type Step = (x: Float64Array, states: number[][]) => number[][];

/** In inference a unit with zoneout moves by the share 1 − rate of its way. */
function zoneoutRate({ zoneout = 0 }: Recurrent, state: number): number {
  if (typeof zoneout === 'number') return zoneout;
  return state === 0 ? zoneout.hidden : zoneout.cell;
}

/**
 * Runs a step over each sample's sequence, the loop that all recurrent layers share; `size`: of the output. At a
 * step that does not count states and output stay; before the first one that counts the output is 0.
 */
function overTime(
  config: Recurrent,
  inputs: readonly Value[],
  states: number,
  step: Step,
  size = config.units,
): Value[] {
  const [x, ...initial] = inputs;
  const { data, shape } = x;
  const [B, T, I] = shape;
  const mask = config.goBackwards ? reversedMask(x) : x.mask;
  const counts = mask ?? maskOf(x);
  const sizes = Array.from({ length: states }, (_, s) => (s === 0 ? size : config.units));
  const sequences = new Float64Array(B * T * size);
  const last = sizes.map((n) => new Float64Array(B * n));
  const lastShown = new Float64Array(B * size);
  for (let b = 0; b < B; b++) {
    let state = sizes.map((n, s) => Array.from({ length: n }, (_, j) => initial[s]?.data[b * n + j] ?? 0));
    let shown = new Array<number>(size).fill(0);
    for (let t = 0; t < T; t++) {
      const from = (b * T + (config.goBackwards ? T - 1 - t : t)) * I;
      if (counts[b * T + t]) {
        const made = step(data.subarray(from, from + I), state);
        state = made.map((row, s) => row.map((v, j) => v + zoneoutRate(config, s) * (state[s][j] - v)));
        shown = state[0];
      }
      sequences.set(shown, (b * T + t) * size);
    }
    lastShown.set(shown, b * size);
    last.forEach((values, s) => {
      values.set(state[s], b * sizes[s]);
    });
  }
  const lastValues = last.map((values, s) => ({ data: values, shape: [B, sizes[s]] }));
  const output = config.returnSequences
    ? { data: sequences, shape: [B, T, size], mask }
    : { data: lastShown, shape: [B, size] };
  return config.returnState ? [output, ...lastValues] : [output];
}

/** h = act(x·W + h₋₁·U + b) */
function simpleRNN(config: Recurrent, inputs: readonly Value[], w: Weights): Value[] {
  const H = config.units;
  const act = referenceActivation(config.activation);
  return overTime(config, inputs, 1, (x, [h]) => {
    const fromInput = affine(x, w.kernel, w.bias, H);
    const fromState = affine(h, w.recurrentKernel, undefined, H);
    return [fromInput.map((z, j) => act(z + fromState[j]))];
  });
}

const stepActivations = (config: Recurrent) => ({
  activation: { f: referenceActivation(config.activation) },
  recurrentActivation: { f: (x: number) => referenceActivation(config.recurrentActivation)(x) },
});

/** One gate f on the state that the candidate sees and on the candidate; the GRU's z from the other side. */
function mgu(config: Recurrent, inputs: readonly Value[], w: Weights): Value[] {
  const H = config.units;
  const candidateGate = config.updateGate !== 'state';
  const options = { ...stepActivations(config), u: w.recurrentKernel, candidateGate };
  return overTime(config, inputs, 1, (x, [h]) => [
    mguStep(affine(x, w.kernel, w.bias, 2 * H), { ...options, h, a: h }),
  ]);
}

/** h = act(x·W + u ⊙ h₋₁ + b) */
function indRnn(config: Recurrent, inputs: readonly Value[], w: Weights): Value[] {
  const options = { ...stepActivations(config), u: w.recurrentKernel };
  return overTime(config, inputs, 1, (x, [h]) => [
    indRnnStep(affine(x, w.kernel, w.bias, config.units), { ...options, h, a: h }),
  ]);
}

/** All variants: the equations stand beside lstmVariantStep. */
function lstm(config: Recurrent & LstmVariant, inputs: readonly Value[], w: Weights): Value[] {
  const functions = [
    referenceActivation(config.activation),
    referenceActivation(config.recurrentActivation),
  ] as const;
  const size = config.projection ?? config.units;
  const step: Step = (x, states) => lstmVariantStep(config, functions, w, x, states);
  return overTime(config, inputs, 2, step, size);
}

/** The GRU whose reset gate weighs the input and whose update gate the state; the bias stands outside. */
function splitGru(config: Recurrent, inputs: readonly Value[], w: Weights): Value[] {
  const H = config.units;
  const candidateGate = config.updateGate === 'candidate';
  const options = { ...stepActivations(config), u: w.recurrentKernel, bias: w.bias, candidateGate };
  const gateBias = w.bias?.map((v, n) => (n < 2 * H ? v : 0));
  return overTime(config, inputs, 1, (x, [h]) => [
    splitStep(affine(x, w.kernel, gateBias, 3 * H), { ...options, h, a: h }),
  ]);
}

/** x·w + b; with a gain, the columns of both gates and those of the candidate normalised before b. */
function gruProduct(
  x: ArrayLike<number>,
  w: Float64Array,
  b: Float64Array | undefined,
  gain: Float64Array | undefined,
  H: number,
): number[] {
  if (gain === undefined) return affine(x, w, b, 3 * H);
  const product = affine(x, w, undefined, 3 * H);
  const [gates, candidate] = [product.slice(0, 2 * H), product.slice(2 * H)];
  const both = [
    ...normalized(gates, gain.subarray(0, 2 * H)),
    ...normalized(candidate, gain.subarray(2 * H)),
  ];
  return both.map((v, n) => v + (b?.[n] ?? 0));
}

/** Gates z, r, h; both places of the reset gate, both readings of the update gate. */
function gru(config: Recurrent, inputs: readonly Value[], w: Weights): Value[] {
  const H = config.units;
  if (config.form === 'updateGated') return mgu(config, inputs, w);
  if (config.form === 'split') return splitGru(config, inputs, w);
  const after = config.form === 'resetAfter';
  const act = referenceActivation(config.activation);
  const gate = referenceActivation(config.recurrentActivation);
  const inputBias = w.bias?.subarray(0, 3 * H);
  const recurrentBias = after ? w.bias?.subarray(3 * H) : undefined;
  return overTime(config, inputs, 1, (x, [h]) => {
    const a = gruProduct(x, w.kernel, inputBias, w.kernelGamma, H);
    const u = gruProduct(h, w.recurrentKernel, recurrentBias, w.recurrentGamma, H);
    const z = h.map((_, j) => gate(a[j] + u[j]));
    const r = h.map((_, j) => gate(a[H + j] + u[H + j]));
    const reset = affine(
      h.map((v, j) => r[j] * v),
      w.recurrentKernel,
      undefined,
      3 * H,
    );
    const candidate = h.map((_, j) => act(a[2 * H + j] + (after ? r[j] * u[2 * H + j] : reset[2 * H + j])));
    const keep = (j: number): number => (config.updateGate === 'candidate' ? 1 - z[j] : z[j]);
    return [h.map((old, j) => keep(j) * old + (1 - keep(j)) * candidate[j])];
  });
}

interface Bidirectional {
  readonly forward: { readonly type: string; readonly config: Recurrent };
  readonly backward: { readonly type: string; readonly config: Recurrent };
  readonly mergeMode: string;
}

const scopedWeights = (w: Weights, prefix: string): Weights =>
  Object.fromEntries(
    Object.entries(w)
      .filter(([name]) => name.startsWith(`${prefix}.`))
      .map(([name, data]) => [name.slice(prefix.length + 1), data]),
  );

/** The value with its time axis turned round. */
function reversed({ data, shape }: Value): Value {
  const [B, T, ...step] = shape;
  const S = step.reduce((product, d) => product * d, 1);
  const turned = new Float64Array(data.length);
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++) {
      turned.set(data.subarray((b * T + t) * S, (b * T + t + 1) * S), (b * T + T - 1 - t) * S);
    }
  }
  return { data: turned, shape };
}

/** Both directions over the sequence, merged; states follow, the forward ones first. */
function bidirectional(config: Bidirectional, inputs: readonly Value[], w: Weights): Value[] {
  const [x, ...initial] = inputs;
  const half = initial.length / 2;
  const run = (side: 'forward' | 'backward', start: readonly Value[]): Value[] => {
    const { type, config: own } = config[side];
    return REFERENCE_LAYERS[type]?.(own as never, [x, ...start], scopedWeights(w, side)) as Value[];
  };
  const [f, ...forwardStates] = run('forward', initial.slice(0, half));
  const [last, ...backwardStates] = run('backward', initial.slice(half));
  const b = config.backward.config.returnSequences ? reversed(last) : last;
  const states = [...forwardStates, ...backwardStates];
  const { mask } = f;
  if (config.mergeMode === 'none') return [f, { ...b, mask }, ...states];
  const merge: Record<string, (p: number, q: number) => number> = {
    sum: (p, q) => p + q,
    mul: (p, q) => p * q,
    ave: (p, q) => (p + q) / 2,
  };
  if (config.mergeMode !== 'concat') {
    const data = f.data.map((p, i) => merge[config.mergeMode](p, b.data[i]));
    return [{ data, shape: f.shape, mask }, ...states];
  }
  const [n, m] = [f, b].map(({ shape }) => shape[shape.length - 1]);
  const rows = f.data.length / n;
  const data = new Float64Array(rows * (n + m));
  for (let r = 0; r < rows; r++) {
    data.set(f.data.subarray(r * n, (r + 1) * n), r * (n + m));
    data.set(b.data.subarray(r * m, (r + 1) * m), r * (n + m) + n);
  }
  return [{ data, shape: [...f.shape.slice(0, -1), n + m], mask }, ...states];
}

/** y = act(x·W + b) on the last axis; softmax and logSoftmax over it */
function dense(config: { units: number; activation: string }, [x]: readonly Value[], w: Weights): Value[] {
  const I = x.shape[x.shape.length - 1];
  const R = x.data.length / I;
  const y = new Float64Array(R * config.units);
  for (let r = 0; r < R; r++) {
    const z = affine(x.data.subarray(r * I, (r + 1) * I), w.kernel, w.bias, config.units);
    y.set(activateRow(config.activation, z), r * config.units);
  }
  return [{ data: y, shape: [...x.shape.slice(0, -1), config.units] }];
}

function activateRow(name: string, z: number[]): number[] {
  if (name !== 'softmax' && name !== 'logSoftmax') return z.map(referenceActivation(name));
  const most = Math.max(...z);
  const sum = z.reduce((total, v) => total + Math.exp(v - most), 0);
  const logs = z.map((v) => v - most - Math.log(sum));
  return name === 'logSoftmax' ? logs : logs.map(Math.exp);
}

/** y = table[id] */
function embedding(config: { outputDim: number }, [ids]: readonly Value[], w: Weights): Value[] {
  const O = config.outputDim;
  const y = new Float64Array(ids.data.length * O);
  ids.data.forEach((id, r) => {
    y.set(w.embeddings.subarray(id * O, (id + 1) * O), r * O);
  });
  return [{ data: y, shape: [...ids.shape, O] }];
}

function activation(config: { activation: string }, [x]: readonly Value[]): Value[] {
  const O = x.shape[x.shape.length - 1];
  const y = new Float64Array(x.data.length);
  for (let r = 0; r < y.length; r += O) {
    y.set(activateRow(config.activation, [...x.data.subarray(r, r + O)]), r);
  }
  return [{ data: y, shape: x.shape }];
}

/** The layer inside on the steps of all samples as one batch. */
function timeDistributed(
  { layer }: { layer: { type: string; config: object } },
  [{ data, shape }]: readonly Value[],
  w: Weights,
): Value[] {
  const [B, T, ...step] = shape;
  const run = REFERENCE_LAYERS[layer.type] as ReferenceLayer;
  const [y] = run(layer.config as never, [{ data, shape: [B * T, ...step] }], w);
  return [{ data: y.data, shape: [B, T, ...y.shape.slice(1)] }];
}

/** The layers' equations in f64, in inference. The names are those of saved files. */
export const REFERENCE_LAYERS: Record<string, ReferenceLayer | undefined> = {
  simpleRNN: simpleRNN as ReferenceLayer,
  lstm: lstm as ReferenceLayer,
  gru: gru as ReferenceLayer,
  mgu: mgu as ReferenceLayer,
  indRnn: indRnn as ReferenceLayer,
  bidirectional: bidirectional as ReferenceLayer,
  dense: dense as ReferenceLayer,
  embedding: embedding as ReferenceLayer,
  dropout: (_config, inputs) => [inputs[0]],
  activation: activation as ReferenceLayer,
  timeDistributed: timeDistributed as ReferenceLayer,
  spatialDropout1d: (_config, inputs) => [inputs[0]],
  gaussianNoise: (_config, inputs) => [inputs[0]],
  gaussianDropout: (_config, inputs) => [inputs[0]],
  activityRegularization: (_config, inputs) => [inputs[0]],
  ...(REFERENCE_NORMALIZATION as unknown as Record<string, ReferenceLayer>),
  ...(REFERENCE_CONV_RECURRENT as unknown as Record<string, ReferenceLayer>),
  ...(REFERENCE_CONVOLUTIONS as unknown as Record<string, ReferenceLayer>),
  ...(REFERENCE_SCANS as unknown as Record<string, ReferenceLayer>),
  ...(REFERENCE_COMPOSED as unknown as Record<string, ReferenceLayer>),
  ...(REFERENCE_ATTENTION as unknown as Record<string, ReferenceLayer>),
  ...(REFERENCE_TRANSFORMER as unknown as Record<string, ReferenceLayer>),
  ...(REFERENCE_MASKS as unknown as Record<string, ReferenceLayer>),
  ...(REFERENCE_ARITHMETIC as unknown as Record<string, ReferenceLayer>),
  ...(REFERENCE_MOVES as unknown as Record<string, ReferenceLayer>),
};
