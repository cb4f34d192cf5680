// Nothing to dispose: what is out of reach gives its memory back.
import { expect, it } from 'vitest';
import { adam, input, lstm, type Model, sequential } from '../../src/index.js';

function trained(seed: number): Model {
  const net = sequential([input({ shape: [null, 2] }), lstm({ units: 3 })], { seed });
  net.compile({ optimizer: adam(), loss: 'meanSquaredError' });
  net.trainOnBatch([[[1, 2]]], [[1, 0, 1]]);
  return net;
}

// An engine gives a page room for about a hundred memories at a time.
it('models that were predicted, trained and streamed with, one after another in one turn', () => {
  for (let seed = 0; seed < 300; seed++) {
    const net = trained(seed);
    const stream = net.stream();
    expect(stream.step([1, 2])).toEqual(net.predict([[[1, 2]]]).data);
  }
});
