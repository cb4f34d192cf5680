import { checkNumber } from '../../check.js';
import { checkOptionNames } from '../../errors.js';
import { pow } from '../../numeric/pow.js';
import { sinCos } from '../../numeric/sin.js';
import type { Region } from '../../program/region.js';
import type { Binding } from '../layer.js';

/** Options of the angles by which {@link rotaryEmbedding} turns. Names and defaults are Keras's. */
export interface RotaryOptions {
  /** Steps times 2π after which the slowest pair has come round, at most. Default 10000. */
  maxWavelength?: number;
  /** What numbers of steps are divided by. Default 1. */
  scalingFactor?: number;
}

/** The options, complete. @throws ValueError, UnknownNameError */
export function anglesFrom(where: string, options: RotaryOptions): Required<RotaryOptions> {
  checkOptionNames(where, options, ['maxWavelength', 'scalingFactor']);
  return {
    maxWavelength: checkNumber(where, 'maxWavelength', options.maxWavelength ?? 10000, { above: 0 }),
    scalingFactor: checkNumber(where, 'scalingFactor', options.scalingFactor ?? 1, { above: 0 }),
  };
}

/** Room for a number of steps: a power of two, so that few tables are made for sequences of many lengths. */
function roomFor(steps: number): number {
  let room = 1;
  while (room < steps) room *= 2;
  return room;
}

/** maxWavelength^(−2i/D) for i below D/2 */
export function rates(maxWavelength: number, D: number): number[] {
  return Array.from({ length: Math.ceil(D / 2) }, (_, i) => pow(maxWavelength, (-2 * i) / D));
}

/** A table [steps or more, D] for D even: cosines of the angles of a step, then its sines. */
export function rotaryTable(
  k: Binding,
  steps: number,
  D: number,
  { maxWavelength, scalingFactor }: Required<RotaryOptions>,
): Region {
  return k.constant('rotary', roomFor(steps) * D, (table) => {
    const speeds = rates(maxWavelength, D);
    for (let at = 0, t = 0; at < table.length; at += D, t++) {
      speeds.forEach((rate, i) => {
        const { sin, cos } = sinCos((t / scalingFactor) * rate);
        table[at + i] = cos;
        table[at + D / 2 + i] = sin;
      });
    }
  });
}

/** A table [steps or more, D]: sine and cosine of the angles of a step in turn. */
export function sineTable(k: Binding, steps: number, D: number, maxWavelength: number): Region {
  return k.constant('sines', roomFor(steps) * D, (table) => {
    const speeds = rates(maxWavelength, D);
    for (let at = 0, t = 0; at < table.length; at += D, t++) {
      for (let j = 0; j < D; j++) {
        const { sin, cos } = sinCos(t * speeds[j >> 1]);
        table[at + j] = j % 2 === 0 ? sin : cos;
      }
    }
  });
}
