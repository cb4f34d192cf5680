import type { BidirectionalConfig, Direction } from '../recurrent/bidirectional.js';
import { columns, type Int8Weight } from './weights.js';

/** A layer as it is with 8-bit weights. */
export interface Int8Form {
  readonly type: string;
  readonly config: object;
  /** The weights of the layer in f32 that are kept in 8 bits. */
  readonly weights: readonly Int8Weight[];
}

const product = (type: string, ...weights: string[]) => {
  return (config: object): Int8Form => ({ type, config, weights: columns(...weights) });
};

const FORMS: Readonly<Record<string, (config: object) => Int8Form | null>> = {
  lstm: product('lstmInt8', 'kernel', 'recurrentKernel'),
  gru: product('gruInt8', 'kernel', 'recurrentKernel'),
  simpleRNN: product('simpleRNNInt8', 'kernel', 'recurrentKernel'),
  dense: product('denseInt8', 'kernel'),
  embedding: (config) => ({
    type: 'embeddingInt8',
    config,
    weights: [{ name: 'embeddings', scales: 'rows' }],
  }),
  bidirectional: (config) => {
    const { forward, backward } = config as BidirectionalConfig;
    const sides = { forward: int8Direction(forward), backward: int8Direction(backward) };
    if (sides.forward === null || sides.backward === null) return null;
    const weights = (['forward', 'backward'] as const).flatMap((side) =>
      (sides[side] as Int8Form).weights.map((weight) => ({ ...weight, name: `${side}.${weight.name}` })),
    );
    return { type: 'bidirectional', config: { ...config, ...sides }, weights };
  },
};

/** The 8-bit form of a layer, or null where there is none. */
export function int8Form(type: string, config: object): Int8Form | null {
  return Object.hasOwn(FORMS, type) ? FORMS[type](config) : null;
}

function int8Direction({ type, config }: Direction): Int8Form | null {
  return int8Form(type, config);
}
