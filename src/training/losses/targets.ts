import type { TargetFault } from './loss.js';

/** Checks that targets of one kind share; each gives the first target at fault in row order. */
type TargetCheck = (targets: Float32Array, rows: number, outputs: number) => TargetFault | null;

function everyTarget(accepts: (value: number) => boolean, expected: string): TargetCheck {
  return (targets, rows, outputs) => {
    for (let i = 0; i < rows * outputs; i++) {
      if (!accepts(targets[i])) {
        return { row: Math.floor(i / outputs), column: i % outputs, value: targets[i], expected };
      }
    }
    return null;
  };
}

/** Any number: whether NaN and Infinity pass is for the check of the data to say. */
export const anyTarget: TargetCheck = () => null;

export const probabilityTarget = everyTarget((v) => v >= 0 && v <= 1, 'a number in [0, 1]');

export const countTarget = everyTarget((v) => v >= 0, 'a number not below 0');

const binaryLabel = everyTarget((v) => v === 0 || v === 1, '0 or 1, as the labels before it');
const signLabel = everyTarget((v) => v === -1 || v === 1, '-1 or 1, as the labels before it');
const anyLabel = everyTarget((v) => v === -1 || v === 0 || v === 1, '-1 or 1, or else 0 or 1');

/** Labels −1 and 1, or else 0 and 1: one of the two throughout. */
export const hingeTarget: TargetCheck = (targets, rows, outputs) => {
  const used = targets.subarray(0, rows * outputs);
  const first = used.find((v) => v !== 1);
  const check = first === 0 ? binaryLabel : first === -1 ? signLabel : anyLabel;
  return check(targets, rows, outputs);
};

/** Class ids [rows], integers in [0, outputs), or the ignored class. */
export function classTarget(ignoreClass: number | null): TargetCheck {
  return (targets, rows, outputs) => {
    for (let row = 0; row < rows; row++) {
      const value = targets[row];
      if (value === ignoreClass || (Number.isInteger(value) && value >= 0 && value < outputs)) continue;
      const range = outputs === 1 ? 'the class 0' : `an integer class from 0 to ${outputs - 1}`;
      const ignored = ignoreClass === null ? '' : `, or the ignored class ${ignoreClass}`;
      return { row, column: 0, value, expected: range + ignored };
    }
    return null;
  };
}
