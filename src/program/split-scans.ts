import type { Argument } from './recorder.js';
import { behind, LINE, type Split, type SplitRule } from './split-rule.js';

/** Rough time in nanoseconds of a unit in one step. */
const UNIT = 2;

/** Floats of a sample at an address, of HS units; 'unit' marks weights [HS] by the unit that all samples share. */
type Width = ((HS: number) => number) | 'unit';

/** One number a sample, and none a unit: whether a step counts. */
const FLAG: Width = () => 1;
const units =
  (n: number): Width =>
  (HS) =>
    n * HS;

/**
 * Scans over time by samples or by units, whichever are more: each element goes its way by itself. The numbers
 * are T, B, BS, H, HS, ...
 */
function scan(widths: readonly Width[]): SplitRule {
  return (places, [T, B, BS, H, HS, ...rest]): Split => {
    const cost = T * B * H * UNIT;
    const bySample = B >= Math.ceil(H / LINE);
    const move = (place: Argument, i: number, from: number): Argument => {
      const width = widths[i];
      if (bySample) return width === 'unit' ? place : behind(place, from * width(HS));
      return width === FLAG ? place : behind(place, from);
    };
    return {
      units: bySample ? B : H,
      grain: bySample ? 1 : LINE,
      cost,
      part: (from, count) => [
        [
          ...places.map((place, i) => move(place, i, from)),
          ...(bySample ? [T, count, BS, H, HS] : [T, B, BS, count, HS]),
          ...rest,
        ],
      ],
    };
  };
}

/** With x the gates are three, else four. */
const sruGates = (x: Argument): Width => units(x === null ? 4 : 3);

// h, c, gates, x, v, h0, c0, valid
export const sruForward: SplitRule = (places, numbers) => {
  const one = units(1);
  return scan([one, one, sruGates(places[3]), one, 'unit', one, one, FLAG])(places, numbers);
};
// dz, dx, dh, dc, dy, gates, x, v, c, valid
export const sruBackward: SplitRule = (places, numbers) => {
  const one = units(1);
  const gates = sruGates(places[6]);
  return scan([gates, one, one, one, one, gates, one, 'unit', one, FLAG])(places, numbers);
};

// h, gates, h0, valid
export const minGruForward = scan([units(1), units(2), units(1), FLAG]);
// dz, dh, dy, gates, h, valid
export const minGruBackward = scan([units(2), units(1), units(1), units(2), units(1), FLAG]);
// h, gates, h0, valid
export const minLstmForward = scan([units(1), units(3), units(1), FLAG]);
// dz, dh, dy, gates, h, valid
export const minLstmBackward = scan([units(3), units(1), units(1), units(3), units(1), FLAG]);
