import { checkList } from '../../check.js';
import { describeValue } from '../../describe.js';
import { unknownName, ValueError } from '../../errors.js';
import type { Callback } from './callback.js';

const METHODS: readonly (keyof Callback)[] = [
  'onTrainBegin',
  'onEpochBegin',
  'onBatchEnd',
  'onEpochEnd',
  'onTrainEnd',
];

/** The callbacks of a list, each with at least one method of a callback. @throws ValueError, UnknownNameError */
export function checkCallbacks(where: string, callbacks: unknown): readonly Callback[] {
  return checkList(where, 'callbacks', callbacks).map((callback, i) =>
    checkCallback(`${where}: callbacks[${i}]`, callback),
  );
}

function checkCallback(where: string, callback: unknown): Callback {
  const isObject = typeof callback === 'object' && callback !== null;
  if (isObject) {
    const methods = callback as Record<string, unknown>;
    for (const key of Object.keys(methods)) {
      const isMisspelt = /^on[A-Z]/.test(key) && !(METHODS as readonly string[]).includes(key);
      if (isMisspelt) throw unknownName(where, 'method', key, METHODS);
    }
    const given = METHODS.filter((name) => methods[name] !== undefined);
    for (const name of given) {
      if (typeof methods[name] !== 'function') {
        throw new ValueError(`${where}: ${name} must be a function, got ${describeValue(methods[name])}`);
      }
    }
    if (given.length > 0) return callback as Callback;
  }
  throw new ValueError(
    `${where}: expected an object with at least one of ${METHODS.join(', ')}, got ${describeValue(callback)}`,
  );
}
