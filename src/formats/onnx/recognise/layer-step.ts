import { Layer } from '../../../layers/layer.js';
import type { Node } from '../../../layers/symbolic.js';
import type { Reader } from './reader.js';
import type { SequenceFlags, Step } from './step.js';

const TYPES = ['lstm', 'gru', 'simpleRNN'];

interface Config {
  readonly units: number;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
}

/** A recurrent layer over a sequence of one step, whose states are given: a step of its cell. */
export function stepOfLayer({ layer, inputs, outputs }: Node, reader: Reader): Step | null {
  if (layer === null || !TYPES.includes(layer.definition.type) || inputs[0].shape[0] !== 1) return null;
  const config = layer.config as unknown as Config;
  const x = reader.segmentsOf(inputs[0]);
  const [y, ...states] = outputs;
  const before = inputs.slice(1);
  if (x === null || before.length === 0) return null;
  const after = config.returnState ? states : [y];
  const { returnSequences, returnState, ...rest } = config;
  const weights = () => reader.weightsOf(layer);
  return {
    type: layer.definition.type,
    units: config.units,
    x,
    before,
    after,
    ...(config.returnState && { output: y }),
    key: JSON.stringify(rest),
    weights,
    layerWeights: weights,
    make: ({ name, ...flags }: SequenceFlags) =>
      new Layer(layer.definition, { ...layer.config, ...flags }, name ?? layer.givenName) as unknown as Layer,
  };
}
