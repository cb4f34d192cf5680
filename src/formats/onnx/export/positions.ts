import { rates } from '../../../layers/attention/angles.js';
import { sinCos } from '../../../numeric/sin.js';
import { attribute, DATA_TYPE } from '../proto/write.js';
import { asFunction, type Exporter, type LayerUse } from './use.js';

/** Number of the steps of the input, as a list of one. */
function stepsOf({ writer, inputs }: LayerUse): string {
  return writer.slice(writer.apply('Shape', [inputs[0]], 'shape'), 0, 1, 2, writer.fresh('steps'));
}

/** Rows [T, D] for every sample. */
function everySample({ writer, inputs }: LayerUse, rows: string): string {
  return writer.apply('Expand', [rows, writer.apply('Shape', [inputs[0]], 'shape')], 'y');
}

/**
 * Sines and cosines of t · speed, [T, speeds] each: our own where the number of steps is known, else reckoned in the
 * graph, in double precision, since t · speed soon has no digits left for its place in the circle.
 */
function waves(use: LayerUse, speeds: readonly number[]): { sin: string; cos: string } {
  const { writer, inputShapes } = use;
  const [T] = inputShapes[0];
  const columns = speeds.length;
  if (T !== null) {
    const table = (part: 'sin' | 'cos'): string => {
      const data = Float32Array.from({ length: T * columns }, (_, i) => {
        return sinCos(Math.floor(i / columns) * speeds[i % columns])[part];
      });
      return writer.floats(part, { data, shape: [T, columns] });
    };
    return { sin: table('sin'), cos: table('cos') };
  }
  const to = (x: string, type: number, name: string): string =>
    writer.apply('Cast', [x], name, [attribute.int('to', type)]);
  const half = (of: (speed: number) => number, name: string): string =>
    to(
      writer.floats(`${name}Floats`, { data: Float32Array.from(speeds, of), shape: [columns] }),
      DATA_TYPE.double,
      name,
    );
  const high = half(Math.fround, 'high');
  const low = half((speed) => speed - Math.fround(speed), 'low');
  const exact = writer.apply('Add', [high, low], 'speeds');
  const count = writer.apply(
    'Range',
    [writer.ints(0), writer.squeeze(stepsOf(use), 0, 'count'), writer.ints(1)],
    'places',
  );
  const places = writer.unsqueeze(to(count, DATA_TYPE.double, 'doubles'), 1, 'places');
  const angles = writer.apply('Mul', [places, exact], 'angles');
  // ONNX Runtime has sines of doubles and cosines of floats alone: cos a = sin(a + π/2).
  const quarter = [Math.fround(Math.PI / 2), Math.PI / 2 - Math.fround(Math.PI / 2)].map((part, i) =>
    to(writer.number(part), DATA_TYPE.double, `quarter${i}`),
  );
  const turned = quarter.reduce((sum, part) => writer.apply('Add', [sum, part], 'turned'), angles);
  const wave = (angle: string, name: string): string =>
    to(writer.apply('Sin', [angle], `${name}Doubles`), DATA_TYPE.float, name);
  return { sin: wave(angles, 'sin'), cos: wave(turned, 'cos') };
}

const widthOf = ({ inputShapes }: LayerUse): number => inputShapes[0][inputShapes[0].length - 1] as number;

const sines = asFunction((use) => {
  const { writer } = use;
  const { maxWavelength } = use.config as { maxWavelength: number };
  const D = widthOf(use);
  const { sin, cos } = waves(use, rates(maxWavelength, D));
  // Column by column in turn: [T, D/2, 2] as [T, D].
  const pairs = [sin, cos].map((part) => writer.unsqueeze(part, 2, part));
  const joined = writer.reshape(writer.concat(pairs, 2, writer.fresh('pairs')), [0, -1], 'rows');
  const rows = D % 2 === 0 ? joined : writer.slice(joined, 1, 0, D, writer.fresh('odd'));
  return [everySample(use, rows)];
});

const learned = asFunction((use) => {
  const { writer } = use;
  const bounds = [writer.ints([0]), stepsOf(use), writer.ints([0])];
  return [everySample(use, writer.apply('Slice', [use.weight('embeddings'), ...bounds], 'rows'))];
});

const rotary = asFunction((use) => {
  const { writer, inputs, inputShapes } = use;
  const { maxWavelength, scalingFactor } = use.config as { maxWavelength: number; scalingFactor: number };
  const [D, rank] = [widthOf(use), inputShapes[0].length + 1];
  const speeds = rates(maxWavelength, D).map((rate) => rate / scalingFactor);
  const { sin, cos } = waves(use, speeds);
  const shaped = (table: string): string => (rank === 4 ? writer.unsqueeze(table, 1, table) : table);
  const half = (from: number): string =>
    writer.slice(inputs[0], rank - 1, from, from + D / 2, writer.fresh('half'));
  const [a, b, s, c] = [half(0), half(D / 2), shaped(sin), shaped(cos)];
  const times = (x: string, y: string): string => writer.apply('Mul', [x, y], 'product');
  const first = writer.apply('Sub', [times(a, c), times(b, s)], 'first');
  const second = writer.apply('Add', [times(b, c), times(a, s)], 'second');
  return [writer.concat([first, second], rank - 1, writer.fresh('y'))];
});

/** Layers of the number of a step. */
export const POSITION_EXPORTERS: Readonly<Record<string, Exporter>> = {
  sinePositionEncoding: sines,
  positionEmbedding: learned,
  rotaryEmbedding: rotary,
};
