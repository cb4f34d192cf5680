/**
 * The losses in f64, one row at a time, as Keras 3 defines them. Clipping bounds are those that Keras
 * has in float32: 1 − 1e-7 is 1 − 2⁻²³ there.
 */
const EPSILON = Math.fround(1e-7);
const ONE_MINUS_EPSILON = Math.fround(1 - 1e-7);

/** Loss of one row and its gradient with respect to the row's predictions. */
export interface RowLoss {
  loss: number;
  gradient: number[];
}

/** A loss of one row; `target` is as wide as `pred`, or one class id. */
export type ReferenceLoss = (pred: readonly number[], target: readonly number[]) => RowLoss;

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** Mean over the outputs of a loss of one output, given as [value, slope]. */
function meanOf(term: (p: number, t: number) => [number, number]): ReferenceLoss {
  return (pred, target) => {
    const terms = pred.map((p, j) => term(p, target[j]));
    const O = pred.length;
    return { loss: sum(terms.map(([value]) => value)) / O, gradient: terms.map(([, slope]) => slope / O) };
  };
}

export const meanSquaredError = meanOf((p, t) => [(p - t) ** 2, 2 * (p - t)]);

export const meanAbsoluteError = meanOf((p, t) => [Math.abs(p - t), Math.sign(p - t)]);

export const huber = (delta: number) =>
  meanOf((p, t) => {
    const e = p - t;
    return Math.abs(e) <= delta
      ? [e ** 2 / 2, e]
      : [delta * Math.abs(e) - delta ** 2 / 2, delta * Math.sign(e)];
  });

export const hinge = meanOf((p, t) => {
  const label = t === 0 ? -1 : t;
  const margin = 1 - label * p;
  return margin > 0 ? [margin, -label] : [0, 0];
});

export const cosineSimilarity: ReferenceLoss = (pred, target) => {
  const norm = (x: readonly number[]) => Math.sqrt(sum(x.map((v) => v * v)));
  const predNorm = Math.max(norm(pred), EPSILON);
  const targetNorm = Math.max(norm(target), EPSILON);
  const p = pred.map((v) => v / predNorm);
  const t = target.map((v) => v / targetNorm);
  const cosine = sum(p.map((v, j) => v * t[j]));
  const turning = norm(pred) > EPSILON ? cosine : 0;
  return { loss: -cosine, gradient: p.map((v, j) => (turning * v - t[j]) / predNorm) };
};

export const logCosh = meanOf((p, t) => {
  const size = Math.abs(p - t);
  const value =
    size < 1 ? 0.5 * Math.log1p(Math.sinh(size) ** 2) : size + Math.log1p(Math.exp(-2 * size)) - Math.LN2;
  return [value, Math.tanh(p - t)];
});

export const poisson = meanOf((p, t) => [p - t * Math.log(p + EPSILON), 1 - t / (p + EPSILON)]);

export const klDivergence: ReferenceLoss = (pred, target) => {
  const t = target.map((v) => Math.min(Math.max(v, EPSILON), 1));
  const p = pred.map((v) => Math.min(Math.max(v, EPSILON), 1));
  return {
    loss: sum(t.map((v, j) => v * Math.log(v / p[j]))),
    gradient: t.map((v, j) => (p[j] === pred[j] ? -v / p[j] : 0)),
  };
};

export const binaryCrossentropy = (labelSmoothing: number) =>
  meanOf((p, label) => {
    const t = label * (1 - labelSmoothing) + 0.5 * labelSmoothing;
    const clipped = Math.min(Math.max(p, EPSILON), ONE_MINUS_EPSILON);
    const value = -(t * Math.log(clipped) + (1 - t) * Math.log(1 - clipped));
    return [value, clipped === p ? (p - t) / (p * (1 - p)) : 0];
  });

export const binaryCrossentropyLogits = (labelSmoothing: number) =>
  meanOf((x, label) => {
    const t = label * (1 - labelSmoothing) + 0.5 * labelSmoothing;
    const tail = Math.exp(-Math.abs(x));
    const [on, off] = x > 0 ? [1 / (1 + tail), tail / (1 + tail)] : [tail / (1 + tail), 1 / (1 + tail)];
    return [Math.max(x, 0) - x * t + Math.log1p(tail), (1 - t) * on - t * off];
  });

export const categoricalCrossentropy =
  (labelSmoothing: number): ReferenceLoss =>
  (pred, labels) => {
    const t = labels.map((v) => v * (1 - labelSmoothing) + labelSmoothing / pred.length);
    const total = sum(pred);
    const q = pred.map((p) => p / total);
    const clipped = q.map((v) => Math.min(Math.max(v, EPSILON), ONE_MINUS_EPSILON));
    // d loss / d q, then through q = p / Σp.
    const dq = q.map((v, j) => (clipped[j] === v ? -t[j] / v : 0));
    const common = sum(dq.map((d, j) => d * q[j]));
    return {
      loss: -sum(clipped.map((v, j) => t[j] * Math.log(v))),
      gradient: dq.map((d) => (d - common) / total),
    };
  };

export const categoricalCrossentropyLogits =
  (labelSmoothing: number): ReferenceLoss =>
  (logits, labels) => {
    const t = labels.map((v) => v * (1 - labelSmoothing) + labelSmoothing / logits.length);
    const top = Math.max(...logits);
    const powers = logits.map((x) => Math.exp(x - top));
    const total = sum(powers);
    const mass = sum(t);
    return {
      loss: sum(logits.map((x, j) => t[j] * (Math.log(total) - (x - top)))),
      gradient: powers.map((e, j) => (e / total) * mass - t[j]),
    };
  };

const oneHot = (id: number, length: number) => Array.from({ length }, (_, j) => (j === id ? 1 : 0));

const nothing = (outputs: number): RowLoss => ({ loss: 0, gradient: new Array<number>(outputs).fill(0) });

export const sparseCategoricalCrossentropy =
  (ignoreClass: number | null): ReferenceLoss =>
  (pred, [id]) =>
    id === ignoreClass ? nothing(pred.length) : categoricalCrossentropy(0)(pred, oneHot(id, pred.length));

export const sparseCategoricalCrossentropyLogits =
  (ignoreClass: number | null): ReferenceLoss =>
  (logits, [id]) =>
    id === ignoreClass
      ? nothing(logits.length)
      : categoricalCrossentropyLogits(0)(logits, oneHot(id, logits.length));
