import type { ActivationName } from '../../../layers/activations.js';
import type { AttributeProto } from '../proto/messages.js';
import { attribute } from '../proto/write.js';
import { asFunction, type Exporter, type LayerUse } from './use.js';

interface Plain {
  readonly op: string;
  readonly attributes?: readonly AttributeProto[];
}

const LAST = [attribute.int('axis', -1)];

/** Activations that are an operator. */
const PLAIN: Readonly<Partial<Record<ActivationName, Plain>>> = {
  linear: { op: 'Identity' },
  relu: { op: 'Relu' },
  leakyRelu: { op: 'LeakyRelu', attributes: [attribute.float('alpha', 0.2)] },
  elu: { op: 'Elu' },
  selu: { op: 'Selu' },
  tanh: { op: 'Tanh' },
  sigmoid: { op: 'Sigmoid' },
  hardSigmoid: { op: 'HardSigmoid', attributes: [attribute.float('alpha', 1 / 6)] },
  hardSigmoid02: { op: 'HardSigmoid' },
  softplus: { op: 'Softplus' },
  softsign: { op: 'Softsign' },
  exponential: { op: 'Exp' },
  softmax: { op: 'Softmax', attributes: LAST },
  logSoftmax: { op: 'LogSoftmax', attributes: LAST },
};

/** ½ x (1 + erf(x / √2)) */
const gelu = asFunction(({ writer, inputs: [x] }) => {
  const scaled = writer.apply('Mul', [x, writer.number(Math.SQRT1_2)], 'scaled');
  const rest = writer.apply('Add', [writer.apply('Erf', [scaled], 'erf'), writer.number(1)], 'rest');
  const half = writer.apply('Mul', [x, writer.number(0.5)], 'half');
  return [writer.apply('Mul', [half, rest], 'y')];
});

/** x · sigmoid(x) */
const silu = asFunction(({ writer, inputs: [x] }) => [
  writer.apply('Mul', [x, writer.apply('Sigmoid', [x], 'gate')], 'y'),
]);

/** Writes an activation on the value of a name. */
export function writeActivation(use: LayerUse, activation: ActivationName, x: string, name: string): string {
  const plain = PLAIN[activation];
  if (plain !== undefined) return use.writer.apply(plain.op, [x], name, plain.attributes);
  if (activation === 'gelu' && use.writer.opset >= 20) return use.writer.apply('Gelu', [x], name);
  const own = { ...use, name, type: 'activation', config: { activation }, inputs: [x], weightNames: [] };
  return (activation === 'gelu' ? gelu : silu)(own)[0];
}

/** The value itself for a linear activation, else the activation of it. */
export function activated(use: LayerUse, activation: ActivationName, x: string): string {
  return activation === 'linear' ? x : writeActivation(use, activation, x, `${use.name}.activation`);
}

/** activation layers. */
export const ACTIVATION_EXPORTERS: Readonly<Record<string, Exporter>> = {
  activation: (use) => {
    const { activation } = use.config as { activation: ActivationName };
    return [writeActivation(use, activation, use.inputs[0], use.name)];
  },
};
