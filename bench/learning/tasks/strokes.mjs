import { adam, bidirectional, cosineDecay, dense, input, lstm, sequential, tensor } from 'recurra';
import { STROKES } from '../../../examples/digits/glyphs.mjs';
import { bell, below, between } from '../../../examples/shared/random.mjs';

const BATCH = 32;
/** Numbers of a step: how far the pen has moved across and down, and whether it is on the paper. */
const FEATURES = 3;

/** Points along the strokes of a digit, a pen's step apart, as a hand writes them at `left`. */
function penPoints(digit, left, next) {
  const [width, height] = [between(next, 0.5, 0.8), between(next, 0.8, 1.1)];
  const slant = between(next, -0.25, 0.25);
  const place = ([x, y]) => [
    left + width * (x + slant * (0.5 - y)) + 0.03 * bell(next),
    height * y + 0.03 * bell(next),
  ];
  const stride = between(next, 0.2, 0.35);
  const points = STROKES[digit].flatMap((stroke) => {
    const placed = stroke.map(place);
    return placed.flatMap(([x, y], i) => {
      if (i === 0) return [{ x, y, down: 0 }];
      const [px, py] = placed[i - 1];
      const steps = Math.max(1, Math.round(Math.sqrt((x - px) * (x - px) + (y - py) * (y - py)) / stride));
      return Array.from({ length: steps }, (_, s) => {
        const along = (s + 1) / steps;
        return { x: px + along * (x - px), y: py + along * (y - py), down: 1 };
      });
    });
  });
  return { points, width };
}

/** A string of two to five digits as the moves of a pen, and its label: digits plus 1. */
function written(next) {
  const digits = Array.from({ length: 2 + below(next, 4) }, () => below(next, 10));
  let left = 0;
  const points = digits.flatMap((digit) => {
    const drawn = penPoints(digit, left, next);
    left += drawn.width + between(next, 0.15, 0.35);
    return drawn.points;
  });
  const rows = points.map(({ x, y, down }, i) => {
    const before = points[i - 1] ?? { x: 0, y: 0 };
    return [3 * (x - before.x), 3 * (y - before.y), down];
  });
  return { rows, label: digits.map((digit) => digit + 1) };
}

function draw(count, next) {
  const lines = Array.from({ length: count }, () => written(next));
  const T = Math.max(...lines.map(({ rows }) => rows.length));
  const x = new Float32Array(count * T * FEATURES);
  lines.forEach(({ rows }, s) => {
    x.set(rows.flat(), s * T * FEATURES);
  });
  const lengths = lines.map(({ rows }) => rows.length);
  return [tensor(x, [count, T, FEATURES]), lines.map(({ label }) => label), { lengths }];
}

/** Strings of digits read from the moves of the pen that wrote them, as in Graves et al. 2009. */
export const strokes = {
  name: 'digit strings from strokes',
  unit: 'label error, %',
  size: '2 to 5 digits, 20 to 100 moves of a pen',
  updates: 900,
  batch: BATCH,
  held: 500,
  models: ['BiLSTM, ctc'],
  /** Most that is wrong on unseen strings. */
  wanted: ({ 'BiLSTM, ctc': error }) => error < 0.02,
  make(_name, updates, seed) {
    const net = sequential(
      [
        input({ shape: [null, FEATURES] }),
        bidirectional({ layer: lstm({ units: 48, returnSequences: true }) }),
        dense({ units: 11, activation: 'softmax' }),
      ],
      { seed },
    );
    const learningRate = cosineDecay({ initialLearningRate: 0.01, decaySteps: updates });
    const optimizer = adam({ learningRate, globalClipNorm: 1 });
    net.compile({ optimizer, loss: 'ctc', metrics: ['labelErrorRate'] });
    return net;
  },
  batches: (next) => () => draw(BATCH, next),
  score: (net, next) => net.evaluate(...draw(500, next)).labelErrorRate,
};
