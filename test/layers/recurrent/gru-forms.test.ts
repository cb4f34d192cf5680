import { describe, expect, it } from 'vitest';
import {
  bidirectional,
  dense,
  type GRUForm,
  gru,
  input,
  load,
  type Model,
  mgu,
  quantize,
  sequential,
  tensor,
  ValueError,
} from '../../../src/index.js';
import { definitionOf } from '../../../src/layers/registry.js';
import { bitsOf, giveWeights } from '../../harness/bits.js';
import { testData } from '../../harness/random.js';
import { describeRecurrent } from '../../harness/recurrent-suite.js';

/** Largest difference of two networks that are one but for the sign of a gate's argument. Measured: 1.2e-7. */
const MIRROR_BOUND = 3e-7;

const FORMS: readonly GRUForm[] = ['resetAfter', 'resetBefore', 'updateGated', 'split'];

describeRecurrent(
  {
    'gru updateGated': (options) => gru({ ...options, form: 'updateGated' }),
    'gru split': (options) => gru({ ...options, form: 'split' }),
    'gru split, gate on the candidate': (options) =>
      gru({ ...options, form: 'split', updateGate: 'candidate' }),
    'gru split, other activations': (options) =>
      gru({ ...options, form: 'split', activation: 'softsign', recurrentActivation: 'hardSigmoid' }),
  },
  // Measured: 9.8e-7 and 9.5e-5.
  { model: 2e-6, slope: 2e-4 },
);

const [B, T, I, H] = [4, 6, 3, 5];
const x = tensor(testData(1, B * T * I), [B, T, I]);

function net(options: Partial<Parameters<typeof gru>[0]>): Model {
  const layer = gru({ units: H, returnSequences: true, name: 'cell', ...options });
  return sequential([input({ shape: [T, I] }), layer], { seed: 3 });
}

describe.each(FORMS)('form %s', (form) => {
  it('with the update gate on the candidate is the same network with z mirrored', () => {
    const usual = net({ form });
    giveWeights(usual, 4);
    const mirror = net({ form, updateGate: 'candidate' });
    for (const [name, { data, shape }] of Object.entries(usual.getWeights())) {
      const columns = shape[shape.length - 1];
      mirror.setWeights({ [name]: data.map((v, i) => (i % columns < H ? -v : v)) });
    }
    const [a, b] = [usual, mirror].map((one) => one.predict(x).data);
    expect(Math.max(...a.map((v, i) => Math.abs(v - b[i])))).toBeLessThan(MIRROR_BOUND);
    expect(Math.max(...a.map(Math.abs))).toBeGreaterThan(0.3);
  });

  it('comes back from a file, alone and in both directions', () => {
    for (const layer of [
      gru({ units: H, form, updateGate: 'candidate' }),
      bidirectional({ layer: gru({ units: H, form }) }),
    ]) {
      const first = sequential([input({ shape: [T, I] }), layer], { seed: 3 });
      giveWeights(first, 5);
      expect(bitsOf(load(first.save()).predict(x).data)).toEqual(bitsOf(first.predict(x).data));
    }
  });

  it('has weights for its gates', () => {
    const gates = form === 'updateGated' ? 2 : 3;
    const shapes = Object.values(net({ form }).getWeights()).map(({ shape }) => shape);
    const bias = form === 'resetAfter' ? [2, 3 * H] : [gates * H];
    expect(shapes).toEqual([[I, gates * H], [H, gates * H], bias]);
  });

  it('is another function than every other form', () => {
    const outputs = FORMS.map((other) => {
      const one = net({ form: other, useBias: false });
      for (const [name, { data, shape }] of Object.entries(one.getWeights())) {
        // z and h have the same columns in each form.
        const whole = testData(name.length, 3 * H * shape[0], -0.8, 1);
        const gates = data.length / (shape[0] * H);
        one.setWeights({
          [name]: data.map((_, i) => {
            const [row, column] = [Math.floor(i / (gates * H)), i % (gates * H)];
            return whole[row * 3 * H + (gates === 2 && column >= H ? column + H : column)];
          }),
        });
      }
      return one.predict(x).data;
    });
    const own = outputs[FORMS.indexOf(form)];
    outputs.forEach((y, i) => {
      const largest = Math.max(...y.map((v, j) => Math.abs(v - own[j])));
      if (FORMS[i] === form) expect(largest).toBe(0);
      else expect(largest).toBeGreaterThan(0.02);
    });
  });
});

it("the update-gated form with the gate on the candidate is mgu's recurrence, bit for bit", () => {
  const one = net({ form: 'updateGated', updateGate: 'candidate' });
  giveWeights(one, 6);
  const other = sequential([
    input({ shape: [T, I] }),
    mgu({ units: H, returnSequences: true, name: 'cell' }),
  ]);
  other.setWeights(one.getWeights());
  expect(bitsOf(other.predict(x).data)).toEqual(bitsOf(one.predict(x).data));
});

describe('resetAfter, as Keras has it', () => {
  it.each([
    [true, 'resetAfter'],
    [false, 'resetBefore'],
    [undefined, 'resetAfter'],
  ] as const)('%s is form %s', (resetAfter, form) => {
    const [a, b] = [net({ resetAfter }), net({ form })];
    for (const one of [a, b]) giveWeights(one, 7);
    expect(bitsOf(a.predict(x).data)).toEqual(bitsOf(b.predict(x).data));
    expect(net({ resetAfter, form }).save()).toEqual(net({ form }).save());
  });

  it('names the form in files that know no other name for it', () => {
    for (const [resetAfter, form] of [
      [true, 'resetAfter'],
      [false, 'resetBefore'],
    ] as const) {
      const { definition, config } = gru({ units: H, form });
      const { form: _, ...rest } = config as { form?: string };
      expect(definition.restore({ ...rest, resetAfter }, 'gru', definitionOf)).toEqual(config);
    }
  });

  it('may not say another than form does', () => {
    expect(() => gru({ units: 2, resetAfter: true, form: 'split' })).toThrow(
      "gru: resetAfter: true is form 'resetAfter', but form is 'split'",
    );
    expect(() => gru({ units: 2, resetAfter: false, form: 'resetAfter' })).toThrow(ValueError);
  });
});

it('refuses what is no form', () => {
  expect(() => gru({ units: 2, form: 'resetBofore' as GRUForm })).toThrow(
    /gru: unknown form 'resetBofore'; did you mean 'resetBefore'\?/,
  );
  expect(() => gru({ units: 2, form: 3 as never })).toThrow(/gru: form must be/);
  expect(() => gru({ units: 2, resetAfter: 'yes' as never })).toThrow(/gru: resetAfter must be/);
});

it('the new forms stay in f32 in a quantised model', () => {
  for (const form of ['updateGated', 'split'] as const) {
    const layers = [input({ shape: [T, I] }), gru({ units: H, form })];
    expect(() => quantize(sequential(layers))).toThrow(`gru: form '${form}' of a gru has no 8-bit form`);
    const whole = sequential([...layers, dense({ units: 2 })]);
    expect(quantize(whole).getWeights()['gru.kernel']).toEqual(whole.getWeights()['gru.kernel']);
  }
});
