import { describe, expect, it } from 'vitest';
import * as errors from '../../src/errors.js';

const { RecurraError, ShapeError, UnknownNameError, ValueError } = errors;

type Classes = typeof errors;

/** The same classes once more, as an entry that is bundled apart has them. */
const APART = '../../src/errors.js?apart';
const others: Classes = await import(/* @vite-ignore */ APART);

describe('kinds of errors', () => {
  it('are the same in entries that share no code', () => {
    expect(others.ShapeError).not.toBe(ShapeError);
    const theirs = new others.UnknownNameError('no such name');
    expect(theirs instanceof UnknownNameError).toBe(true);
    expect(theirs instanceof ValueError).toBe(true);
    expect(theirs instanceof RecurraError).toBe(true);
    expect(theirs instanceof ShapeError).toBe(false);
    expect(new others.ValueError('') instanceof UnknownNameError).toBe(false);
    expect(new TypeError('') instanceof RecurraError).toBe(false);
    for (const value of [null, undefined, 'ShapeError', {}, Object.create(null), { name: 'ShapeError' }]) {
      expect((value as unknown) instanceof ShapeError).toBe(false);
    }
  });

  it('have their names, and those of users are their own', () => {
    class Own extends ShapeError {}
    const own = new Own('mine', { cause: 3 });
    expect([own.name, own.message, own.cause]).toEqual(['ShapeError', 'mine', 3]);
    expect(own instanceof Own && own instanceof ShapeError && own instanceof others.ShapeError).toBe(true);
    expect(new others.ShapeError('') instanceof Own).toBe(false);
    expect(new ShapeError('') instanceof Own).toBe(false);
    expect(String(new errors.FormatError('cut short'))).toBe('FormatError: cut short');
  });

  it.each(Object.entries(errors).filter(([name]) => name.endsWith('Error')))(
    '%s says its name',
    (name, type) => {
      expect(new (type as typeof RecurraError)('').name).toBe(name);
    },
  );
});
