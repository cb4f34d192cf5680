import { describe, expect, it } from 'vitest';
import {
  adagrad,
  adam,
  adamW,
  dense,
  embedding,
  input,
  type Model,
  type Optimizer,
  rmsprop,
  sequential,
  sgd,
  sparseCategoricalCrossentropy,
  tensor,
} from '../../src/index.js';
import golden from '../golden/models.json' with { type: 'json' };
import { CELLS, expectClose, flat } from '../harness/golden.js';
import { kernelGradients } from '../harness/gradient.js';

/** PyTorch and Keras put it in different places; so small it is lost in rounding in both. */
const epsilon = 1e-30;

// Differences from PyTorch in f64, over the largest value of the tensor compared.
/** Class probabilities, or logits. Measured: 1.5e-7. */
const FORWARD = 3e-7;
/** Gradients of all weights. Measured: 8.9e-7. */
const GRADIENT = 1.5e-6;
/** Each of ten losses, relative. Measured: 1.3e-7. */
const LOSS = 3e-7;

/**
 * Weights after one step and after ten, over the longest way that a weight has gone. After one it is mostly the
 * rounding of the weights themselves: 3e-8 in a way of 0.004 with SGD. Measured: 1.5e-5 and 8.8e-6.
 */
const WEIGHTS = { '1': 3e-5, '10': 1.5e-5 };

const OPTIMIZERS: Record<keyof Case['runs'], () => Optimizer> = {
  sgd: () => sgd({ learningRate: 0.1, momentum: 0.9 }),
  adam: () => adam({ learningRate: 0.01, epsilon }),
  'adam globalClipNorm': () => adam({ learningRate: 0.01, epsilon, globalClipNorm: 0.02 }),
  adamW: () => adamW({ learningRate: 0.01, epsilon, weightDecay: 0.05 }),
  rmsprop: () => rmsprop({ learningRate: 0.005, rho: 0.9, epsilon }),
  adagrad: () => adagrad({ learningRate: 0.05, epsilon }),
};

type Weights = Readonly<Record<string, ArrayLike<number>>>;
type Case = (typeof golden.classifiers)[keyof typeof golden.classifiers];

function classifier({ kind, everyStep, sizes, weights }: Case): Model {
  const { T, V, I, H1, H2, O } = sizes;
  const cell = CELLS[kind as keyof typeof CELLS];
  const net = sequential([
    input({ shape: everyStep ? [T, I] : [T] }),
    ...(everyStep ? [] : [embedding({ inputDim: V, outputDim: I })]),
    cell({ units: H1, returnSequences: true }),
    cell({ units: H2, returnSequences: everyStep }),
    dense({ units: O, activation: everyStep ? 'linear' : 'softmax' }),
  ]);
  for (const [name, w] of Object.entries(weights)) net.setWeights({ [name]: flat(w as number[]) });
  return net;
}

function compile(net: Model, { everyStep }: Case, optimizer: Optimizer): void {
  net.compile({ optimizer, loss: sparseCategoricalCrossentropy({ fromLogits: everyStep }) });
}

describe.each(Object.entries(golden.classifiers))('%s', (_, given) => {
  const { everyStep, sizes, weights } = given as Case;
  const { T, B, I } = sizes;
  const x = tensor(given.x, everyStep ? [B, T, I] : [B, T]);
  const y = tensor(given.labels, everyStep ? [B, T] : [B]);

  it('predicts', () => {
    const { data } = classifier(given as Case).predict(x);
    expectClose('predictions', data, given.predictions, FORWARD);
  });

  it('has the gradients', () => {
    const net = classifier(given as Case);
    compile(net, given as Case, sgd());
    const { gradients } = kernelGradients(net, x, y);
    expect(Object.keys(gradients).sort()).toEqual(Object.keys(weights).sort());
    for (const [name, g] of Object.entries(given.gradients)) {
      expectClose(name, gradients[name], g as number[], GRADIENT);
    }
  });

  it.each(Object.entries(OPTIMIZERS))('takes ten steps of %s', (name, make) => {
    const { losses, steps } = given.runs[name as keyof typeof given.runs];
    const net = classifier(given as Case);
    compile(net, given as Case, make());
    const way = (to: Weights): number[] =>
      Object.entries<number[]>(weights).flatMap(([weight, from]) =>
        from.map((w, i) => to[weight][i] - Math.fround(w)),
      );
    const compare = (step: '1' | '10'): void => {
      const now = Object.entries(net.getWeights()).map(([weight, { data }]) => [weight, data]);
      expectClose(`weights after ${step}`, way(Object.fromEntries(now)), way(steps[step]), WEIGHTS[step]);
    };
    losses.forEach((expected, i) => {
      expectClose(`loss ${i + 1}`, [net.trainOnBatch(x, y).loss], [expected], LOSS);
      if (i === 0) compare('1');
    });
    compare('10');
  });
});
