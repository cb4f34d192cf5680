import { describe, expect, it } from 'vitest';
import { describeValue } from '../../../src/describe.js';
import { UnknownNameError, ValueError } from '../../../src/errors.js';
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  huber,
  meanSquaredError,
  sparseCategoricalCrossentropy,
} from '../../../src/training/losses/index.js';

/** A value that the types do not allow. */
const bad = (value: unknown) => value as never;

describe('options of losses', () => {
  it('have the defaults of Keras', () => {
    expect(huber().config).toEqual({ delta: 1 });
    expect(binaryCrossentropy().config).toEqual({ fromLogits: false, labelSmoothing: 0 });
    expect(categoricalCrossentropy().config).toEqual({ fromLogits: false, labelSmoothing: 0 });
    expect(sparseCategoricalCrossentropy().config).toEqual({ fromLogits: false, ignoreClass: null });
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1', null])(
    'huber refuses a delta of %s',
    (delta) => {
      if (delta === null) expect(huber({ delta: bad(null) }).config).toEqual({ delta: 1 });
      else {
        expect(() => huber({ delta: bad(delta) })).toThrow(
          new ValueError(`huber: delta is ${describeValue(delta)}, expected a finite number above 0`),
        );
      }
    },
  );

  it.each([-0.1, 1.1, Number.NaN, '0.1'])(
    'crossentropies refuse a labelSmoothing of %s',
    (labelSmoothing) => {
      for (const [name, factory] of Object.entries({ binaryCrossentropy, categoricalCrossentropy })) {
        expect(() => factory({ labelSmoothing: bad(labelSmoothing) })).toThrow(
          new ValueError(
            `${name}: labelSmoothing is ${describeValue(labelSmoothing)}, expected a number in [0, 1]`,
          ),
        );
      }
    },
  );

  it.each([0, 'yes'])('crossentropies refuse a fromLogits of %s', (fromLogits) => {
    expect(() => sparseCategoricalCrossentropy({ fromLogits: bad(fromLogits) })).toThrow(
      new ValueError(
        `sparseCategoricalCrossentropy: fromLogits is ${describeValue(fromLogits)}, expected true or false`,
      ),
    );
  });

  it.each([0.5, Number.NaN, 2 ** 25, '3'])('refuse an ignoreClass of %s', (ignoreClass) => {
    expect(() => sparseCategoricalCrossentropy({ ignoreClass: bad(ignoreClass) })).toThrow(
      `sparseCategoricalCrossentropy: ignoreClass is ${describeValue(ignoreClass)}, expected an integer`,
    );
  });

  it('refuse names that are not known', () => {
    expect(() => meanSquaredError(bad({ delta: 1 }))).toThrow(UnknownNameError);
    expect(() => sparseCategoricalCrossentropy(bad({ labelSmoothing: 0.1 }))).toThrow(
      "sparseCategoricalCrossentropy: unknown option 'labelSmoothing'",
    );
    expect(() => binaryCrossentropy(bad({ fromLogit: true }))).toThrow("did you mean 'fromLogits'?");
  });
});
