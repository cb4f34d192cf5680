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
} from '../../src/training/optimizers/index.js';
import type { ReferenceOptions } from './reference/optimizers.js';

/** One way to call an optimizer; the reference takes the same options. */
export interface OptimizerCase {
  readonly title: string;
  readonly optimizer: string;
  readonly options: ReferenceOptions;
  make(extra?: object): Optimizer;
}

type Factory = (options: ReferenceOptions) => Optimizer;

const FACTORIES = { sgd, adam, adamW, rmsprop, adagrad, adadelta, adamax, nadam } as Record<string, Factory>;

function of(title: string, options: ReferenceOptions): OptimizerCase {
  const optimizer = title.split(' ')[0];
  return { title, optimizer, options, make: (extra = {}) => FACTORIES[optimizer]({ ...options, ...extra }) };
}

/** Every optimizer in every variant that takes another path through its kernel. */
export const OPTIMIZER_CASES: readonly OptimizerCase[] = [
  of('sgd', { learningRate: 0.05 }),
  of('sgd decay', { learningRate: 0.05, weightDecay: 0.3 }),
  of('sgd momentum', { learningRate: 0.05, momentum: 0.9 }),
  of('sgd nesterov', { learningRate: 0.05, momentum: 0.8, nesterov: true, weightDecay: 0.1 }),
  of('adam', { learningRate: 0.02 }),
  of('adam amsgrad', { learningRate: 0.02, beta1: 0.7, beta2: 0.8, epsilon: 1e-4, amsgrad: true }),
  of('adamW', { learningRate: 0.02, weightDecay: 0.3 }),
  of('rmsprop', { learningRate: 0.02 }),
  of('rmsprop momentum', { learningRate: 0.02, rho: 0.8, momentum: 0.7, weightDecay: 0.2 }),
  of('rmsprop centered', { learningRate: 0.02, centered: true, epsilon: 1e-3 }),
  of('rmsprop both', { learningRate: 0.02, centered: true, momentum: 0.7 }),
  of('adagrad', { learningRate: 0.1, initialAccumulatorValue: 0.3, weightDecay: 0.1 }),
  of('adadelta', { learningRate: 1, rho: 0.9, epsilon: 1e-3, weightDecay: 0.1 }),
  of('adamax', { learningRate: 0.02, beta1: 0.8, beta2: 0.95, weightDecay: 0.1 }),
  of('nadam', { learningRate: 0.02, beta1: 0.85, beta2: 0.99, weightDecay: 0.1 }),
];
