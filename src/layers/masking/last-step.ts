import { checkOptionNames, ShapeError } from '../../errors.js';
import type { Ref } from '../../program/region.js';
import { formatShape, type OpenShape, type Shape, sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreNone } from '../restore.js';

/** Options of {@link lastStep}. */
export interface LastStepOptions extends BaseOptions {}

/** Steps T, samples B, and floats N of one step of a sample. */
function sizes({ inputShapes: [[T, ...step]], batch: B }: Binding): readonly [number, number, number] {
  return [T, B, sizeOf(step)];
}

function stepOf(x: OpenShape, name: string): Shape {
  const [, ...step] = x;
  if (step.length > 0 && !step.includes(null)) return step as Shape;
  throw new ShapeError(
    `${name}: input has shape ${formatShape([null, ...x])}, expected [batch, time, features]`,
  );
}

const definition: LayerDefinition = {
  type: 'lastStep',
  restore: restoreNone,
  outputShapes: (_config, [x], name) => [stepOf(x, name)],
  parameters: () => [],
  states: (_config, [x]) => [{ name: 'last', shape: stepOf(x, 'lastStep') }],
  forward(_config, k) {
    k.emit(kernels.last_forward, k.output(), k.input(), k.mask(), ...sizes(k));
  },
  backward(_config, k) {
    const dx = k.inputGradient();
    if (dx !== null) k.emit(kernels.last_backward, dx, k.outputGradient(), k.mask(), ...sizes(k));
  },
  masks: 'consumes',
  step(_config, k) {
    const mask = k.mask();
    if (mask === null) {
      k.setOutput(0, k.input());
      return;
    }
    const last = k.state('last') as Ref;
    k.emit(kernels.choose_rows, last, k.input(), last, mask, k.batch, sizeOf(k.inputShapes[0]), 0);
    k.setOutput(0, last);
  },
};

/** How lastStep layers are saved and rebuilt. */
export const lastStepDefinition = definition as unknown as LayerDefinition;

/**
 * The last step of each sequence that counts: `[batch, time, features]` becomes `[batch, features]`.
 *
 * ```text
 * y_b = x_{b, t},   t the last step with mask_{b, t} = 1;   y_b = 0 where there is none
 * ```
 *
 * Without a mask it is the last step of all. For what `returnSequences: false` does inside a recurrent layer.
 *
 * @throws UnknownNameError for an option that does not exist
 */
export function lastStep(options: LastStepOptions = {}): Layer {
  checkOptionNames(layerLabel(definition.type, options), options, ['name', 'trainable']);
  return new Layer(definition, {}, options.name, options.trainable);
}
