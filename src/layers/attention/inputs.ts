import { ShapeError } from '../../errors.js';
import { formatShape, type OpenShape } from '../../shape.js';

/** Which input each part is: inputs are query, value and key, and a part that is not given is the one before. */
export interface Sources {
  readonly query: number;
  readonly key: number;
  readonly value: number;
  /** The mask of pairs, behind them, or null. */
  readonly mask: number | null;
}

/** @param masked whether a mask of pairs is the last input */
export function sources(inputs: number, masked = false): Sources {
  const parts = masked ? inputs - 1 : inputs;
  const value = Math.min(1, parts - 1);
  return { query: 0, key: parts > 2 ? 2 : value, value, mask: masked ? parts : null };
}

const differ = (a: number | null, b: number | null): boolean => a !== null && b !== null && a !== b;

/** @throws ShapeError unless all are sequences, keys are as many as values, and a mask is of all queries and keys */
export function checkInputs(inputs: readonly OpenShape[], name: string, masked = false): void {
  const from = sources(inputs.length, masked);
  const came = inputs.map((shape) => formatShape([null, ...shape])).join(' and ');
  if (masked && inputs.length < 2) {
    throw new ShapeError(`${name}: inputs have shapes ${came}, expected a mask [batch, T, S] as the last`);
  }
  const parts = from.mask === null ? inputs : inputs.slice(0, from.mask);
  if (parts.some((shape) => shape.length !== 2 || shape[1] === null)) {
    throw new ShapeError(`${name}: inputs have shapes ${came}, expected sequences [batch, time, features]`);
  }
  if (differ(inputs[from.key][0], inputs[from.value][0])) {
    throw new ShapeError(`${name}: inputs have shapes ${came}, expected keys (the third) as long as values`);
  }
  if (from.mask === null) return;
  const mask = inputs[from.mask];
  const pairs = [inputs[from.query][0], inputs[from.key][0]];
  if (mask.length === 2 && !mask.some((size, i) => differ(size, pairs[i]))) return;
  throw new ShapeError(
    `${name}: inputs have shapes ${came}, expected a mask ${formatShape([null, ...pairs])} as the last`,
  );
}

/**
 * The output's shape of attention that compares queries and keys of equal size.
 * @throws ShapeError for other inputs
 */
export function checkCompared(
  inputs: readonly OpenShape[],
  name: string,
  masked: boolean,
  sameFeatures = true,
): OpenShape {
  checkInputs(inputs, name, masked);
  const from = sources(inputs.length, masked);
  const came = inputs.map((shape) => formatShape([null, ...shape])).join(' and ');
  const parts = from.mask ?? inputs.length;
  if (parts < 2) {
    throw new ShapeError(`${name}: inputs have shapes ${came}, expected a query and a value, or a key too`);
  }
  if (parts > 3) throw new ShapeError(`${name}: has ${inputs.length} inputs, expected query, value and key`);
  if (sameFeatures && inputs[from.query][1] !== inputs[from.key][1]) {
    throw new ShapeError(`${name}: inputs have shapes ${came}, expected as many features in query and key`);
  }
  return [inputs[from.query][0], inputs[from.value][1]];
}

/** Why attention that keeps nothing cannot take single steps: it can where value and key are given whole. */
export function refusesSightStep(
  config: { readonly useCausalMask: boolean; readonly useAttentionMask: boolean },
  { query, key, value }: Sources,
  whole: readonly boolean[] = [],
): string | undefined {
  if (config.useAttentionMask) return 'its mask of pairs belongs to whole sequences';
  if (whole[query] || !whole[key] || !whole[value])
    return 'every step of the query meets every step of the value';
  return config.useCausalMask ? 'useCausalMask lets a step see less than the values given whole' : undefined;
}
