import { activation } from '../../../layers/activation.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';
import type { Builder } from '../node.js';
import { near, ofFunction, ofTwo } from './look.js';

/** A number times a value; 1 where there is none. */
function factorOf(value: SymbolicTensor): { readonly x: SymbolicTensor; readonly by: number } {
  const found = ofFunction(value, 'affine');
  if (found === null || (found.beta ?? 0) !== 0) return { x: value, by: 1 };
  return { x: found.x, by: found.alpha ?? 1 };
}

/** x of k · (1 + erf(x / √2)). */
function errorOf(value: SymbolicTensor): { readonly x: SymbolicTensor; readonly by: number } | null {
  const sum = ofFunction(value, 'affine');
  const error = sum && ofFunction(sum.x, 'erf');
  if (sum === null || error === null || (sum.alpha ?? 1) !== sum.beta) return null;
  const { x, by } = factorOf(error.x);
  return near(by, Math.SQRT1_2) ? { x, by: sum.beta as number } : null;
}

/** ½ x (1 + erf(x / √2)), with the ½ at any of its places. */
export function asGelu(list: Builder, value: SymbolicTensor): SymbolicTensor | null {
  const outer = factorOf(value);
  const pair = ofTwo(outer.x, 'multiply');
  if (pair === null) return null;
  for (const [a, b] of [pair, [pair[1], pair[0]]]) {
    const error = errorOf(b);
    if (error === null) continue;
    const whole = a === error.x ? { x: a, by: 1 } : factorOf(a);
    if (whole.x !== error.x || !near(outer.by * whole.by * error.by, 0.5)) continue;
    return list.layer('activation', null, (name) => activation({ activation: 'gelu', name })).apply(whole.x);
  }
  return null;
}
