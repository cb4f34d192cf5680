/** An activation, of which a step needs the value only. */
interface Activation {
  readonly f: (x: number) => number;
}

/** What one step of one sample depends on, beside its projection z [G·H]. */
export interface StepData {
  /** The state [H], and the state as products see it: rmask ⊙ h. */
  readonly h: ArrayLike<number>;
  readonly a: ArrayLike<number>;
  /** Recurrent kernel [H, G·H], or [H] for indRnn. */
  readonly u: ArrayLike<number>;
  /** Bias of the layer. */
  readonly bias?: ArrayLike<number>;
  readonly activation: Activation;
  readonly recurrentActivation: Activation;
  /** True where the gate weighs the candidate. */
  readonly candidateGate?: boolean;
}

/** The next state [H] from the projection bias + x·W. */
export type ReferenceStep = (z: ArrayLike<number>, data: StepData) => number[];

/** Σ_k a_k · u[k, column], u [H, columns]. */
function recurrent(a: ArrayLike<number>, u: ArrayLike<number>, columns: number, column: number): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * u[k * columns + column];
  return sum;
}

const units = (h: ArrayLike<number>): number[] => Array.from(h, (_, j) => j);

/** g = σ(z_g + a·U_g);  c is the candidate's share;  hh = φ(z_h + (c ⊙ a)·U_h);  h = (1−c) ⊙ h + c ⊙ hh */
export const mguStep: ReferenceStep = (z, { h, a, u, activation, recurrentActivation, candidateGate }) => {
  const H = h.length;
  const gate = units(h).map((j) => recurrentActivation.f(z[j] + recurrent(a, u, 2 * H, j)));
  const share = gate.map((g) => (candidateGate ? g : 1 - g));
  const open = share.map((c, j) => c * a[j]);
  return share.map((c, j) => {
    const hh = activation.f(z[H + j] + recurrent(open, u, 2 * H, H + j));
    return (1 - c) * h[j] + c * hh;
  });
};

/** h = φ(z + u ⊙ a) */
export const indRnnStep: ReferenceStep = (z, { h, a, u, activation }) =>
  units(h).map((j) => activation.f(z[j] + u[j] * a[j]));

/** z, r as in every GRU;  hh = φ(r ⊙ z_h + c ⊙ (a·U_h) + b_h), z_h without its bias;  c is the candidate's share */
export const splitStep: ReferenceStep = (
  z,
  { h, a, u, bias, activation, recurrentActivation, candidateGate },
) => {
  const H = h.length;
  return units(h).map((j) => {
    const [update, reset] = [j, H + j].map((n) => recurrentActivation.f(z[n] + recurrent(a, u, 3 * H, n)));
    const c = candidateGate ? update : 1 - update;
    const own = reset * z[2 * H + j];
    const hh = activation.f(own + c * recurrent(a, u, 3 * H, 2 * H + j) + (bias?.[2 * H + j] ?? 0));
    return (1 - c) * h[j] + c * hh;
  });
};

/** Sizes and data of a whole sequence: z [T, B, G·H], h0 [B, H], rmask [B, H], valid [T, B]. */
export interface SequenceData extends Omit<StepData, 'h' | 'a'> {
  readonly T: number;
  readonly B: number;
  readonly H: number;
  readonly z: ArrayLike<number>;
  readonly h0: ArrayLike<number>;
  readonly rmask?: ArrayLike<number>;
  readonly valid?: ArrayLike<number>;
}

/** States [T+1, B, H], slot 0 the initial one. */
export function sequenceForward(step: ReferenceStep, data: SequenceData): Float64Array {
  const { T, B, H, z, h0, rmask, valid } = data;
  const N = z.length / (T * B);
  const out = new Float64Array((T + 1) * B * H);
  out.set(Array.from(h0));
  for (let t = 0; t < T; t++) {
    for (let b = 0; b < B; b++) {
      const row = t * B + b;
      const h = out.subarray(row * H, (row + 1) * H);
      const a = h.map((v, k) => v * (rmask?.[b * H + k] ?? 1));
      const own = Array.from({ length: N }, (_, n) => z[row * N + n]);
      out.set(valid?.[row] === 0 ? h : step(own, { ...data, h, a }), (row + B) * H);
    }
  }
  return out;
}
