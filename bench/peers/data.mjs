// Weights and inputs of a case, the same for every participant: seeded, asymmetric, in Keras's layout.
// Gates stand in Keras's order (LSTM i, f, c, o; GRU z, r, h); `gateRows` brings them into another library's.

/** Frames of a stream, fed in turn. */
export const FRAMES = 16;

/** Uniform numbers in [-scale, scale) from a seed: a Weyl sequence through a 32-bit mixer. */
function uniform(seed) {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return (count, scale) =>
    Float32Array.from({ length: count }, () => {
      state = (state + 0x6d2b79f5) | 0;
      let z = Math.imul(state ^ (state >>> 15), state | 1);
      z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
      return scale * (((z ^ (z >>> 14)) >>> 0) / 2 ** 31 - 1);
    });
}

/** Gates per unit. */
export const gatesOf = (work) => (work.cell === 'lstm' ? 4 : 3);

/** Weights of a Transformer's block: kernels [features, units], biases, and two normalisations. */
function blockWeights({ H, F }) {
  const draw = uniform(1 + H + F);
  const weights = {};
  const dense = (name, I, O) => {
    weights[`${name}Kernel`] = draw(I * O, 1 / Math.sqrt(I));
    weights[`${name}Bias`] = draw(O, 0.1);
  };
  for (const name of ['query', 'key', 'value', 'output']) dense(name, H, H);
  dense('wide', H, F);
  dense('narrow', F, H);
  for (const n of [1, 2]) {
    weights[`gamma${n}`] = draw(H, 0.1).map((v) => 1 + v);
    weights[`beta${n}`] = draw(H, 0.1);
  }
  return weights;
}

/** Weights of the recurrent layer, and of the two dense layers of the training step; or of a Transformer's block. */
export function makeWeights(work) {
  if (work.kind === 'encoder') return blockWeights(work);
  const { cell, I, H, resetAfter = true } = work;
  const draw = uniform(1 + I + H);
  const N = gatesOf(work) * H;
  const scale = 1 / Math.sqrt(H);
  const weights = {
    kernel: draw(I * N, scale),
    recurrentKernel: draw(H * N, scale),
    bias: draw(cell === 'gru' && resetAfter ? 2 * N : N, scale),
  };
  if (work.kind !== 'train') return weights;
  const { D } = work;
  return {
    ...weights,
    kernel1: draw(H * D, 1 / Math.sqrt(H)),
    bias1: draw(D, 0.1),
    kernel2: draw(D, 1 / Math.sqrt(D)),
    bias2: draw(1, 0.1),
  };
}

/** Inputs: `frames` [FRAMES][I] of a stream, or `x` [B, T, I]; with targets `y` [B] for training. */
export function makeInputs(work) {
  const { kind, I, T, B } = work;
  const draw = uniform(1000 + I + B);
  if (kind === 'step') return { frames: Array.from({ length: FRAMES }, () => draw(I, 1.5)) };
  const x = draw(B * T * I, 1.5);
  if (kind === 'sequence' || kind === 'encoder') return { x };
  return { x, y: draw(B, 1).map((v) => (v > 0 ? 1 : 0)) };
}

/** Gate columns [K, G·H] to gate rows [G·H, K], gates taken in `order`. */
export function gateRows(matrix, K, H, order) {
  const N = order.length * H;
  const rows = new Float32Array(K * N);
  order.forEach((gate, g) => {
    for (let h = 0; h < H; h++) {
      for (let k = 0; k < K; k++) rows[(g * H + h) * K + k] = matrix[k * N + gate * H + h];
    }
  });
  return rows;
}

/** Gate columns [K, G·H] with gates taken in `order`; a bias is one row. */
export function gateColumns(matrix, K, H, order) {
  const N = order.length * H;
  const columns = new Float32Array(K * N);
  for (let k = 0; k < K; k++) {
    order.forEach((gate, g) => {
      columns.set(matrix.subarray(k * N + gate * H, k * N + (gate + 1) * H), k * N + g * H);
    });
  }
  return columns;
}

/** [A, B, n] to [B, A, n]: batch-major to time-major and back. */
export function swapAxes(data, A, B, n) {
  const swapped = new Float32Array(data.length);
  for (let a = 0; a < A; a++) {
    for (let b = 0; b < B; b++) {
      swapped.set(data.subarray((a * B + b) * n, (a * B + b + 1) * n), (b * A + a) * n);
    }
  }
  return swapped;
}

/** Pieces one after the other. */
export function concat(pieces) {
  const joined = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
