import { dropout } from '../../../layers/dropout.js';
import type { Layer } from '../../../layers/layer.js';
import type { Operator } from '../node.js';

const pass: Operator = (node) => [node.input(0)];

/** The rate is an attribute up to opset 11, an input from 12 on. */
const drop: Operator = (node) => {
  const value = node.input(0);
  if (value.kind !== 'flow') return [value];
  if (node.reads(1)) node.refuse('its mask is read');
  const given = node.inputs[1] ?? null;
  const rate = given?.kind === 'constant' ? given.data[0] : node.float('ratio', 0.5);
  if (!(rate > 0 && rate < 1)) return [value];
  const make = (name: string): Layer => dropout({ rate, name });
  return [{ ...value, tensor: node.builder.layer('dropout', node.proto, make).apply(value.tensor) }];
};

/** Operators that leave numbers as they are. */
export const IDENTITY_OPERATORS: Readonly<Record<string, Operator>> = { Identity: pass, Dropout: drop };
