import { describe, expect, it } from 'vitest';
import {
  adam,
  bidirectional,
  dense,
  dropout,
  input,
  type Layer,
  load,
  type Model,
  masking,
  model,
  prepare,
  type RecurrentOptions,
  sequential,
  type Tensor,
  tensor,
} from '../../src/index.js';
import { giveWeights } from './bits.js';
import { checkModel, kernelGradients, scaledDifference } from './gradient.js';
import { expectBatchInvariant, expectPiecesInvariant, expectStreamInvariant, N, T } from './invariance.js';
import { testData } from './random.js';
import { slopeDifference } from './slopes.js';

/** Bounds of a kind of recurrent layer. */
export interface SuiteBounds {
  /** Largest difference from f64, relative to the largest value compared. */
  readonly model: number;
  /** Slopes of f32 losses against gradients, over the length of the weight's gradient. */
  readonly slope: number;
  /** Step of the slopes, for losses that are curved more than usual. */
  readonly step?: number;
}

type Make = (options: RecurrentOptions) => Layer;

/** Portable, and relaxed where the engine has it. */
const NUMERICS = [...new Set(['portable', (await prepare({ numerics: 'relaxed' })).numerics] as const)];

const SIZES = [1, 3, 4, 5, 17, 33];
const B = 3;
const STEPS = 6;
const x = tensor(testData(1, B * STEPS * 3), [B, STEPS, 3]);

const worst = ({ forward, loss, gradients }: ReturnType<typeof checkModel>): number =>
  Math.max(forward, loss, ...Object.values(gradients));

function compiled(net: Model): Model {
  net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  giveWeights(net, 3);
  return net;
}

/** A dense layer before and after, so that the input's gradient counts. */
const around = (layer: Layer): Model =>
  compiled(
    sequential([input({ shape: [STEPS, 3] }), dense({ units: 4 }), layer, dense({ units: 2 })], { seed: 5 }),
  );

const target = (sequences = false): Tensor =>
  tensor(testData(2, B * 2 * (sequences ? STEPS : 1)), sequences ? [B, STEPS, 2] : [B, 2]);

/** Whether an activation has a kink, at which differences of losses tell nothing. */
function hasKink(make: Make): boolean {
  const { activation, recurrentActivation } = make({ units: 1 }).config as Record<string, unknown>;
  const kinks: unknown[] = ['relu', 'leakyRelu', 'selu', 'hardSigmoid', 'hardSigmoid02'];
  return kinks.includes(activation) || kinks.includes(recurrentActivation);
}

/** The sequences with their second half a mirror of the first. */
function mirrored({ data, shape }: Tensor): Tensor {
  const [, steps, width] = shape;
  const turned = data.map((_, i) => {
    const [b, t, k] = [Math.floor(i / (steps * width)), Math.floor(i / width) % steps, i % width];
    return data[(b * steps + Math.min(t, steps - 1 - t)) * width + k];
  });
  return tensor(turned, shape);
}

/** Ways to use a recurrent layer whose gradients f64 knows. */
const USES: Record<string, Partial<RecurrentOptions>> = {
  'last output': {},
  'every output': { returnSequences: true },
  backwards: { returnSequences: true, goBackwards: true },
  'without bias': { useBias: false },
  recomputed: { returnSequences: true, recompute: true },
};

/** All that surrounds a recurrent layer, for each kind of it: gradients, promises, saving, dropout. */
export function describeRecurrent(kinds: Readonly<Record<string, Make>>, bounds: SuiteBounds): void {
  describeGradients(kinds, bounds);
  describeSurroundings(kinds, bounds);
}

/** Gradients of layers that train as they predict, beside f64. */
function describeGradients(kinds: Readonly<Record<string, Make>>, bounds: SuiteBounds): void {
  describe.each(Object.entries(kinds))('%s', (_, make) => {
    it.each(Object.entries(USES))('%s: outputs and gradients are those of f64', (_, options) => {
      const net = around(make({ units: 5, ...options }));
      expect(worst(checkModel(net, x, target(options.returnSequences)))).toBeLessThan(bounds.model);
    });

    it.each(SIZES)('%i units, stacked: outputs and gradients are those of f64', (units) => {
      const net = compiled(
        sequential(
          [
            input({ shape: [3, 3] }),
            make({ units, returnSequences: true }),
            make({ units: units > 9 ? 2 : units }),
            dense({ units: 2 }),
          ],
          { seed: 6 },
        ),
      );
      const frames = tensor(testData(units, 2 * 3 * 3), [2, 3, 3]);
      expect(worst(checkModel(net, frames, tensor(testData(4, 4), [2, 2])))).toBeLessThan(bounds.model);
    });

    it('in both directions', () => {
      for (const mergeMode of ['concat', 'mul'] as const) {
        const net = around(bidirectional({ layer: make({ units: 4, returnSequences: true }), mergeMode }));
        expect(worst(checkModel(net, x, target(true)))).toBeLessThan(3 * bounds.model);
        expect(load(net.save()).predict(x)).toEqual(net.predict(x));
      }
    });

    it('states out of one layer and into the next', () => {
      const start = input({ shape: [STEPS, 3] });
      const [sequence, ...states] = make({ units: 4, returnSequences: true, returnState: true }).applyAll(
        start,
      );
      const next = make({ units: 4 }).apply(sequence, { initialState: states });
      const net = model({ inputs: start, outputs: dense({ units: 2 }).apply(next), seed: 2 }) as Model;
      expect(worst(checkModel(compiled(net), x, target()))).toBeLessThan(bounds.model);
    });
  });
}

/** What holds for layers that draw masks of their own in training as well. */
export function describeSurroundings(kinds: Readonly<Record<string, Make>>, bounds: SuiteBounds): void {
  describe.each(Object.entries(kinds))('%s', (_, make) => {
    it('truncated over the whole length it changes nothing, and over less it changes gradients only', () => {
      const run = (truncate?: number) =>
        kernelGradients(around(make({ units: 5, returnSequences: true, truncate })), x, target(true));
      const plain = run();
      expect(run(STEPS)).toEqual(plain);
      const cut = run(2);
      expect(cut.loss).toBe(plain.loss);
      expect(cut.gradients).not.toEqual(plain.gradients);
    });

    it('a padded sequence trains and predicts as the bare one, whole or truncated', () => {
      const own = testData(21, STEPS * 3, 0.2, 1.4);
      const padded = new Float32Array((STEPS + 3) * 3);
      padded.set(own);
      const y = tensor(testData(22, 2), [1, 2]);
      for (const truncate of [undefined, 2]) {
        const net = (steps: number): Model => {
          const cell = make({ units: 5, dropout: 0.2, recurrentDropout: 0.3, truncate });
          return compiled(
            sequential([input({ shape: [steps, 3] }), masking(), cell, dense({ units: 2 })], { seed: 5 }),
          );
        };
        const [bare, long] = [net(STEPS), net(STEPS + 3)];
        const [short, all] = [tensor(own, [1, STEPS, 3]), tensor(padded, [1, STEPS + 3, 3])];
        expect(long.predict(all)).toEqual(bare.predict(short));
        const [want, got] = [kernelGradients(bare, short, y), kernelGradients(long, all, y)];
        expect(got.loss).toBe(want.loss);
        for (const [name, gradient] of Object.entries(want.gradients)) {
          expect(scaledDifference(got.gradients[name], gradient), name).toBeLessThan(bounds.model);
        }
      }
    });

    if (!hasKink(make)) {
      it('in both directions gradients are those of the loss, under masks of its own for each', () => {
        const both = (recurrentDropout: number): Model => {
          const layer = make({ units: 4, recurrentDropout, returnSequences: true });
          return around(bidirectional({ layer, mergeMode: 'sum' }));
        };
        const net = both(0.3);
        expect(slopeDifference(net, x, target(true))).toBeLessThan(bounds.slope);

        // Equal weights, and data that read the same from both ends: only masks can tell the directions apart.
        const difference = (own: Model): number => {
          for (const [name, { data }] of Object.entries(own.getWeights())) {
            if (name.includes('.forward.')) own.setWeights({ [name.replace('forward', 'backward')]: data });
          }
          const { gradients } = kernelGradients(own, mirrored(x), mirrored(target(true)));
          const of = (side: string): Float32Array => gradients[`bidirectional.${side}.kernel`];
          return scaledDifference(of('forward'), of('backward'));
        };
        expect(difference(net)).toBeGreaterThan(0.01);
        const { zoneout } = make({ units: 1 }).config as { zoneout?: unknown };
        if (zoneout === 0) expect(difference(both(0))).toBeLessThan(bounds.model);
      });
    }

    it('recomputed it draws the same masks', () => {
      const options = { units: 5, returnSequences: true, dropout: 0.3, recurrentDropout: 0.4 };
      const plain = kernelGradients(around(make(options)), x, target(true));
      const again = kernelGradients(around(make({ ...options, recompute: true })), x, target(true));
      expect(again.loss).toBe(plain.loss);
      for (const [name, gradient] of Object.entries(plain.gradients)) {
        expect(scaledDifference(again.gradients[name], gradient)).toBeLessThan(bounds.model);
      }
    });

    if (!hasKink(make)) {
      it.each([
        [false, false],
        [true, true],
      ])('gradients under dropout; every output %s, backwards %s', (returnSequences, goBackwards) => {
        const options = { dropout: 0.3, recurrentDropout: 0.3, returnSequences, goBackwards };
        const net = around(make({ units: 4, ...options }));
        const y = tensor(
          testData(8, target(returnSequences).data.length, 0.5, 2.5),
          target(returnSequences).shape,
        );
        expect(slopeDifference(net, x, y, bounds.step)).toBeLessThan(bounds.slope);
      });
    }

    const runs = NUMERICS.flatMap((numerics) => SIZES.map((units) => [numerics, units] as const));
    it.each(runs)('%s, %i units: the same bits in any batch, in a stream, in pieces', (numerics, units) => {
      const I = 5;
      const net = (stateful: boolean): Model => {
        const layers = [
          make({ units, returnSequences: true, stateful }),
          make({ units: 3, returnSequences: true, stateful }),
        ];
        const made = sequential([input({ shape: [null, I] }), ...layers], { numerics });
        giveWeights(made, units);
        return made;
      };
      const data = testData(units + 1, N * T * I);
      expectBatchInvariant(net(false), data, [T, I]);
      expectStreamInvariant(net(false), data, [I], true);
      expectPiecesInvariant(net(true), net(false), data, [I]);
    });

    it('saved after any batch it trains on with the same bits', () => {
      const fresh = (): Model => {
        const layers = [
          make({ units: 5, dropout: 0.2, recurrentDropout: 0.3, returnSequences: true }),
          dropout({ rate: 0.2 }),
          make({ units: 3, stateful: true }),
        ];
        const made = sequential([input({ shape: [STEPS, 3] }), ...layers, dense({ units: 2 })], { seed: 7 });
        made.compile({ optimizer: adam({ learningRate: 0.02 }), loss: 'meanSquaredError' });
        return made;
      };
      const whole = fresh();
      const saved = [0, 1, 2, 3].map((batch) => {
        const bytes = whole.save();
        whole.trainOnBatch(x, tensor(testData(batch, B * 2), [B, 2]));
        return bytes;
      });
      saved.forEach((bytes, from) => {
        const again = load(bytes) as Model;
        for (let batch = from; batch < 4; batch++)
          again.trainOnBatch(x, tensor(testData(batch, B * 2), [B, 2]));
        expect(again.fingerprint()).toBe(whole.fingerprint());
        expect(again.save()).toEqual(whole.save());
      });
      expect(new Set(saved.map((bytes) => (load(bytes) as Model).fingerprint())).size).toBe(4);
    });
  });
}
