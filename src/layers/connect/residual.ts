import { checkNumber } from '../../check.js';
import { checkOptionNames, ShapeError } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { gemmTnScratch } from '../../wasm/scratch.js';
import type { InitializerLike } from '../initializers/index.js';
import { checkKeepsAxes, type InnerLayer, innerLayer, onlyOutput, restoreInner } from '../inner.js';
import {
  type BackwardBinding,
  type BaseOptions,
  type Binding,
  Layer,
  type LayerDefinition,
} from '../layer.js';
import { flag, layerLabel } from '../options.js';
import { weightOptions } from '../restore.js';
import { declareWeight, type WeightConfig, weightConfig } from '../weight.js';
import { connectionMasks, connectionSizes, recordInner, recordInnerGradient } from './inside.js';

/** Options of {@link residual}. */
export interface ResidualOptions extends BaseOptions {
  /** What f(x) is multiplied by. Default 1. */
  scale?: number;
  /** True multiplies x by a trained matrix, so that f may give another number of features. Default false. */
  projection?: boolean;
  /** Start of that matrix. Default 'glorotUniform'. */
  projectionInitializer?: InitializerLike;
}

interface ResidualConfig {
  readonly layer: InnerLayer;
  readonly scale: number;
  readonly projection: WeightConfig | null;
}

/** y = x or x·P, to which f(x) is added. */
function recordSum(config: ResidualConfig, k: Binding, f: Ref): void {
  const { R, I, O } = connectionSizes(k);
  const n = R * O;
  const y = k.output();
  let x = k.input();
  if (config.projection !== null) {
    const weights = k.parameter('projection');
    const packed = k.prepared('projectionPacked', Math.ceil(O / 8) * 8 * I, (emit, place) => {
      emit(kernels.pack_panels, place, weights, I, O, 1, O, 1);
    });
    k.emit(kernels.gemm, y, x, packed, null, R, O, I, 1, I, O, 0);
    x = y;
  }
  if (config.scale === 1) k.emit(kernels.add, y, x, f, n);
  else {
    if (x !== y) k.emit(kernels.copy, y, x, n);
    k.emit(kernels.axpy, y, f, n, config.scale);
  }
}

/** dx of the direct way: dy or dy·Pᵀ, written to `dx`. Adds to dP. */
function recordProjectionGradient(k: BackwardBinding, dx: Ref | null, dy: Ref): void {
  const { R, I, O } = connectionSizes(k);
  const dP = k.gradient('projection');
  if (dP !== null) {
    const scratch = k.buffer('gemmScratch', gemmTnScratch(I, O));
    k.emit(kernels.gemm_tn, dP, k.input(), dy, scratch, I, O, R, I, O, O);
  }
  if (dx === null) return;
  const weights = k.parameter('projection');
  const packed = k.prepared('projectionTransposed', Math.ceil(I / 8) * 8 * O, (emit, place) => {
    emit(kernels.pack_panels, place, weights, O, I, 1, 1, O);
  });
  k.emit(kernels.gemm, dx, dy, packed, null, R, I, O, 1, O, I, 0);
}

const definition: LayerDefinition<ResidualConfig> = {
  type: 'residual',
  restore(saved, where, resolve) {
    const { layer, projection, ...rest } = weightOptions(saved as Readonly<Record<string, unknown>>);
    const inner = restoreInner(where, 'layer', layer, resolve);
    const given = projection === null ? { projection: false } : { projection: true };
    return residualConfig(where, inner, { ...rest, ...given } as ResidualOptions);
  },
  outputShapes(config, [x], name) {
    const y = onlyOutput(config.layer, x, name);
    checkKeepsAxes(config.layer, x, y, name);
    const [I, O] = [x[x.length - 1], y[y.length - 1]];
    if (I === O || config.projection !== null) return [y];
    throw new ShapeError(
      `${name}: ${config.layer.name} makes ${O} features of ${I}, which cannot be added to its input: ` +
        'set projection: true, or give it as many units',
    );
  },
  parameters(config, [x]) {
    const own = config.layer.parameters([x]);
    if (config.projection === null) return own;
    const y = onlyOutput(config.layer, x, 'residual');
    const shape = [x[x.length - 1] as number, y[y.length - 1] as number];
    return [...own, declareWeight('projection', shape, config.projection)];
  },
  states: (config, inputs) => config.layer.states(inputs),
  stateful: (config) => config.layer.definition.stateful?.(config.layer.config) === true,
  inputRange: (config) => config.layer.definition.inputRange?.(config.layer.config),
  masks: (config, masked, inputs) => connectionMasks(config.layer, masked, inputs),
  seesPadding: ({ layer }, training) => layer.seesPadding(training),
  isQuantized: ({ layer }) => layer.definition.isQuantized?.(layer.config) === true,
  forward: (config, k) => recordSum(config, k, recordInner(config.layer, k, false)),
  backward(config, k) {
    const { R, I, O } = connectionSizes(k);
    const dy = k.outputGradient() as Ref;
    let df = dy;
    if (config.scale !== 1) {
      df = at(k.buffer('dInner', R * O));
      k.emit(kernels.scale, df, dy, R * O, config.scale);
    }
    const around = recordInnerGradient(config.layer, k, df);
    const dx = k.inputGradient();
    if (config.projection !== null) recordProjectionGradient(k, dx, dy);
    if (dx === null) return;
    const direct = config.projection === null ? dy : dx;
    if (around !== null) k.emit(kernels.add, dx, direct, around, R * I);
    else k.setInputGradient(0, direct);
  },
  step: (config, k) => recordSum(config, k, recordInner(config.layer, k, true)),
  refusesStep: (config, inputs) => config.layer.refusal(inputs),
};

/** How residual connections are saved and rebuilt. */
export const residualDefinition = definition as unknown as LayerDefinition;

function residualConfig(where: string, layer: InnerLayer, options: ResidualOptions): ResidualConfig {
  checkOptionNames(where, options, ['scale', 'projection', 'projectionInitializer', 'name', 'trainable']);
  const { projectionInitializer: initializer = 'glorotUniform' } = options;
  const weight = weightConfig(`${where}: projection`, { initializer });
  return {
    layer,
    scale: checkNumber(where, 'scale', options.scale ?? 1),
    projection: flag(where, 'projection', options.projection ?? false) ? weight : null,
  };
}

/**
 * Adds the input of a layer to what it gives (He et al. 2016).
 *
 * ```text
 * y = x + scale · f(x)      projection: true:  y = x·P + scale · f(x)
 * ```
 *
 * f is any layer that keeps the axes but for the last, such as a recurrent one with `returnSequences`. Weights:
 * those of f under its name (`residual.gru.kernel`), `projection [features, units]`. It streams when f does.
 *
 * @throws ValueError for what is no layer, ShapeError when x and f(x) cannot be added
 */
export function residual(layer: Layer, options: ResidualOptions = {}): Layer {
  const where = layerLabel('residual', options);
  const config = residualConfig(where, innerLayer(where, 'layer', layer), options);
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
