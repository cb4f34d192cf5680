/** Keras 3's update rules in f64, one element at a time, written from its formulas. */

export interface ReferenceOptions {
  learningRate: number;
  weightDecay?: number;
  momentum?: number;
  nesterov?: boolean;
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  amsgrad?: boolean;
  rho?: number;
  centered?: boolean;
  initialAccumulatorValue?: number;
}

/** One element: its parameter and what the optimizer keeps of it. */
type Element = Record<string, number> & { p: number };

type Update = (e: Element, g: number, t: number, o: ReferenceOptions) => void;

const adamMoments = (e: Element, g: number, o: ReferenceOptions) => {
  const { beta1 = 0.9, beta2 = 0.999 } = o;
  e.m = beta1 * e.m + (1 - beta1) * g;
  e.v = beta2 * e.v + (1 - beta2) * g * g;
};

const adam: Update = (e, g, t, o) => {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = o;
  adamMoments(e, g, o);
  e.top = Math.max(e.top, e.v);
  const alpha = (o.learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
  e.p -= (alpha * e.m) / (Math.sqrt(o.amsgrad ? e.top : e.v) + epsilon);
};

const mu = (beta1: number, t: number) => beta1 * (1 - 0.5 * 0.96 ** t);

const UPDATES: Record<string, Update> = {
  sgd(e, g, _t, { learningRate: lr, momentum = 0, nesterov = false }) {
    e.m = momentum * e.m - lr * g;
    e.p += nesterov ? momentum * e.m - lr * g : e.m;
  },
  adam,
  adamW: adam,
  rmsprop(e, g, _t, { learningRate: lr, rho = 0.9, momentum = 0, epsilon = 1e-7, centered = false }) {
    e.v = rho * e.v + (1 - rho) * g * g;
    e.a = rho * e.a + (1 - rho) * g;
    const spread = centered ? e.v - e.a * e.a : e.v;
    e.m = momentum * e.m + (lr * g) / Math.sqrt(spread + epsilon);
    e.p -= e.m;
  },
  adagrad(e, g, t, { learningRate: lr, initialAccumulatorValue = 0.1, epsilon = 1e-7 }) {
    e.a = (t === 1 ? initialAccumulatorValue : e.a) + g * g;
    e.p -= (lr * g) / Math.sqrt(e.a + epsilon);
  },
  adadelta(e, g, _t, { learningRate: lr, rho = 0.95, epsilon = 1e-7 }) {
    e.a = rho * e.a + (1 - rho) * g * g;
    const delta = (Math.sqrt(e.d + epsilon) * g) / Math.sqrt(e.a + epsilon);
    e.d = rho * e.d + (1 - rho) * delta * delta;
    e.p -= lr * delta;
  },
  adamax(e, g, t, { learningRate: lr, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 }) {
    e.m = beta1 * e.m + (1 - beta1) * g;
    e.v = Math.max(beta2 * e.v, Math.abs(g));
    e.p -= (lr * e.m) / ((1 - beta1 ** t) * (e.v + epsilon));
  },
  nadam(e, g, t, o) {
    const { learningRate: lr, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = o;
    adamMoments(e, g, o);
    let product = 1;
    for (let i = 1; i <= t; i++) product *= mu(beta1, i);
    const ahead = (mu(beta1, t + 1) * e.m) / (1 - product * mu(beta1, t + 1));
    const now = ((1 - mu(beta1, t)) * g) / (1 - product);
    e.p -= (lr * (ahead + now)) / (Math.sqrt(e.v / (1 - beta2 ** t)) + epsilon);
  },
};

/** Parameters after each step, in f64. Learning rate constant. */
export function referenceSteps(
  name: string,
  options: ReferenceOptions,
  start: ArrayLike<number>,
  gradients: readonly ArrayLike<number>[],
): number[][] {
  const elements = Array.from(start, (p): Element => ({ p, m: 0, v: 0, a: 0, d: 0, top: 0 }));
  const { learningRate, weightDecay = 0 } = options;
  return gradients.map((gradient, step) =>
    elements.map((e, i) => {
      e.p -= e.p * weightDecay * learningRate;
      UPDATES[name](e, gradient[i], step + 1, options);
      return e.p;
    }),
  );
}

/** A gradient clipped as Keras does, tensor by tensor. */
export function referenceClip(
  tensors: readonly (readonly number[])[],
  clip: { clipValue?: number; clipNorm?: number; globalClipNorm?: number },
): number[][] {
  const norm = (values: readonly number[]) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
  const { clipValue, clipNorm, globalClipNorm } = clip;
  if (clipValue !== undefined) {
    return tensors.map((t) => t.map((x) => Math.min(Math.max(x, -clipValue), clipValue)));
  }
  if (clipNorm !== undefined) {
    return tensors.map((t) => t.map((x) => (x * clipNorm) / Math.max(norm(t), clipNorm)));
  }
  if (globalClipNorm !== undefined) {
    const whole = norm(tensors.flat());
    return tensors.map((t) => t.map((x) => (x * globalClipNorm) / Math.max(whole, globalClipNorm)));
  }
  return tensors.map((t) => [...t]);
}
