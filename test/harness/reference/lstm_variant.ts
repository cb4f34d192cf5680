import type { Weights } from './network.js';

/** The options of an LSTM that its equations depend on. */
export interface LstmVariant {
  readonly units: number;
  readonly coupled: boolean;
  readonly cellClip: number | null;
  readonly projection: number | null;
}

type Scalar = (x: number) => number;

/** x·w for w [x.length, columns]. */
function product(x: ArrayLike<number>, w: Float64Array, columns: number): number[] {
  return Array.from({ length: columns }, (_, n) => {
    let sum = 0;
    for (let k = 0; k < x.length; k++) sum += x[k] * w[k * columns + n];
    return sum;
  });
}

/** gain ⊙ (x − μ) / √(σ² + 1e-3), or x itself without a gain. */
export function normalized(x: readonly number[], gain: Float64Array | undefined): number[] {
  if (gain === undefined) return [...x];
  const mean = x.reduce((sum, v) => sum + v, 0) / x.length;
  const variance = x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length;
  return x.map((v, j) => (gain[j] * (v - mean)) / Math.sqrt(variance + 1e-3));
}

/**
 * One step of an LSTM with its variants: those whose weights are there, and the coupling and bound of `config`.
 *   z = norm(x·W) + norm(h·U) + b;  i = gate(z_i + p_i ⊙ c) or 1 − f;  f = gate(z_f + p_f ⊙ c);  g = act(z_c)
 *   c' = clip(f ⊙ c + i ⊙ g);  o = gate(z_o + p_o ⊙ c');  h' = (o ⊙ act(norm(c')))·V
 */
export function lstmVariantStep(
  config: LstmVariant,
  [act, gate]: readonly [Scalar, Scalar],
  w: Weights,
  x: ArrayLike<number>,
  [h, c]: readonly number[][],
): number[][] {
  const { units: H, coupled, cellClip } = config;
  const G = coupled ? 3 : 4;
  const [fromInput, fromState] = [
    normalized(product(x, w.kernel, G * H), w.kernelGamma),
    normalized(product(h, w.recurrentKernel, G * H), w.recurrentGamma),
  ];
  const names = coupled ? 'fco' : 'ifco';
  const seers = names.replace('c', '');
  const z = (name: string, j: number): number => {
    const n = names.indexOf(name) * H + j;
    return fromInput[n] + fromState[n] + (w.bias?.[n] ?? 0);
  };
  const peep = (name: string, j: number): number => w.peepholeKernel?.[seers.indexOf(name) * H + j] ?? 0;
  const next = c.map((old, j) => {
    const f = gate(z('f', j) + peep('f', j) * old);
    const i = coupled ? 1 - f : gate(z('i', j) + peep('i', j) * old);
    const cell = f * old + i * act(z('c', j));
    return cellClip === null ? cell : Math.min(Math.max(cell, -cellClip), cellClip);
  });
  const seen = normalized(next, w.cellGamma);
  const m = next.map((cell, j) => {
    const o = gate(z('o', j) + peep('o', j) * cell);
    return o * act(seen[j] + (w.cellBeta?.[j] ?? 0));
  });
  const P = w.projectionKernel === undefined ? H : w.projectionKernel.length / H;
  return [w.projectionKernel === undefined ? m : product(m, w.projectionKernel, P), next];
}
