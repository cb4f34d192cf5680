import { layerNormalization } from '../../../layers/normalization/index.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';
import type { Tensor } from '../../../tensor.js';
import type { Builder } from '../node.js';
import { look, ofFunction, ofTwo } from './look.js';

/** What the mean over the last axis is of. */
function meanOf(value: SymbolicTensor): SymbolicTensor | null {
  const made = look(value);
  if (made?.type !== 'reduce' || made.config.operation !== 'mean') return null;
  const [x] = made.inputs;
  return made.config.axis === x.shape.length || made.config.axis === -1 ? x : null;
}

/** x of x − mean(x). */
function centredOf(value: SymbolicTensor): SymbolicTensor | null {
  const [x, mean] = ofTwo(value, 'subtract') ?? [];
  return x !== undefined && meanOf(mean) === x ? x : null;
}

/** The value whose squares are: v², or v · v. */
function squareOf(value: SymbolicTensor): SymbolicTensor | null {
  const power = ofFunction(value, 'power');
  if (power !== null) return power.alpha === 2 ? power.x : null;
  const [a, b] = ofTwo(value, 'multiply') ?? [];
  return a !== undefined && a === b ? a : null;
}

/** (x − mean(x)) / √(mean((x − mean(x))²) + epsilon) */
function normalisedOf(
  value: SymbolicTensor,
): { readonly x: SymbolicTensor; readonly epsilon: number } | null {
  const divided = ofTwo(value, 'divide');
  const product = ofTwo(value, 'multiply');
  const inverse = product && ofFunction(product[1], 'reciprocal');
  const centred = divided?.[0] ?? (inverse && product?.[0]);
  const root = divided?.[1] ?? inverse?.x;
  const x = centred ? centredOf(centred) : null;
  const inside = root && ofFunction(root, 'sqrt');
  const sum = inside ? ofFunction(inside.x, 'affine') : null;
  if (x === null || sum === null || (sum.alpha ?? 1) !== 1 || !((sum.beta ?? 0) > 0)) return null;
  const squares = meanOf(sum.x);
  const squared = squares && squareOf(squares);
  return squared && centredOf(squared) === x ? { x, epsilon: sum.beta as number } : null;
}

interface Config {
  readonly epsilon: number;
  readonly gamma: unknown;
  readonly beta: unknown;
}

/** A weight of one number for each feature. */
function featureWeight(list: Builder, value: SymbolicTensor, operation: string): Tensor | null {
  const made = look(value);
  if (made?.type !== 'operand' || made.config.operation !== operation) return null;
  const { data, shape } = list.of(made.layer).operand ?? { data: [], shape: [] };
  const features = made.inputs[0].shape[made.inputs[0].shape.length - 1];
  if (data.length !== features || shape[shape.length - 1] !== features) return null;
  return { data: Float32Array.from(data), shape: [data.length] };
}

/** Layer normalization that is spelled out, and the scale and shift behind one. */
export function asLayerNormalization(list: Builder, value: SymbolicTensor): SymbolicTensor | null {
  const found = normalisedOf(value);
  if (found !== null) {
    const { x, epsilon } = found;
    const make = (name: string) => layerNormalization({ epsilon, scale: false, center: false, name });
    return list.layer('layerNormalization', null, make).apply(x);
  }
  const gamma = featureWeight(list, value, 'multiply');
  const beta = gamma === null ? featureWeight(list, value, 'add') : null;
  const [from] = value.node.inputs;
  const inner = gamma === null && beta === null ? null : look(from);
  if (inner?.type !== 'layerNormalization') return null;
  const config = inner.config as unknown as Config;
  if (config.beta || (gamma !== null && config.gamma)) return null;
  const weights = { ...list.of(inner.layer), ...(gamma && { gamma }), ...(beta && { beta }) };
  const options = { epsilon: config.epsilon, scale: 'gamma' in weights, center: beta !== null };
  const make = (name: string) => layerNormalization({ ...options, name });
  return list.layer('layerNormalization', null, make, weights).apply(inner.inputs);
}
