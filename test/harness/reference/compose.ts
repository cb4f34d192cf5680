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

/** Layers made of layers. */
export const REFERENCE_COMPOSED = { rnn, residual, highway };
