// The work that is timed, and the speed to reach: how many times faster than a peer, [portable, relaxed].

const step = (cell, H, targets = {}, more = {}) => ({
  id: `${cell}-step-${H}`,
  title: `${cell.toUpperCase()} step, I=H=${H}`,
  ...{ kind: 'step', cell, I: H, H, T: 1, B: 1, tolerance: 5e-6, threads: [1], targets },
  ...more,
});

const sequence = (cell, H, B, targets = {}, more = {}) => ({
  id: `${cell}-T100-B${B}-${H}`,
  title: `${cell.toUpperCase()} T=100 B=${B}, I=H=${H}`,
  ...{ kind: 'sequence', cell, I: H, H, T: 100, B, tolerance: 5e-6, threads: [1, 2], targets },
  ...more,
});

/** A block of a Transformer over whole sequences: N heads, F units of the first dense layer. */
const encoder = (H, N, T, B, targets) => ({
  id: `encoder-T${T}-B${B}-${H}`,
  title: `Transformer encoder block T=${T} B=${B}, width ${H}, ${N} heads`,
  ...{ kind: 'encoder', I: H, H, N, F: 4 * H, T, B, tolerance: 2e-5, threads: [1, 2], targets },
});

/** Two threads against one, and int8 against f32, are rows in which the peer is recurra itself. */
const TWO_THREADS = { 'one-thread': [1.8, 1.8] };

/**
 * Sizes: T time steps, B samples, I inputs, H units, D units of the dense layer. `tolerance` bounds the largest
 * difference between two participants' outputs, which lie in (-1, 1); in training, of losses and predictions.
 * `quickThreads` are the thread counts that a quick run times.
 */
export const CASES = [
  step('lstm', 64, { 'ort-web': [8, 8.5], 'ort-node': [6, 6.5] }),
  step('lstm', 128, { 'ort-web': [4, 4.5], 'ort-node': [2.7, 3] }),
  step('lstm', 256, { 'ort-web': [3, 3.5], 'ort-node': [2.5, 3] }),
  step(
    'lstm',
    512,
    { 'ort-web': [2.7, 3.3], 'ort-node': [3, 3.5], f32: [1.6, 2.5] },
    { threads: [1, 2], int8: true },
  ),
  step('gru', 128, { 'ort-web': [3, 3.3] }),
  step('gru', 384, { 'ort-web': [2.8, 3.2] }),
  sequence('lstm', 128, 1, { 'ort-web': [1.3, 1.7] }),
  sequence('lstm', 256, 1, { 'ort-web': [1.3, 1.7] }),
  sequence('lstm', 512, 1, { 'ort-web': [1.7, 2.2] }),
  sequence('lstm', 128, 32, { 'ort-web': [1.5, 2], tfjs: [3, 4] }),
  sequence('lstm', 256, 32, { 'ort-web': [1.5, 2], ...TWO_THREADS }, { quickThreads: [1, 2] }),
  sequence('lstm', 512, 32, { 'ort-web': [1.4, 1.8] }),
  encoder(256, 8, 256, 8, { 'ort-web': [1.2, 1.6] }),
  // The only GRU that tfjs and brain.js have.
  sequence(
    'gru',
    128,
    1,
    {},
    {
      id: 'gru-before-T100-B1-128',
      title: 'GRU (reset before) T=100 B=1, I=H=128',
      resetAfter: false,
      threads: [1],
    },
  ),
  {
    id: 'train',
    title: 'training step B=32 T=100 I=32, LSTM 128',
    ...{ kind: 'train', cell: 'lstm', I: 32, H: 128, D: 64, T: 100, B: 32 },
    ...{ dropout: 0.5, learningRate: 1e-3, epsilon: 1e-12, checkSteps: 5, tolerance: 2e-5 },
    ...{ threads: [1, 2], quickThreads: [1, 2] },
    targets: { tfjs: [13, 18], torch: [1.25, 1.6], ...TWO_THREADS },
  },
];

/** Largest difference between int8 outputs and f32 outputs that still counts as the same network. */
export const INT8_TOLERANCE = 0.05;

/** Steps of the stream whose heap is watched. */
export const HEAP_STEPS = 1_000_000;
