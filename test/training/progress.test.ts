import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CallbackContext } from '../../src/training/callbacks/index.js';
import { outputOf, progressBar } from '../../src/training/progress.js';
import {
  formatDuration,
  formatFigure,
  type ProgressState,
  renderFinished,
  renderLine,
  renderRunning,
} from '../../src/training/progress-render.js';
import { FakeModel } from '../harness/fake-training.js';

const state: ProgressState = {
  epoch: 2,
  epochs: 10,
  batch: 12,
  batches: 50,
  elapsed: 4.2,
  left: 92,
  logs: { loss: 0.12344, accuracy: 0.95 },
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe('rendering', () => {
  it('shows a running epoch', () => {
    expect(renderRunning(state, 120)).toBe(
      'Epoch  3/10  12/50 [====>...............] 4s, 1:32 left - loss: 0.1234 - accuracy: 0.9500',
    );
    expect(renderRunning({ ...state, left: null, batch: 1, logs: { loss: 2 } }, 120)).toBe(
      'Epoch  3/10   1/50 [>...................] 4s - loss: 2.0000',
    );
  });

  it('gives up bar, figures and time as the terminal gets narrower', () => {
    const logs = { loss: 0.5, accuracy: 0.25, valLoss: 0.75 };
    const at = (columns: number) => renderRunning({ ...state, logs }, columns);
    expect(at(100)).toBe(
      'Epoch  3/10  12/50 [==>.........] 4s, 1:32 left - loss: 0.5000 - accuracy: 0.2500 - valLoss: 0.7500',
    );
    expect(at(94)).toBe(
      'Epoch  3/10  12/50 [====>...............] 4s, 1:32 left - loss: 0.5000 - accuracy: 0.2500',
    );
    expect(at(70)).toBe('Epoch  3/10  12/50 [====>..............] 4s, 1:32 left - loss: 0.5000');
    expect(at(59)).toBe('Epoch  3/10  12/50 [=>......] 4s, 1:32 left - loss: 0.5000');
    expect(at(58)).toBe('Epoch  3/10  12/50 4s, 1:32 left - loss: 0.5000');
    expect(at(48)).toBe('Epoch  3/10  12/50 4s, 1:32 left - loss: 0.5000');
    expect(at(47)).toBe('Epoch  3/10  12/50 - loss: 0.5000');
    expect(at(20)).toBe('Epoch  3/10  12/50 ');
    expect(at(0)).toBe('');
  });

  it('never fills the last column, and is ASCII', () => {
    for (let columns = 1; columns < 140; columns++) {
      for (let batch = 0; batch <= 50; batch += 5) {
        const line = renderRunning({ ...state, batch }, columns);
        expect(line.length).toBeLessThan(columns);
        expect(line).toMatch(/^[ -~]*$/);
      }
    }
  });

  it('shows a finished epoch with every figure', () => {
    const done = { ...state, batch: 50, logs: { loss: 0.5, valLoss: 0.75 } };
    expect(renderFinished(done, 120)).toBe(
      'Epoch  3/10  50/50 [====================] 4s, 84ms/batch - loss: 0.5000 - valLoss: 0.7500',
    );
    expect(renderFinished(done, 30)).toBe(
      'Epoch  3/10  50/50 4s, 84ms/batch - loss: 0.5000 - valLoss: 0.7500',
    );
    expect(renderFinished({ ...done, batch: 25 }, 120)).toContain(
      '25/50 [==========>.........] 4s, 168ms/batch',
    );
  });

  it('shows an epoch as a plain line', () => {
    expect(renderLine({ ...state, batch: 50 })).toBe(
      'Epoch 3/10 - 4s - 84ms/batch - loss: 0.1234 - accuracy: 0.9500',
    );
    expect(renderLine({ ...state, batch: 50, elapsed: 0.032, logs: {} })).toBe(
      'Epoch 3/10 - 0s - 640us/batch',
    );
    expect(renderLine({ ...state, batch: 4, elapsed: 5, logs: {} })).toBe('Epoch 3/10 - 5s - 1.25s/batch');
    expect(renderLine({ ...state, batch: 0, batches: 0, logs: {} })).toBe('Epoch 3/10 - 4s - 0us/batch');
  });

  it('formats figures', () => {
    const shown: [number, string][] = [
      [0, '0.0000'],
      [1, '1.0000'],
      [-0.5, '-0.5000'],
      [0.001, '0.0010'],
      [0.000999, '9.9900e-4'],
      [-1.23456e-7, '-1.2346e-7'],
      [999999, '999999.0000'],
      [1234567, '1.2346e+6'],
      [Number.NaN, 'NaN'],
      [Number.NEGATIVE_INFINITY, '-Infinity'],
    ];
    for (const [value, text] of shown) expect(formatFigure(value)).toBe(text);
  });

  it('formats durations', () => {
    const shown: [number, string][] = [
      [0, '0s'],
      [0.6, '1s'],
      [59.4, '59s'],
      [59.6, '1:00'],
      [92, '1:32'],
      [3599.7, '1:00:00'],
      [7509, '2:05:09'],
    ];
    for (const [value, text] of shown) expect(formatDuration(value)).toBe(text);
  });
});

/** A bar on a clock set by hand, and what it wrote. */
function bench(isTerminal: boolean, verbose: 0 | 1 | 2, columns = 120) {
  const written: string[] = [];
  const time = { now: 5000 };
  const bar = progressBar({
    output: { isTerminal, columns: () => columns, write: (text) => void written.push(text) },
    clock: () => time.now,
  });
  const params = { epochs: 2, batches: 4, samples: 16, verbose };
  const context: CallbackContext = { model: new FakeModel(), params };
  const train = (milliseconds: number, firstEpoch = 0) => {
    bar.onTrainBegin?.(context);
    for (let epoch = firstEpoch; epoch < 2; epoch++) {
      bar.onEpochBegin?.(epoch, context);
      for (let batch = 0; batch < 4; batch++) {
        time.now += milliseconds;
        bar.onBatchEnd?.(batch, { loss: 1 - batch / 8 }, context);
      }
      time.now += 1000;
      bar.onEpochEnd?.(epoch, { loss: 0.5, valLoss: 0.25 }, context);
    }
    bar.onTrainEnd?.({}, context);
  };
  return { bar, written, time, context, train };
}

describe('progressBar', () => {
  it('draws over one line in a terminal, one line an epoch', () => {
    const { written, train } = bench(true, 1);
    train(500);
    expect(written).toEqual([
      // One batch in 0.5 s, seven to go.
      '\rEpoch 1/2  1/4 [=====>..............] 1s, 4s left - loss: 1.0000',
      '\rEpoch 1/2  2/4 [==========>.........] 1s, 3s left - loss: 0.8750',
      '\rEpoch 1/2  3/4 [===============>....] 2s, 3s left - loss: 0.7500',
      '\rEpoch 1/2  4/4 [====================] 2s, 2s left - loss: 0.6250',
      '\rEpoch 1/2  4/4 [====================] 3s, 750ms/batch - loss: 0.5000 - valLoss: 0.2500',
      '\n',
      // 3 s for the four batches after the first, the second of validation among them; three to go.
      '\rEpoch 2/2  1/4 [=====>..............] 1s, 2s left - loss: 1.0000',
      '\rEpoch 2/2  2/4 [==========>.........] 1s, 1s left - loss: 0.8750',
      '\rEpoch 2/2  3/4 [===============>....] 2s, 1s left - loss: 0.7500',
      '\rEpoch 2/2  4/4 [====================] 2s, 0s left - loss: 0.6250',
      '\rEpoch 2/2  4/4 [====================] 3s, 750ms/batch - loss: 0.5000 - valLoss: 0.2500',
      '\n',
    ]);
  });

  it('covers what was longer before', () => {
    const { bar, written, time, context } = bench(true, 1);
    bar.onTrainBegin?.(context);
    bar.onEpochBegin?.(0, context);
    bar.onBatchEnd?.(0, { loss: 1, accuracy: 0.5 }, context);
    time.now += 200;
    bar.onBatchEnd?.(1, { loss: 1 }, context);
    const [long, short] = written;
    expect(short).toHaveLength(long.length);
    expect(short.trimEnd()).toMatch(/loss: 1\.0000$/);
  });

  it('draws at most every tenth of a second, and the last batch', () => {
    const { written, train } = bench(true, 1);
    train(40);
    const drawn = written.filter((text) => text.includes('left')).map((text) => text.slice(12, 15));
    expect(drawn).toEqual(['1/4', '4/4', '1/4', '4/4']);
  });

  it('ends a line left open', () => {
    const { bar, written, context } = bench(true, 1);
    bar.onTrainBegin?.(context);
    bar.onEpochBegin?.(0, context);
    bar.onBatchEnd?.(0, { loss: 1 }, context);
    bar.close();
    bar.close();
    expect(written.slice(1)).toEqual(['\n']);
  });

  it('tells the time left when training goes on from a later epoch', () => {
    const { written, train } = bench(true, 1);
    train(500, 1);
    expect(written[0]).toBe('\rEpoch 2/2  1/4 [=====>..............] 1s, 2s left - loss: 1.0000');
  });

  const lines = [
    'Epoch 1/2 - 3s - 750ms/batch - loss: 0.5000 - valLoss: 0.2500\n',
    'Epoch 2/2 - 3s - 750ms/batch - loss: 0.5000 - valLoss: 0.2500\n',
  ];

  it.each<[string, boolean, 0 | 1 | 2, string[]]>([
    ['a line an epoch when piped', false, 1, lines],
    ['a line an epoch with verbose 2', true, 2, lines],
    ['a line an epoch with verbose 2 when piped', false, 2, lines],
    ['nothing with verbose 0', true, 0, []],
    ['nothing with verbose 0 when piped', false, 0, []],
  ])('writes %s', (_, isTerminal, verbose, expected) => {
    const { written, train } = bench(isTerminal, verbose);
    train(500);
    expect(written).toEqual(expected);
  });
});

describe('outputOf', () => {
  it('draws only on a terminal that can', () => {
    const written: string[] = [];
    const stdout = { isTTY: true, columns: 93, write: (text: string) => written.push(text) };
    const output = outputOf({ stdout, env: { TERM: 'xterm' } });
    expect([output.isTerminal, output.columns()]).toEqual([true, 93]);
    stdout.columns = 40;
    expect(output.columns()).toBe(40);
    output.write('text\n');
    expect(written).toEqual(['text\n']);
    expect(outputOf({ stdout, env: { TERM: 'dumb' } }).isTerminal).toBe(false);
    const piped = outputOf({ stdout: { write: () => true } });
    expect([piped.isTerminal, piped.columns()]).toEqual([false, 80]);
  });

  it('goes to the console where there is no standard output', () => {
    const print = vi.spyOn(console, 'log').mockImplementation(() => {});
    for (const process of [undefined, {}, { stdout: {} }]) {
      const output = outputOf(process);
      expect(output.isTerminal).toBe(false);
      output.write('a line\n');
    }
    expect(print.mock.calls).toEqual([['a line'], ['a line'], ['a line']]);
  });
});
