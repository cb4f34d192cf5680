import { defineCell } from '../../src/index.js';

/** The built-in GRU with resetAfter, as a user would write it. */
export const ownGru = defineCell({
  name: 'ownGru',
  parameters: ({ features, units }) => ({
    kernel: { shape: [features, 3 * units] },
    recurrentKernel: { shape: [units, 3 * units], initializer: 'orthogonal' },
    bias: { shape: [3 * units] },
    recurrentBias: { shape: [3 * units] },
  }),
  step({ x, states: { h }, weights, units, ops }) {
    const { kernel, recurrentKernel, bias, recurrentBias } = weights;
    const [H, N] = [2 * units, 3 * units];
    const input = ops.add(ops.matmul(x, kernel), bias);
    const gates = ops.sigmoid(
      ops.add(
        ops.slice(input, 0, H),
        ops.add(ops.matmul(h, ops.slice(recurrentKernel, 0, H)), ops.slice(recurrentBias, 0, H)),
      ),
    );
    const [z, r] = ops.split(gates, 2);
    const candidate = ops.add(
      ops.matmul(h, ops.slice(recurrentKernel, H, N)),
      ops.slice(recurrentBias, H, N),
    );
    const next = ops.tanh(ops.add(ops.slice(input, H, N), ops.mul(r, candidate)));
    return { states: { h: ops.add(ops.mul(z, h), ops.mul(ops.oneMinus(z), next)) } };
  },
});

/** The built-in LSTM: two states, one product for all gates. */
export const ownLstm = defineCell({
  name: 'ownLstm',
  states: ['h', 'c'],
  parameters: ({ features, units }) => ({
    kernel: { shape: [features, 4 * units] },
    recurrentKernel: { shape: [units, 4 * units], initializer: 'orthogonal' },
    bias: { shape: [4 * units] },
  }),
  step({ x, states: { h, c }, weights: { kernel, recurrentKernel, bias }, ops }) {
    const z = ops.add(ops.matmul(x, kernel), bias, ops.matmul(h, recurrentKernel));
    const [i, f, g, o] = ops.split(z, 4);
    const cell = ops.add(ops.mul(ops.sigmoid(f), c), ops.mul(ops.sigmoid(i), ops.tanh(g)));
    return { states: { h: ops.mul(ops.sigmoid(o), ops.tanh(cell)), c: cell } };
  },
});

/**
 * A cell of no paper that uses every operation, two activations chosen by an option, and states of different
 * sizes that change places in part.
 */
export const mixture = defineCell<{ first: 'tanh' | 'gelu'; second: 'softplus' | 'silu' }>({
  name: 'mixture',
  states: ['h', 'memory'],
  stateSizes: ({ units }) => [units, 2 * units],
  parameters: ({ features, units }) => ({
    kernel: { shape: [features, 2 * units] },
    wide: { shape: [3 * units, units] },
    peephole: { shape: [2 * units], initializer: 'ones' },
    divisor: { shape: [units], initializer: 'ones' },
    bias: { shape: [units] },
  }),
  step({ x, states: { h, memory }, weights, options, ops }) {
    const [a, b] = ops.split(ops.matmul(x, weights.kernel), 2);
    const first = ops.activation(a, options.first);
    const seen = ops.concat([h, ops.mul(memory, weights.peephole)]);
    const mixed = ops.add(ops.matmul(seen, weights.wide), weights.bias, b);
    const second = ops.activation(mixed, options.second);
    const share = ops.sigmoid(ops.sub(first, 0.5));
    const next = ops.add(ops.mul(share, second), ops.mul(ops.sub(1, share), h));
    const soft = ops.div(next, ops.affine(ops.mul(ops.add(second, weights.divisor), second), 0.5, 2));
    const [left] = ops.split(memory, 2);
    const memoryNext = ops.concat([
      ops.scale(ops.tanh(ops.add(soft, ops.exp(ops.scale(first, -1)))), 0.5),
      left,
    ]);
    return { output: soft, states: { h: soft, memory: memoryNext } };
  },
});
