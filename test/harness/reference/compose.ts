import { type ElementActivationName, elementActivations } from './activations.js';
import { REFERENCE_LAYERS } from './layers.js';
import type { Value, Weights } from './network.js';

/** A layer inside another, as configs hold it. */
interface Inner {
  readonly type: string;
  readonly name: string;
  readonly config: object;
}

/** The weights of a layer inside another, under its own names. */
export function weightsWithin(w: Weights, prefix: string): Weights {
  return Object.fromEntries(
    Object.entries(w)
      .filter(([name]) => name.startsWith(`${prefix}.`))
      .map(([name, data]) => [name.slice(prefix.length + 1), data]),
  );
}

function runInner({ type, name, config }: Inner, inputs: readonly Value[], w: Weights): Value[] {
  const run = REFERENCE_LAYERS[type];
  if (run === undefined) throw new Error(`no f64 reference for layer ${type}`);
  return run(config as never, inputs, weightsWithin(w, name));
}

interface Stack {
  readonly cells: readonly Inner[];
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
}

/** One cell after the other; every state is asked for, and given out where the stack does. */
function rnn(config: Stack, [x, ...initial]: readonly Value[], w: Weights): Value[] {
  const { cells, goBackwards } = config;
  const states: Value[] = [];
  let from = 0;
  let y = x;
  cells.forEach((cell, i) => {
    const own = {
      ...cell.config,
      returnSequences: config.returnSequences || i < cells.length - 1,
      returnState: true,
      goBackwards: goBackwards && i === 0,
    };
    const count = cell.type === 'lstm' ? 2 : 1;
    const start = initial.slice(from, from + count);
    const [out, ...final] = runInner({ type: cell.type, name: cell.name, config: own }, [y, ...start], w);
    from += count;
    y = out;
    states.push(...final);
  });
  return config.returnState ? [y, ...states] : [y];
}

/** Rows of x [R, I] times a matrix [I, O], plus a bias. */
function product(x: Value, matrix: Float64Array, O: number, bias?: Float64Array): Float64Array {
  const I = x.shape[x.shape.length - 1];
  const y = new Float64Array((x.data.length / I) * O);
  for (let i = 0; i < y.length; i++) {
    const [r, o] = [Math.floor(i / O), i % O];
    let sum = bias?.[o] ?? 0;
    for (let j = 0; j < I; j++) sum += x.data[r * I + j] * matrix[j * O + o];
    y[i] = sum;
  }
  return y;
}

/** y = x + s f(x), or x·P + s f(x) */
function residual(config: { layer: Inner; scale: number }, [x]: readonly Value[], w: Weights): Value[] {
  const [f] = runInner(config.layer, [x], w);
  const direct = w.projection ? product(x, w.projection, f.shape[f.shape.length - 1]) : x.data;
  return [{ data: f.data.map((v, i) => direct[i] + config.scale * v), shape: f.shape }];
}

/** y = T f(x) + (1 − T) x */
function highway(config: { layer: Inner }, [x]: readonly Value[], w: Weights): Value[] {
  const [f] = runInner(config.layer, [x], w);
  const z = product(x, w.gateKernel, x.shape[x.shape.length - 1], w.gateBias);
  const data = f.data.map((v, i) => {
    const gate = 1 / (1 + Math.exp(-z[i]));
    return gate * v + (1 - gate) * x.data[i];
  });
  return [{ data, shape: x.shape }];
}

/** The layer with the kernel g_o · v_o / ‖v_o‖, o being its last axis. */
function weightNormalization({ layer }: { layer: Inner }, inputs: readonly Value[], w: Weights): Value[] {
  const v = w[`${layer.name}.kernel`];
  const O = w.gain.length;
  const lengths = w.gain.map((_, o) => Math.hypot(...v.filter((_value, i) => i % O === o)));
  const kernel = v.map((value, i) => (w.gain[i % O] * value) / lengths[i % O]);
  return runInner(layer, inputs, { ...w, [`${layer.name}.kernel`]: kernel });
}

interface Tcn {
  readonly filters: number;
  readonly kernelSize: number;
  readonly dilations: readonly number[];
  readonly weightNormalization: boolean;
  readonly activation: string;
  readonly returnSequences: boolean;
}

/** y = act(f(x) + x) block after block, f two causal convolutions; x through a matrix where channels differ. */
function tcn(config: Tcn, [input]: readonly Value[], w: Weights): Value[] {
  const { filters, kernelSize, activation } = config;
  const act = elementActivations[activation as ElementActivationName].f;
  let x = input;
  config.dilations.forEach((dilationRate, i) => {
    const causal = {
      filters,
      kernelSize,
      dilationRate,
      strides: 1,
      groups: 1,
      padding: 'causal',
      activation,
    };
    const conv = (name: string, from: Value): Value => {
      const own = { type: 'conv1d', name: 'conv1d', config: causal };
      const layer = config.weightNormalization
        ? { type: 'weightNormalization', name, config: { layer: own } }
        : { ...own, name };
      return runInner(layer, [from], w)[0];
    };
    const f = conv(`block${i}.conv2`, conv(`block${i}.conv1`, x));
    const matrix = w[`block${i}.shortcut.kernel`];
    const direct = matrix ? product(x, matrix, filters, w[`block${i}.shortcut.bias`]) : x.data;
    x = { data: f.data.map((v, j) => act(v + direct[j])), shape: f.shape };
  });
  if (config.returnSequences) return [x];
  const [B, T, C] = x.shape;
  const last = Float64Array.from(
    { length: B * C },
    (_, i) => x.data[(Math.floor(i / C) * T + T - 1) * C + (i % C)],
  );
  return [{ data: last, shape: [B, C] }];
}

/** Layers made of layers. */
export const REFERENCE_COMPOSED = { rnn, residual, highway, weightNormalization, tcn };
