import { checkInteger, checkList, checkWord } from '../../check.js';
import { checkOptionNames, ShapeError, ValueError } from '../../errors.js';
import type { Ref } from '../../program/region.js';
import { formatShape, type OpenShape, type Shape } from '../../shape.js';
import type { InitializerLike } from '../initializers/index.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { flag, layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { declareWeight, type WeightConfig, weightConfig } from '../weight.js';
import { MAX_RANK, memorySizes } from './memory.js';
import {
  broadcastShape,
  clear,
  OPERATION_NAMES,
  type Operand,
  type OperationName,
  recordOperation,
  recordOperationGradient,
} from './operations.js';

/** Options of {@link operand}. */
export interface OperandOptions extends BaseOptions {
  /** Name of the operation. */
  operation: OperationName;
  /** Shape of the weight: as one sample, with 1 where it is the same along an axis. */
  shape: readonly number[];
  /** True puts the weight first: w − x, not x − w. Default false. */
  first?: boolean;
  /** Of the weight. Default 'ones' for products and quotients, else 'zeros'. */
  operandInitializer?: InitializerLike;
}

interface OperandConfig {
  readonly operation: OperationName;
  readonly shape: Shape;
  readonly first: boolean;
  readonly operand: WeightConfig;
}

/** Both operands in their order; the weight is the same for every sample. */
function operands(config: OperandConfig, k: Binding, stepping: boolean): [Operand, Operand] {
  const x = { place: k.input(), sizes: memorySizes(k.inputShapes[0], k.batch, stepping) };
  const shape = stepping && config.shape.length > 1 ? config.shape.slice(1) : config.shape;
  const w = { place: k.parameter('operand'), sizes: memorySizes(shape, 1, stepping) };
  return config.first ? [w, x] : [x, w];
}

const repeatsSteps = ({ shape }: OperandConfig, x: OpenShape): boolean =>
  shape.length > 1 && x[0] === 1 && shape[0] !== 1;

const definition: LayerDefinition<OperandConfig> = {
  type: 'operand',
  restore: restoreWith(operand),
  outputShapes: ({ shape }, [x], name) => {
    if (x[0] === null && shape.length > 1 && shape[0] !== 1) {
      const came = `${formatShape([null, ...x])} and ${formatShape(shape)}`;
      throw new ShapeError(`${name}: operands have shapes ${came}, expected a time of known length`);
    }
    return [broadcastShape(x, shape, name)];
  },
  parameters: (config) => [declareWeight('operand', config.shape, config.operand)],
  forward: (config, k) => recordOperation(k, config.operation, ...operands(config, k, false), false),
  backward(config, k) {
    const both = operands(config, k, false);
    const dy = k.outputGradient() as Ref;
    const [own, other] = config.first ? ([1, 0] as const) : ([0, 1] as const);
    const dx = k.inputGradient();
    if (dx !== null) {
      clear(k, dx, k.inputShapes[0]);
      recordOperationGradient(k, config.operation, both, own, dx, dy);
    }
    const dw = k.gradient('operand');
    if (dw !== null) recordOperationGradient(k, config.operation, both, other, dw, dy);
  },
  masks: (config, [masked], [x]) =>
    masked && repeatsSteps(config, x) ? { refuses: 'it makes steps' } : [masked],
  step: (config, k) => recordOperation(k, config.operation, ...operands(config, k, true), true),
  refusesStep: ({ shape }) =>
    shape.length > 1 && shape[0] !== 1 ? 'its weight differs from step to step' : undefined,
};

/** How these layers are saved and rebuilt. */
export const operandDefinition = definition as unknown as LayerDefinition;

/**
 * A weight as the other operand, repeated along its axes of size 1 and for every sample:
 * `operand({ operation: 'multiply', shape: [1, 8] })` scales eight features of a sequence.   y = x op w
 *
 * Weight `operand`, of the shape given.
 *
 * @throws ValueError, ShapeError for a shape that is none, UnknownNameError for an operation or option that does not
 *   exist
 */
export function operand(options: OperandOptions): Layer {
  const where = layerLabel(definition.type, options);
  checkOptionNames(where, options, [
    ...['operation', 'shape', 'first', 'name', 'trainable'],
    'operandInitializer',
  ]);
  const operation = checkWord(where, 'operation', options.operation, OPERATION_NAMES);
  const shape = checkList(where, 'shape', options.shape).map((size) =>
    checkInteger(where, 'shape', size, { min: 1 }),
  );
  if (shape.length === 0 || shape.length > MAX_RANK) {
    throw new ValueError(`${where}: shape has ${shape.length} axes, expected 1 to ${MAX_RANK}`);
  }
  const standard = operation === 'multiply' || operation === 'divide' ? 'ones' : 'zeros';
  const initializer = options.operandInitializer ?? standard;
  const config: OperandConfig = {
    operation,
    shape,
    first: flag(where, 'first', options.first ?? false),
    operand: weightConfig(`${where}: operand`, { initializer }),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
