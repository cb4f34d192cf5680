import { ShapeError } from '../../errors.js';
import { type OpenShape, withBatch } from '../../shape.js';
import type { CellState } from './cell.js';
import type { SequenceConfig } from './options.js';

/** Output shapes of a recurrent layer; checks [time, features] and the shapes of given initial states. */
export function recurrentShapes(
  config: SequenceConfig,
  inputs: readonly OpenShape[],
  name: string,
  states: readonly CellState[],
): OpenShape[] {
  const [x, ...initial] = inputs;
  if (x.length !== 2 || x[1] === null) {
    const got = withBatch(x);
    throw new ShapeError(`${name}: input has shape ${got}, expected [batch, time, features]`);
  }
  if (initial.length !== 0 && initial.length !== states.length) {
    throw new ShapeError(
      `${name}: initialState has ${initial.length} parts, expected ${states.length}: ${states.map((state) => state.name).join(', ')}`,
    );
  }
  initial.forEach((shape, i) => {
    if (shape.length !== 1 || shape[0] !== states[i].size) {
      const got = withBatch(shape);
      throw new ShapeError(
        `${name}: initialState ${states[i].name} has shape ${got}, expected [batch, ${states[i].size}]`,
      );
    }
  });
  const finals = states.map(({ size }) => [size]);
  const output = config.returnSequences ? [x[0], states[0].size] : finals[0];
  return config.returnState ? [output, ...finals] : [output];
}
