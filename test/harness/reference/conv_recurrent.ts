import { type ElementActivationName, elementActivations } from './activations.js';
import { conv1d, type Window, windows } from './convolution.js';
import type { Value, Weights } from './network.js';

interface ConvRecurrent extends Window {
  readonly filters: number;
  readonly activation: string;
  readonly recurrentActivation: string;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
  readonly updateGate: string;
}

const act = (name: string) => elementActivations[name as ElementActivationName].f;

/** x [B, W, C] convolved along W with a kernel [K, C, N]. */
function convolved(x: Value, kernel: Float64Array, N: number, window: Window, bias?: Float64Array): Value {
  const config = { ...window, filters: N, groups: 1, activation: 'linear' };
  const [y] = conv1d(config, [x], (bias ? { kernel, bias } : { kernel }) as Weights);
  return y;
}

/** A step: from the convolved input [B, P, G·F] and the states [B, P, F] to the new states. */
type Step = (z: Float64Array, states: Float64Array[]) => Float64Array[];

/** What all convolutional cells share: convolve the input of each step, run the step, collect. */
function overTime(
  config: ConvRecurrent,
  [x, ...initial]: readonly Value[],
  w: Weights,
  gates: number,
  count: number,
  makeStep: (P: number, convolve: (h: Float64Array, kernel: Float64Array, N: number) => Float64Array) => Step,
): Value[] {
  const [B, T, W, C] = x.shape;
  const F = config.filters;
  const [P] = windows(config, W);
  const keep = { kernelSize: config.kernelSize, strides: 1, dilationRate: 1, padding: 'same' };
  const step = makeStep(P, (h, kernel, N) => convolved({ data: h, shape: [B, P, F] }, kernel, N, keep).data);
  let states = Array.from({ length: count }, (_, s) => initial[s]?.data ?? new Float64Array(B * P * F));
  const sequence = new Float64Array(B * T * P * F);
  for (let t = 0; t < T; t++) {
    const frame = new Float64Array(B * W * C);
    const from = config.goBackwards ? T - 1 - t : t;
    for (let b = 0; b < B; b++) {
      frame.set(x.data.subarray((b * T + from) * W * C, (b * T + from + 1) * W * C), b * W * C);
    }
    const z = convolved({ data: frame, shape: [B, W, C] }, w.kernel, gates * F, config, w.bias);
    states = step(z.data, states);
    for (let b = 0; b < B; b++) {
      sequence.set(states[0].subarray(b * P * F, (b + 1) * P * F), (b * T + t) * P * F);
    }
  }
  const finals = states.map((data) => ({ data, shape: [B, P, F] }));
  const output = config.returnSequences ? { data: sequence, shape: [B, T, P, F] } : finals[0];
  return config.returnState ? [output, ...finals] : [output];
}

/** h = act(W ∗ x + U ∗ h₋₁ + b) */
function convRnn1d(config: ConvRecurrent, inputs: readonly Value[], w: Weights): Value[] {
  return overTime(config, inputs, w, 1, 1, (_P, convolve) => (z, [h]) => {
    const u = convolve(h, w.recurrentKernel, config.filters);
    return [z.map((v, i) => act(config.activation)(v + u[i]))];
  });
}

/** Columns g·F … of rows [R, G·F]. */
const gate = (z: Float64Array, g: number, G: number, F: number): Float64Array =>
  z.filter((_, i) => Math.floor((i % (G * F)) / F) === g);

/** Gates i, f, c, o; with peepholes i and f see c₋₁, and o sees c, each position through its own weights. */
function convLstm1d(config: ConvRecurrent, inputs: readonly Value[], w: Weights): Value[] {
  const F = config.filters;
  const [f, r] = [act(config.activation), act(config.recurrentActivation)];
  return overTime(config, inputs, w, 4, 2, (P, convolve) => (z, [h, c]) => {
    const u = convolve(h, w.recurrentKernel, 4 * F);
    const all = z.map((v, i) => v + u[i]);
    const [zi, zf, zg, zo] = [0, 1, 2, 3].map((g) => gate(all, g, 4, F));
    const p = (which: number, i: number): number => w.peepholeKernel?.[which * P * F + (i % (P * F))] ?? 0;
    const next = c.map((old, i) => r(zf[i] + p(1, i) * old) * old + r(zi[i] + p(0, i) * old) * f(zg[i]));
    return [next.map((v, i) => r(zo[i] + p(2, i) * v) * f(v)), next];
  });
}

/** Gates z, r, h; the reset gate in front of the convolution. */
function convGru1d(config: ConvRecurrent, inputs: readonly Value[], w: Weights): Value[] {
  const F = config.filters;
  const [f, r] = [act(config.activation), act(config.recurrentActivation)];
  return overTime(config, inputs, w, 3, 1, (_P, convolve) => (z, [h]) => {
    const u = convolve(h, w.recurrentKernel, 3 * F);
    const all = z.map((v, i) => v + u[i]);
    const [update, reset] = [0, 1].map((g) => gate(all, g, 3, F).map(r));
    const through = convolve(
      h.map((v, i) => v * reset[i]),
      w.recurrentKernel,
      3 * F,
    );
    const [own, from] = [gate(z, 2, 3, F), gate(through, 2, 3, F)];
    return [
      h.map((old, i) => {
        const keep = config.updateGate === 'candidate' ? 1 - update[i] : update[i];
        return keep * old + (1 - keep) * f(own[i] + from[i]);
      }),
    ];
  });
}

/** Equations of the recurrent layers whose products are convolutions. */
export const REFERENCE_CONV_RECURRENT = { convRnn1d, convGru1d, convLstm1d };
