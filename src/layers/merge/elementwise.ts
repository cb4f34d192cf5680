import { checkOptionNames, ShapeError } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import { sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import {
  type BackwardBinding,
  type BaseOptions,
  type Binding,
  Layer,
  type LayerDefinition,
} from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreNone } from '../restore.js';
import { clearGradient, clearUncounted, operandOf, recordAnyMask, recordOperands } from './masks.js';
import { commonShape } from './shapes.js';

/** Options of the layers that merge inputs element by element. */
export interface MergeOptions extends BaseOptions {}

type Config = Readonly<Record<string, never>>;

const floats = (k: Binding): number => k.batch * sizeOf(k.outputShapes[0]);

/** Numbers in the mask of a sequence. */
const maskRows = (k: Binding): number => k.batch * k.outputShapes[0][0];

const indices = (k: Binding): number[] => k.inputShapes.map((_, i) => i);

type Place = (k: Binding, input: number) => Ref;

const inputOf: Place = (k, input) => k.input(input);

/** out ← ((x₀ ∘ x₁) ∘ x₂) ∘ …, by rising input. */
function chain(k: Binding, of: Place, record: (out: Ref, a: Ref, b: Ref, n: number) => void): void {
  const y = k.output();
  let left = of(k, 0);
  for (const i of indices(k).slice(1)) {
    record(y, left, of(k, i), floats(k));
    left = y;
  }
}

interface Merge {
  readonly type: string;
  readonly inputs?: number;
  /** What an input counts as at steps that a mask takes out of it; without, inputs are taken as they are. */
  readonly neutral?: number;
  forward(k: Binding): void;
  backward(k: BackwardBinding): void;
}

function defineMerge({ type, inputs, neutral, forward, backward }: Merge): LayerDefinition<Config> {
  const run = (k: Binding, rows: number): void => {
    if (neutral !== undefined) recordOperands(k, neutral, rows);
    forward(k);
    recordAnyMask(k, rows);
    if (neutral !== undefined) clearUncounted(k, k.output(), rows);
  };
  return {
    type,
    restore: restoreNone,
    maxInputs: Number.POSITIVE_INFINITY,
    outputShapes(_config, shapes, name) {
      if (inputs !== undefined && shapes.length !== inputs) {
        throw new ShapeError(`${name}: got ${shapes.length} inputs, expected ${inputs}`);
      }
      return [commonShape(shapes, name)];
    },
    parameters: () => [],
    forward: (_config, k) => run(k, maskRows(k)),
    backward: (_config, k) => backward(k),
    masks: (_config, masked) => [!masked.includes(false)],
    step: (_config, k) => run(k, k.batch),
  };
}

const addInputs = (k: Binding): void => chain(k, inputOf, (y, a, b, n) => k.emit(kernels.add, y, a, b, n));

function extreme(type: string, largest: 0 | 1): LayerDefinition<Config> {
  return defineMerge({
    type,
    neutral: largest === 1 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY,
    forward: (k) => chain(k, operandOf, (y, a, b, n) => k.emit(kernels.extreme_forward, y, a, b, n, largest)),
    backward(k) {
      const n = floats(k);
      const left = k.buffer('left', n);
      k.emit(kernels.copy, left, k.outputGradient(), n);
      for (const i of indices(k)) {
        const dx = k.inputGradient(i) ?? at(k.buffer('unwanted', n));
        k.emit(kernels.extreme_backward, dx, left, operandOf(k, i), k.output(), n);
      }
    },
  });
}

const addition = defineMerge({
  type: 'add',
  forward: addInputs,
  backward(k) {
    for (const i of indices(k)) k.setInputGradient(i, k.outputGradient() as Ref);
  },
});

const subtraction = defineMerge({
  type: 'subtract',
  inputs: 2,
  forward(k) {
    const negative = k.buffer('negative', floats(k));
    k.emit(kernels.scale, negative, k.input(1), floats(k), -1);
    k.emit(kernels.add, k.output(), k.input(0), negative, floats(k));
  },
  backward(k) {
    const dy = k.outputGradient() as Ref;
    k.setInputGradient(0, dy);
    const dx = k.inputGradient(1);
    if (dx !== null) k.emit(kernels.scale, dx, dy, floats(k), -1);
  },
});

const multiplication = defineMerge({
  type: 'multiply',
  neutral: 1,
  forward: (k) => chain(k, operandOf, (y, a, b, n) => k.emit(kernels.mul, y, a, b, n)),
  backward(k) {
    for (const i of indices(k)) {
      const dx = k.inputGradient(i);
      if (dx === null) continue;
      let product = k.outputGradient() as Ref;
      for (const j of indices(k).filter((other) => other !== i)) {
        k.emit(kernels.mul, dx, product, operandOf(k, j), floats(k));
        product = dx;
      }
      clearGradient(k, dx, i, maskRows(k));
    }
  },
});

const mean = defineMerge({
  type: 'average',
  forward(k) {
    addInputs(k);
    k.emit(kernels.scale, k.output(), k.output(), floats(k), 1 / k.inputShapes.length);
  },
  backward(k) {
    const share = at(k.buffer('share', floats(k)));
    k.emit(kernels.scale, share, k.outputGradient(), floats(k), 1 / k.inputShapes.length);
    for (const i of indices(k)) k.setInputGradient(i, share);
  },
});

const largest = extreme('maximum', 1);
const smallest = extreme('minimum', 0);

/** How these layers are saved and rebuilt. */
export const ELEMENTWISE_DEFINITIONS = [
  addition,
  subtraction,
  multiplication,
  mean,
  largest,
  smallest,
] as unknown as readonly LayerDefinition[];

function make(definition: LayerDefinition<Config>, options: MergeOptions): Layer {
  checkOptionNames(layerLabel(definition.type, options), options, ['name', 'trainable']);
  return new Layer(definition, {}, options.name, options.trainable) as unknown as Layer;
}

/** Sum of inputs of equal shape: `add().apply([a, b, c])`.   y = a + b + … */
export function add(options: MergeOptions = {}): Layer {
  return make(addition, options);
}

/** Difference of two inputs of equal shape: `subtract().apply([a, b])`.   y = a − b */
export function subtract(options: MergeOptions = {}): Layer {
  return make(subtraction, options);
}

/** Product of inputs of equal shape, element by element: `multiply().apply([a, b])`.   y = a ⊙ b ⊙ … */
export function multiply(options: MergeOptions = {}): Layer {
  return make(multiplication, options);
}

/** Mean of n inputs of equal shape: `average().apply([a, b])`.   y = (a + b + …) / n */
export function average(options: MergeOptions = {}): Layer {
  return make(mean, options);
}

/**
 * Largest of inputs of equal shape, element by element: `maximum().apply([a, b])`.
 * Where several are largest the gradient goes to the first.
 */
export function maximum(options: MergeOptions = {}): Layer {
  return make(largest, options);
}

/**
 * Smallest of inputs of equal shape, element by element: `minimum().apply([a, b])`.
 * Where several are smallest the gradient goes to the first.
 */
export function minimum(options: MergeOptions = {}): Layer {
  return make(smallest, options);
}
