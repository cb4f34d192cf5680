import { checkOptionNames, ShapeError } from '../../errors.js';
import { formatShape, type OpenShape } from '../../shape.js';
import { type Padding, type Sliding, slidSteps, stepsBefore } from '../convolution/geometry.js';
import { type SlidingOptions, slidingFrom } from '../convolution/options.js';
import { positiveInteger } from '../options.js';
import { type RecurrentConfig, type RecurrentOptions, recurrentConfig } from './options.js';

/** Options of recurrent layers whose products are convolutions. Names and defaults are those of Keras's ConvLSTM1D. */
export interface ConvRecurrentOptions extends Omit<RecurrentOptions, 'units'>, SlidingOptions {
  /** Channels of the state and of the output. */
  filters: number;
  /** Of the input's convolution; the recurrent one always keeps the width. Default 'valid'. */
  padding?: 'valid' | 'same';
}

/** The options of such a layer, complete, as plain data. */
export interface ConvRecurrentConfig extends Omit<RecurrentConfig, 'units'>, Sliding {
  readonly filters: number;
}

/** The same for inputs of a known width: as a layer over vectors of W·C numbers with a state of P·F. */
export interface OverWidth extends RecurrentConfig, ConvRecurrentConfig {
  /** Positions of the input and of the state. */
  readonly width: number;
  readonly positions: number;
  /** Channels of the input. */
  readonly channels: number;
  /** Position of the input under the first tap at position 0 of the state. */
  readonly offset: number;
}

const PADDINGS: readonly Padding[] = ['valid', 'same'];

/** Checks the common options. */
export function convRecurrentConfig(
  where: string,
  options: ConvRecurrentOptions,
  furtherNames: readonly string[] = [],
): ConvRecurrentConfig {
  if ('units' in options) checkOptionNames(where, { units: 0 }, ['filters']);
  const filters = positiveInteger(where, 'filters', options.filters);
  const names = ['filters', 'kernelSize', 'strides', 'padding', 'dilationRate', ...furtherNames];
  const { units, ...common } = recurrentConfig(where, { ...options, units: filters }, names);
  return { ...common, filters: units, ...slidingFrom(where, options, PADDINGS) };
}

/** The config over the width of an input [..., W, C]; where it is not known, over one position. */
export function overWidth<C extends ConvRecurrentConfig>(config: C, x: OpenShape): C & OverWidth {
  const width = x[x.length - 2] ?? 1;
  const channels = x[x.length - 1] ?? 1;
  const positions = slidSteps(config, width);
  const offset = -stepsBefore(config, width);
  return { ...config, width, channels, positions, offset, units: positions * config.filters };
}

/** Checks [time, W, C] and the shapes of given initial states, and gives the outputs' shapes. @throws ShapeError */
export function convRecurrentShapes(
  config: ConvRecurrentConfig,
  inputs: readonly OpenShape[],
  name: string,
  states: readonly string[],
): OpenShape[] {
  const [x, ...initial] = inputs;
  const came = formatShape([null, ...x]);
  if (x.length !== 3 || x[1] === null || x[2] === null) {
    throw new ShapeError(`${name}: input has shape ${came}, expected [batch, time, width, channels]`);
  }
  const { positions } = overWidth(config, x);
  if (positions < 1) {
    throw new ShapeError(`${name}: input has shape ${came}, whose width has no room for a window`);
  }
  const state = [positions, config.filters];
  if (initial.length !== 0 && initial.length !== states.length) {
    throw new ShapeError(
      `${name}: initialState has ${initial.length} parts, expected ${states.length}: ${states.join(', ')}`,
    );
  }
  initial.forEach((shape, i) => {
    if (shape.length === 2 && shape[0] === state[0] && shape[1] === state[1]) return;
    const got = formatShape([null, ...shape]);
    const expected = formatShape([null, ...state]);
    throw new ShapeError(`${name}: initialState ${states[i]} has shape ${got}, expected ${expected}`);
  });
  const output = config.returnSequences ? [x[0], ...state] : state;
  return config.returnState ? [output, ...states.map(() => state)] : [output];
}
