import { checkInteger } from '../../check.js';
import { checkOptionNames, ShapeError, ValueError } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import { formatShape } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { checkSequence } from './layout.js';

/** A number of steps at both ends, or one for the start and one for the end. */
export type Ends = number | readonly [number, number];

/** Options of {@link zeroPadding1d}. */
export interface ZeroPadding1dOptions extends BaseOptions {
  /** Steps of zeros. Default 1. */
  padding?: Ends;
}

/** Options of {@link cropping1d}. */
export interface Cropping1dOptions extends BaseOptions {
  /** Steps to leave out. Default [1, 1]. */
  cropping?: Ends;
}

interface EndsConfig {
  readonly ends: readonly [number, number];
}

/** Floats of the steps at the start, in between and at the end of the longer sequence. */
function parts(config: EndsConfig, k: Binding): { before: number; middle: number; after: number } {
  const [x, y] = [k.inputShapes[0], k.outputShapes[0]];
  const step = k.batch * x[1];
  const [start, end] = config.ends;
  return { before: start * step, middle: Math.min(x[0], y[0]) * step, after: end * step };
}

/** long ← zeros, short, zeros */
function recordPadding(config: EndsConfig, k: Binding, long: Ref, short: Ref): void {
  const { before, middle, after } = parts(config, k);
  if (before > 0) k.emit(kernels.fill, long, before, 0);
  k.emit(kernels.copy, at(long, before), short, middle);
  if (after > 0) k.emit(kernels.fill, at(long, before + middle), after, 0);
}

/** The middle of what is longer, where it lies. */
const middleOf = (config: EndsConfig, k: Binding, long: Ref): Ref => at(long, parts(config, k).before);

const padding: LayerDefinition<EndsConfig> = {
  type: 'zeroPadding1d',
  restore: restoreWith(zeroPadding1d, ({ ends, ...others }) => ({ padding: ends, ...others })),
  outputShapes({ ends: [start, end] }, [x], name) {
    checkSequence(x, name);
    return [[x[0] === null ? null : start + x[0] + end, x[1]]];
  },
  parameters: () => [],
  forward: (config, k) => recordPadding(config, k, k.output(), k.input()),
  backward: (config, k) => k.setInputGradient(0, middleOf(config, k, k.outputGradient() as Ref)),
  masks: { refuses: 'it adds steps' },
  step: { refuses: 'it adds steps' },
};

const cropping: LayerDefinition<EndsConfig> = {
  type: 'cropping1d',
  restore: restoreWith(cropping1d, ({ ends, ...others }) => ({ cropping: ends, ...others })),
  outputShapes({ ends: [start, end] }, [x], name) {
    checkSequence(x, name);
    if (x[0] !== null && x[0] <= start + end) {
      const came = formatShape([null, ...x]);
      throw new ShapeError(
        `${name}: input has shape ${came}, expected more steps than cropping takes, ${start + end}`,
      );
    }
    return [[x[0] === null ? null : x[0] - start - end, x[1]]];
  },
  parameters: () => [],
  forward(config, k) {
    k.setOutput(0, middleOf(config, k, k.input()));
    const mask = k.mask();
    if (mask !== null) k.setMask(0, at(mask, config.ends[0] * k.batch));
  },
  backward(config, k) {
    const dx = k.inputGradient();
    if (dx !== null) recordPadding(config, k, dx, k.outputGradient() as Ref);
  },
  masks: (_config, [masked]) => [masked && 'moved'],
  step: { refuses: 'it leaves out steps' },
};

/** How these layers are saved and rebuilt. */
export const TIME_EDGE_DEFINITIONS = [padding, cropping] as unknown as readonly LayerDefinition[];

function endsFrom(where: string, name: string, value: unknown): [number, number] {
  const pair: unknown[] = Array.isArray(value) ? value : [value, value];
  if (pair.length !== 2) {
    throw new ValueError(`${where}: ${name} must be a whole number or two, got ${String(value)}`);
  }
  const [start, end] = pair.map((steps) => checkInteger(where, name, steps, { min: 0 }));
  return [start, end];
}

/**
 * Steps of zeros in front of and behind a sequence `[batch, time, features]`.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function zeroPadding1d(options: ZeroPadding1dOptions = {}): Layer {
  const where = layerLabel('zeroPadding1d', options);
  checkOptionNames(where, options, ['padding', 'name', 'trainable']);
  const config = { ends: endsFrom(where, 'padding', options.padding ?? 1) };
  return new Layer(padding, config, options.name, options.trainable) as unknown as Layer;
}

/**
 * A sequence `[batch, time, features]` without its first and last steps.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function cropping1d(options: Cropping1dOptions = {}): Layer {
  const where = layerLabel('cropping1d', options);
  checkOptionNames(where, options, ['cropping', 'name', 'trainable']);
  const config = { ends: endsFrom(where, 'cropping', options.cropping ?? 1) };
  return new Layer(cropping, config, options.name, options.trainable) as unknown as Layer;
}
