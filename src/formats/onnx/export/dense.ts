import type { ActivationName } from '../../../layers/activations.js';
import { activated } from './activations.js';
import { type Exporter, refuse } from './use.js';

const dense: Exporter = (use) => {
  const { writer, name, inputs } = use;
  const { activation, useBias } = use.config as { activation: ActivationName; useBias: boolean };
  const product = writer.apply('MatMul', [inputs[0], use.weight('kernel')], name);
  const sum = useBias ? writer.apply('Add', [product, use.weight('bias')], `${name}.sum`) : product;
  return [activated(use, activation, sum)];
};

const embedding: Exporter = (use) => {
  const { writer, name, inputs } = use;
  if ((use.config as { maskZero: boolean }).maskZero) refuse(use, 'ONNX has no masks: maskZero is true');
  return [writer.apply('Gather', [use.weight('embeddings'), inputs[0]], name)];
};

/** x·Eᵀ by the table of an embedding. */
const reverse: Exporter = (use) => {
  const { writer, name, inputs } = use;
  const { activation } = use.config as { activation: ActivationName };
  const turned = writer.transpose(use.weight('embeddings'), [1, 0], `${name}.table`);
  return [activated(use, activation, writer.apply('MatMul', [inputs[0], turned], name))];
};

const dropout: Exporter = (use) => {
  const { rate } = use.config as { rate: number };
  return [use.writer.apply('Dropout', [use.inputs[0], use.writer.number(rate)], use.name)];
};

/** What acts in training alone. */
const nothing: Exporter = (use) => [use.writer.apply('Identity', [use.inputs[0]], use.name)];

/** Products, embeddings and what acts in training. */
export const DENSE_EXPORTERS: Readonly<Record<string, Exporter>> = {
  dense,
  embedding,
  reversibleEmbedding: embedding,
  reverseEmbedding: reverse,
  dropout,
  spatialDropout1d: nothing,
  gaussianNoise: nothing,
  gaussianDropout: nothing,
  activityRegularization: nothing,
};
