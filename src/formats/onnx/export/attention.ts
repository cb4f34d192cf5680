import { sources } from '../../../layers/attention/inputs.js';
import { attribute } from '../proto/write.js';
import { asFunction, type Exporter, type LayerUse, refuse } from './use.js';

/** −10³⁰ where a step must not be seen: the softmax of it is 0. */
const UNSEEN = -1e30;

/** Scores [..., T, S] of which each row sees its own column and those before it. */
function causal({ writer }: LayerUse, scores: string): string {
  const shape = writer.apply('Shape', [scores], 'shape');
  const range = (axis: number, name: string): string => {
    const count = writer.apply('Gather', [shape, writer.ints(axis)], `${name}Count`);
    return writer.apply('Range', [writer.ints(0), count, writer.ints(1)], name);
  };
  const rows = writer.unsqueeze(range(-2, 'rows'), 1, 'rows');
  const later = writer.apply('Less', [rows, range(-1, 'columns')], 'later');
  return writer.apply('Where', [later, writer.number(UNSEEN), scores], 'seen');
}

/** softmax(q·kᵀ)·v, of k already turned. */
function attend(use: LayerUse, q: string, k: string, v: string, scale: number, isCausal: boolean): string {
  const { writer } = use;
  const product = writer.apply('MatMul', [q, k], 'scores');
  const scaled = scale === 1 ? product : writer.apply('Mul', [product, writer.number(scale)], 'scaled');
  const seen = isCausal ? causal(use, scaled) : scaled;
  const shares = writer.apply('Softmax', [seen], 'shares', [attribute.int('axis', -1)]);
  return writer.apply('MatMul', [shares, v], 'attended');
}

/** Options that change what comes out and that the writer does not know must be off. */
function checkKnown(use: LayerUse, known: readonly string[]): void {
  for (const [key, value] of Object.entries(use.config as object)) {
    if (known.includes(key) || value === false || value === null || value === undefined) continue;
    refuse(use, `its option ${key} is not exported`);
  }
}

const dot: Exporter = (use) => {
  // The kernel is that of another scoreMode.
  checkKnown(use, ['dropout', 'useCausalMask', 'scoreMode', 'kernel']);
  const { useCausalMask, scoreMode = 'dot' } = use.config as { useCausalMask: boolean; scoreMode?: string };
  if (scoreMode !== 'dot') refuse(use, `scoreMode '${scoreMode}' is not exported`);
  return asFunction((body) => {
    const from = sources(body.inputs.length);
    const turned = body.writer.transpose(body.inputs[from.key], [0, 2, 1], 'key');
    return [attend(body, body.inputs[from.query], turned, body.inputs[from.value], 1, useCausalMask)];
  })(use);
};

interface MultiHeadConfig {
  readonly numHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  readonly useBias: boolean;
  readonly useCausalMask: boolean;
}

const multiHead: Exporter = (use) => {
  checkKnown(use, [
    'numHeads',
    'keyDim',
    'valueDim',
    'dropout',
    'useBias',
    'useCausalMask',
    'kernel',
    'bias',
  ]);
  const { numHeads: N, keyDim: D, valueDim: E, useBias, useCausalMask } = use.config as MultiHeadConfig;
  if (use.outputShapes.length > 1) refuse(use, 'scores that are given out are not exported');
  return asFunction((body) => {
    const { writer, inputs } = body;
    const from = sources(inputs.length);
    const product = (x: string, part: string, rows: number, columns: number): string => {
      const matrix = writer.reshape(body.weight(`${part}Kernel`), [rows, columns], `${part}Kernel`);
      const y = writer.apply('MatMul', [x, matrix], `${part}Product`);
      if (!useBias) return y;
      const bias = writer.reshape(body.weight(`${part}Bias`), [columns], `${part}Bias`);
      return writer.apply('Add', [y, bias], `${part}Sum`);
    };
    const heads = (part: 'query' | 'key' | 'value', size: number, perm: readonly number[]): string => {
      const I = body.inputShapes[from[part]][1] as number;
      const y = product(inputs[from[part]], part, I, N * size);
      return writer.transpose(writer.reshape(y, [0, 0, N, size], part), perm, part);
    };
    const q = heads('query', D, [0, 2, 1, 3]);
    const k = heads('key', D, [0, 2, 3, 1]);
    const v = heads('value', E, [0, 2, 1, 3]);
    const y = attend(body, q, k, v, Math.fround(1 / Math.sqrt(D)), useCausalMask);
    const joined = writer.reshape(writer.transpose(y, [0, 2, 1, 3], 'y'), [0, 0, N * E], 'heads');
    return [product(joined, 'output', N * E, body.outputShapes[0][1] as number)];
  })(use);
};

/** Attention. */
export const ATTENTION_EXPORTERS: Readonly<Record<string, Exporter>> = {
  attention: dot,
  multiHeadAttention: multiHead,
};
