import { Layer, maxNorm, ValueError } from '../../../src/index.js';
import { resolverOfCells } from '../../../src/layers/registry.js';
import { type WeightConfig, weightConfig } from '../../../src/layers/weight.js';
import type { OpenShape } from '../../../src/shape.js';
import { ownGru } from '../own-cells.js';

type Fields = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isWeight = (value: unknown): value is WeightConfig =>
  isRecord(value) && 'initializer' in value && 'regularizer' in value && 'constraint' in value;

/** How a weight starts and is kept in bounds, other than by default. */
const WEIGHT = weightConfig('weight', {
  initializer: 'heNormal',
  regularizer: 'l2',
  constraint: maxNorm({ maxValue: 3 }),
});

/** Options that act in training alone. */
const RATES = ['dropout', 'recurrentDropout'];

/** Whether a layer has a weight whose name ends so: an option of one it has not acts on nothing. */
type Has = (name: string) => boolean;

function changed(config: Fields, weight: WeightConfig, has: Has): Fields {
  const entries = Object.entries(config).map(([name, value]): [string, unknown] => {
    if (isWeight(value)) return [name, has(name) ? weight : value];
    if (RATES.includes(name) && value === 0) return [name, 0.25];
    if (isRecord(value)) return [name, changed(value, weight, has)];
    return [
      name,
      Array.isArray(value)
        ? value.map((part) => (isRecord(part) ? changed(part, weight, has) : part))
        : value,
    ];
  });
  return Object.fromEntries(entries);
}

/** The layer with initializers, regularizers, constraints and dropout other than by default, as far as it has them. */
export function withAllOptions(
  { definition, config, label, givenName }: Layer,
  inputs: readonly OpenShape[],
): Layer {
  const weights = definition.parameters(config, inputs).map(({ name }) => name.toLowerCase());
  const has: Has = (name) => weights.some((weight) => weight.endsWith(name.toLowerCase()));
  const saved = JSON.parse(JSON.stringify(config));
  const cells = resolverOfCells('table', definition.type === ownGru.name ? [ownGru] : []);
  const restored = (given: object): Layer =>
    new Layer(definition, definition.restore(given, label, cells), givenName);
  try {
    return restored(changed(saved, WEIGHT, has));
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    return restored(changed(saved, { ...WEIGHT, regularizer: null, constraint: null }, has));
  }
}

const constraint = (weight: WeightConfig): unknown => weight.constraint;

/** Options that say the same in several ways: an axis counted from either end. */
const EQUIVALENT = ['axis'];

/** Words for what a config had that another has not: 'initializers', 'dropout', or the option's own name. */
export function lost(given: unknown, read: unknown, name = ''): string[] {
  const [before, after] = [given, read].map((value) => JSON.parse(JSON.stringify(value ?? null)));
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  // A format may keep 32 bits of a number.
  if (typeof before === 'number' && typeof after === 'number' && Math.fround(before) === Math.fround(after)) {
    return [];
  }
  if (isWeight(before) && isWeight(after)) {
    const penalty = ({ regularizer }: WeightConfig): unknown => [regularizer?.l1 ?? 0, regularizer?.l2 ?? 0];
    const parts = { initializer: (w: WeightConfig) => w.initializer, regularizer: penalty, constraint };
    return Object.entries(parts)
      .filter(([, of]) => JSON.stringify(of(before)) !== JSON.stringify(of(after)))
      .map(([part]) => `${part}s`);
  }
  if (isRecord(before) && isRecord(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return [...new Set(names.flatMap((key) => lost(before[key], after[key], key)))];
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return [...new Set(before.flatMap((part, i) => lost(part, after[i], name)))];
  }
  return EQUIVALENT.includes(name) ? [] : [name];
}
