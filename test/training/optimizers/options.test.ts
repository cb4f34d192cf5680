import { describe, expect, it } from 'vitest';
import { UnknownNameError, ValueError } from '../../../src/errors.js';
import { ALL_NAMES } from '../../../src/training/named/names.js';
import { optimizerFrom } from '../../../src/training/names.js';
import {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamW,
  nadam,
  rmsprop,
  sgd,
} from '../../../src/training/optimizers/index.js';
import { cosineDecay } from '../../../src/training/schedules/index.js';
import { OPTIMIZER_CASES } from '../../harness/optimizer-cases.js';
import { OptimizerRun } from '../../harness/optimizer-run.js';
import { testData } from '../../harness/random.js';

const NONE = { clipNorm: null, clipValue: null, globalClipNorm: null, gradientAccumulationSteps: null };

describe('defaults', () => {
  it("are Keras 3's", () => {
    const common = { ...NONE, weightDecay: 0 };
    expect(sgd().config).toEqual({ learningRate: 0.01, momentum: 0, nesterov: false, ...common });
    const means = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
    expect(adam().config).toEqual({ learningRate: 0.001, ...means, amsgrad: false, ...common });
    expect(adamW().config).toEqual({
      learningRate: 0.001,
      ...means,
      amsgrad: false,
      ...common,
      weightDecay: 0.004,
    });
    expect(rmsprop().config).toEqual({
      learningRate: 0.001,
      rho: 0.9,
      momentum: 0,
      epsilon: 1e-7,
      centered: false,
      ...common,
    });
    expect(adagrad().config).toEqual({
      learningRate: 0.001,
      initialAccumulatorValue: 0.1,
      epsilon: 1e-7,
      ...common,
    });
    expect(adadelta().config).toEqual({ learningRate: 0.001, rho: 0.95, epsilon: 1e-7, ...common });
    expect(adamax().config).toEqual({ learningRate: 0.001, ...means, ...common });
    expect(nadam().config).toEqual({ learningRate: 0.001, ...means, ...common });
  });

  it('ask for no more slots than the options need', () => {
    const names = (optimizer: ReturnType<typeof sgd>) => optimizer.slots.map((slot) => slot.name);
    expect(names(sgd())).toEqual([]);
    expect(names(sgd({ momentum: 0.5 }))).toEqual(['momentum']);
    expect(names(adam())).toEqual(['momentum', 'velocity']);
    expect(names(adam({ amsgrad: true }))).toEqual(['momentum', 'velocity', 'velocityHat']);
    expect(names(rmsprop({ centered: true }))).toEqual(['velocity', 'averageGradient']);
    expect(names(rmsprop({ momentum: 0.1, centered: true }))).toEqual([
      'velocity',
      'momentum',
      'averageGradient',
    ]);
    expect(adagrad({ initialAccumulatorValue: 0.5 }).slots).toEqual([{ name: 'accumulator', initial: 0.5 }]);
  });
});

describe('names and files', () => {
  it.each(['sgd', 'adam', 'adamW', 'rmsprop', 'adagrad', 'adadelta', 'adamax', 'nadam'])(
    'finds %s',
    (name) => {
      expect(optimizerFrom(ALL_NAMES, name).name).toBe(name);
      expect(optimizerFrom(ALL_NAMES, name[0].toUpperCase() + name.slice(1)).name).toBe(name);
    },
  );

  it('takes the names Keras writes', () => {
    expect(['SGD', 'AdamW', 'RMSprop', 'Adam'].map((name) => optimizerFrom(ALL_NAMES, name).name)).toEqual([
      'sgd',
      'adamW',
      'rmsprop',
      'adam',
    ]);
  });

  it('passes an optimizer through', () => {
    const mine = adam();
    expect(optimizerFrom(ALL_NAMES, mine)).toBe(mine);
  });

  it.each(OPTIMIZER_CASES)('rebuilds $title from JSON', ({ make }) => {
    const one = make({ globalClipNorm: 0.7, gradientAccumulationSteps: 2 });
    const other = optimizerFrom(
      ALL_NAMES,
      JSON.parse(JSON.stringify({ name: one.name, config: one.config })),
    );
    expect(other.config).toEqual(one.config);
    const start = testData(9, 7);
    const runs = [one, other].map((optimizer) => {
      const run = new OptimizerRun(optimizer, start);
      for (let t = 0; t < 6; t++) run.batch(testData(t, 7));
      return run.parameters();
    });
    expect(runs[1]).toEqual(runs[0]);
  });

  it('rebuilds a schedule with its optimizer', () => {
    const one = sgd({
      learningRate: cosineDecay({
        initialLearningRate: 0.1,
        decaySteps: 9,
        warmupTarget: 0.4,
        warmupSteps: 3,
      }),
    });
    const other = optimizerFrom(
      ALL_NAMES,
      JSON.parse(JSON.stringify({ name: one.name, config: one.config })),
    );
    const rates = [0, 1, 3, 7, 12, 40].map((iterations) => other.currentLearningRate({ iterations }));
    expect(rates).toEqual([0, 1, 3, 7, 12, 40].map((iterations) => one.currentLearningRate({ iterations })));
    expect(new Set(rates).size).toBe(5);
  });
});

describe('errors', () => {
  it('name the nearest optimizer', () => {
    expect(() => optimizerFrom(ALL_NAMES, 'adma')).toThrow(UnknownNameError);
    expect(() => optimizerFrom(ALL_NAMES, 'adma')).toThrow(
      "compile: unknown optimizer 'adma'; did you mean 'adam'?",
    );
    expect(() => optimizerFrom(ALL_NAMES, 7 as never)).toThrow(ValueError);
    expect(() => optimizerFrom(ALL_NAMES, undefined as never)).toThrow(
      'compile: optimizer must be a name or an optimizer',
    );
  });

  it('name the nearest option', () => {
    expect(() => adam({ clipnorm: 1 } as never)).toThrow(
      "adam: unknown option 'clipnorm'; did you mean 'clipNorm'?",
    );
    expect(() => sgd({ beta1: 0.9 } as never)).toThrow(UnknownNameError);
  });

  it.each([
    [() => adam({ learningRate: -0.1 }), 'adam: learningRate must be a finite number at least 0, got -0.1'],
    [
      () => adam({ learningRate: Number.NaN }),
      'adam: learningRate must be a finite number at least 0, got NaN',
    ],
    [
      () => adam({ learningRate: '1' as never }),
      "adam: learningRate must be a finite number at least 0, got '1'",
    ],
    [() => adam({ beta1: 1 }), 'adam: beta1 must be a finite number at least 0 and below 1, got 1'],
    [() => nadam({ beta2: -1 }), 'nadam: beta2 must be a finite number at least 0 and below 1, got -1'],
    [() => adam({ epsilon: 0 }), 'adam: epsilon must be a finite number above 0, got 0'],
    [() => adam({ epsilon: 1e-60 }), 'adam: epsilon must be at least 1e-45, got 1e-60'],
    [() => adam({ amsgrad: 1 as never }), 'adam: amsgrad must be true or false, got 1'],
    [() => sgd({ momentum: 1.5 }), 'sgd: momentum must be a finite number at least 0 and at most 1, got 1.5'],
    [() => rmsprop({ rho: 1 }), 'rmsprop: rho must be a finite number at least 0 and below 1, got 1'],
    [() => sgd({ weightDecay: -1 }), 'sgd: weightDecay must be a finite number at least 0, got -1'],
    [() => sgd({ clipNorm: 0 }), 'sgd: clipNorm must be a finite number above 0, got 0'],
    [() => sgd({ clipValue: 1, clipNorm: 1 }), 'sgd: only one of clipNorm and clipValue can be set'],
    [
      () => sgd({ gradientAccumulationSteps: 1 }),
      'sgd: gradientAccumulationSteps must be a whole number of at least 2, got 1',
    ],
    [
      () => sgd({ gradientAccumulationSteps: 2.5 }),
      'sgd: gradientAccumulationSteps must be a whole number of at least 2, got 2.5',
    ],
    [
      () =>
        optimizerFrom(ALL_NAMES, {
          name: 'sgd',
          config: { learningRate: { name: 'cosinDecay', config: {} } },
        }),
      "learningRate: unknown schedule 'cosinDecay'; did you mean 'cosineDecay'?",
    ],
  ])('say what an option must be (%#)', (make, message) => {
    expect(make).toThrow(ValueError);
    expect(make).toThrow(message);
  });

  it('take null for an option left out', () => {
    expect(adam({ clipNorm: null, weightDecay: null, gradientAccumulationSteps: null }).config).toEqual(
      adam().config,
    );
  });
});
