import { describe, expect, it } from 'vitest';
import {
  DataError,
  dense,
  embedding,
  input,
  lstm,
  type Model,
  sequential,
  ValueError,
} from '../../src/index.js';

const V = 9;

function reader(): Model {
  return sequential([input({ shape: [null] }), embedding({ inputDim: V, outputDim: 2 }), lstm({ units: 2 })]);
}

describe.each([V, -1, 1.5, Number.NaN])('an id of %d', (id) => {
  it('is refused by predict, with its place', () => {
    const ids = [
      [1, 2, 3],
      [4, id, 5],
    ];
    expect(() => reader().predict(ids)).toThrow(
      new DataError(
        `predict: embedding: input of sample 1, step 1 is ${id}, expected a whole number from 0 to 8`,
      ),
    );
  });

  it('is refused by a stream, whose state stays', () => {
    const net = reader();
    const stream = net.stream();
    stream.step([3]);
    expect(() => stream.step([id])).toThrow(DataError);
    expect(stream.step([4])).toEqual(net.predict([[3, 4]]).data);
  });
});

it('a model without a time axis does not stream', () => {
  const net = sequential([input({ shape: [3] }), dense({ units: 2 })]);
  expect(() => net.stream()).toThrow(
    new ValueError('stream: needs an input with a time axis, got [batch, 3]'),
  );
});
