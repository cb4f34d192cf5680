/** e^(x_j − m) / Σ_k e^(x_k − m), m the largest x, in f64. */
export function softmax(x: readonly number[]): number[] {
  const largest = Math.max(...x);
  const e = x.map((v) => Math.exp(v - largest));
  const total = e.reduce((a, b) => a + b, 0);
  return e.map((v) => v / total);
}

/** x_j − m − ln Σ_k e^(x_k − m), m the largest x, in f64. */
export function logSoftmax(x: readonly number[]): number[] {
  const largest = Math.max(...x);
  const total = x.reduce((a, v) => a + Math.exp(v - largest), 0);
  return x.map((v) => v - largest - Math.log(total));
}

/** Gradient of Σ_j dy_j softmax(x)_j with respect to x. */
export function softmaxGradient(x: readonly number[], dy: readonly number[]): number[] {
  const y = softmax(x);
  const dot = y.reduce((a, v, j) => a + v * dy[j], 0);
  return y.map((v, j) => v * (dy[j] - dot));
}

/** Gradient of Σ_j dy_j logSoftmax(x)_j with respect to x. */
export function logSoftmaxGradient(x: readonly number[], dy: readonly number[]): number[] {
  const y = softmax(x);
  const total = dy.reduce((a, b) => a + b, 0);
  return y.map((v, j) => dy[j] - v * total);
}
