import { checkWord } from '../../check.js';
import { describeValue } from '../../describe.js';
import { checkOptionNames, ValueError } from '../../errors.js';
import type { Ref } from '../../program/region.js';
import { sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { FUNCTION_DEFAULTS, FUNCTION_NAMES, FUNCTIONS, type FunctionName } from './functions.js';

/** Options of {@link pointwise}. */
export interface PointwiseOptions extends BaseOptions {
  /** Name of the function. */
  function: FunctionName;
  /** First number of the function, where it has one. */
  alpha?: number | null;
  /** Second number of the function, where it has one. */
  beta?: number | null;
}

interface PointwiseConfig {
  readonly function: FunctionName;
  readonly alpha: number | null;
  readonly beta: number | null;
}

/** Code and numbers as the kernels take them; a bound that is not there is at infinity. */
function numbers({ function: name, alpha, beta }: PointwiseConfig) {
  const end = name === 'clip' ? Number.POSITIVE_INFINITY : 0;
  return [FUNCTIONS[name], alpha ?? -end, beta ?? end] as const;
}

const floats = (k: Binding): number => k.batch * sizeOf(k.outputShapes[0]);

const definition: LayerDefinition<PointwiseConfig> = {
  type: 'pointwise',
  restore: restoreWith(pointwise),
  outputShapes: (_config, [x]) => [x],
  parameters: () => [],
  forward: (config, k) =>
    k.emit(kernels.pointwise_forward, k.output(), k.input(), floats(k), ...numbers(config)),
  backward(config, k) {
    const dx = k.inputGradient();
    if (dx === null) return;
    const dy = k.outputGradient() as Ref;
    k.emit(kernels.pointwise_backward, dx, dy, k.input(), k.output(), floats(k), ...numbers(config));
  },
  masks: 'passes',
  step: 'forward',
};

/** How these layers are saved and rebuilt. */
export const pointwiseDefinition = definition as unknown as LayerDefinition;

/** A number of a function: what is given, the default, or null where it has none. Infinity bounds nothing. */
function numberOf(where: string, name: 'alpha' | 'beta', of: FunctionName, given: unknown): number | null {
  const standard = FUNCTION_DEFAULTS[of][name === 'alpha' ? 0 : 1];
  if (given === undefined || given === null) {
    if (standard !== undefined) return standard;
    throw new ValueError(`${where}: ${name} must be given for the function '${of}'`);
  }
  const has = standard !== null || of === 'clip';
  if (has && Number.isFinite(given)) return given as number;
  const expected = has ? 'a finite number' : 'left out';
  throw new ValueError(`${where}: ${name} of '${of}' must be ${expected}, got ${describeValue(given)}`);
}

/**
 * A function of every number: `pointwise({ function: 'clip', alpha: -1, beta: 1 })`. It has no weights; activations
 * by Keras's names are {@link activation}.
 *
 * @throws UnknownNameError for a function or option that does not exist, ValueError for a number that does not fit
 */
export function pointwise(options: PointwiseOptions): Layer {
  const where = layerLabel(definition.type, options);
  checkOptionNames(where, options, ['function', 'alpha', 'beta', 'name', 'trainable']);
  const name = checkWord(where, 'function', options.function, FUNCTION_NAMES);
  const config: PointwiseConfig = {
    function: name,
    alpha: numberOf(where, 'alpha', name, options.alpha),
    beta: numberOf(where, 'beta', name, options.beta),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
