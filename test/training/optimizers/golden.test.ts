import { describe, expect, it } from 'vitest';
import {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamW,
  nadam,
  type Optimizer,
  rmsprop,
  sgd,
} from '../../../src/training/optimizers/index.js';
import golden from '../../golden/optimizers.json' with { type: 'json' };
import { OptimizerRun } from '../../harness/optimizer-run.js';
import { type ReferenceOptions, referenceClip, referenceSteps } from '../../harness/reference/optimizers.js';

/** Kernels against PyTorch in f64 over ten steps. Measured: 1.9e-7. */
const KERNEL_MAX_ERROR = 3e-7;
/** Reference against PyTorch. Measured: 5.0e-14. */
const REFERENCE_MAX_ERROR = 1e-13;
/** The same with clip_grad_norm_, whose 1e-6 beside the norm shows. Measured: 8.6e-8. */
const REFERENCE_MAX_ERROR_CLIPPED = 2e-7;

// Keras and PyTorch put epsilon in different places (inside and outside of the root, before and after the bias
// correction). 1e-30 is lost in rounding in both, so that they agree.
const epsilon = 1e-30;

type Clip = { clipValue?: number; clipNorm?: number; globalClipNorm?: number };
type Case = { make: (o: never) => Optimizer; options: ReferenceOptions; clip?: Clip };

const CASES: Record<keyof typeof golden.steps, Case> = {
  sgd: { make: sgd, options: { learningRate: 0.05 } },
  'sgd momentum': { make: sgd, options: { learningRate: 0.05, momentum: 0.9 } },
  'sgd nesterov': { make: sgd, options: { learningRate: 0.05, momentum: 0.8, nesterov: true } },
  adam: { make: adam, options: { learningRate: 0.02, epsilon } },
  'adam amsgrad': {
    make: adam,
    options: { learningRate: 0.02, beta1: 0.7, beta2: 0.8, epsilon, amsgrad: true },
  },
  adamW: { make: adamW, options: { learningRate: 0.02, epsilon, weightDecay: 0.3 } },
  rmsprop: { make: rmsprop, options: { learningRate: 0.02, epsilon } },
  'rmsprop momentum': { make: rmsprop, options: { learningRate: 0.02, epsilon, momentum: 0.7 } },
  'rmsprop centered': {
    make: rmsprop,
    options: { learningRate: 0.02, epsilon, momentum: 0.7, centered: true },
  },
  adagrad: { make: adagrad, options: { learningRate: 0.1, epsilon } },
  adadelta: { make: adadelta, options: { learningRate: 1, epsilon: 1e-3 } },
  adamax: { make: adamax, options: { learningRate: 0.02, epsilon } },
  nadam: { make: nadam, options: { learningRate: 0.02, epsilon } },
  'sgd clipValue': { make: sgd, options: { learningRate: 0.05 }, clip: { clipValue: 0.4 } },
  'sgd clipNorm': { make: sgd, options: { learningRate: 0.05 }, clip: { clipNorm: 0.8 } },
  'adam globalClipNorm': {
    make: adam,
    options: { learningRate: 0.02, epsilon },
    clip: { globalClipNorm: 1.2 },
  },
};

const { sizes, start, gradients, steps } = golden;

function worst(got: ArrayLike<number>, want: readonly number[]): number {
  return Math.max(...want.map((value, i) => Math.abs(got[i] - value)));
}

describe.each(Object.keys(CASES) as (keyof typeof CASES)[])('%s as PyTorch', (title) => {
  const { make, options, clip = {} } = CASES[title];

  it('kernel, steps 1, 3 and 10', () => {
    const run = new OptimizerRun(make({ ...options, ...clip } as never), start, sizes);
    gradients.forEach((gradient, t) => {
      const got = run.batch(gradient);
      const want = steps[title][String(t + 1) as '1'];
      if (want !== undefined) expect(worst(got, want)).toBeLessThan(KERNEL_MAX_ERROR);
    });
  });

  it('reference, steps 1, 3 and 10', () => {
    const clipped = gradients.map((g) => {
      const tensors = sizes.map((n, i) => g.slice(sizes[i - 1] ?? 0, (sizes[i - 1] ?? 0) + n));
      return referenceClip(tensors, clip).flat();
    });
    const got = referenceSteps(title.split(' ')[0], options, start, clipped);
    const limit = title.endsWith('Norm') ? REFERENCE_MAX_ERROR_CLIPPED : REFERENCE_MAX_ERROR;
    for (const step of ['1', '3', '10'] as const) {
      expect(worst(got[Number(step) - 1], steps[title][step])).toBeLessThan(limit);
    }
  });
});
