import { weightsWithin } from './compose.js';
import { REFERENCE_LAYERS } from './layers.js';
import type { Value, Weights } from './network.js';

interface Block {
  readonly numHeads: number;
  readonly intermediateDim: number;
  readonly activation: string;
  readonly layerNormEpsilon: number;
  readonly normalizeFirst: boolean;
  readonly useCausalMask: boolean;
  readonly slidingWindow?: number | null;
  readonly useAttentionMask?: boolean;
  readonly rotary?: boolean | object;
}

/** Blocks as Vaswani et al. 2017 draw them, each part by its own reference. */
class Parts {
  constructor(
    private readonly config: Block,
    private readonly w: Weights,
  ) {}

  private run(type: string, name: string, config: object, inputs: readonly Value[]): Value {
    const run = REFERENCE_LAYERS[type];
    if (run === undefined) throw new Error(`no f64 reference for layer ${type}`);
    return run(config as never, inputs, weightsWithin(this.w, name))[0];
  }

  /** x + f(x), normalised before f or behind the sum. */
  private around(name: string, x: Value, f: (h: Value) => Value): Value {
    const { normalizeFirst, layerNormEpsilon: epsilon } = this.config;
    const norm = (value: Value): Value =>
      this.run('layerNormalization', `${name}LayerNorm`, { epsilon }, [value]);
    const made = f(normalizeFirst ? norm(x) : x);
    const sum = { ...x, data: x.data.map((v, i) => v + made.data[i]) };
    return { ...(normalizeFirst ? sum : norm(sum)), mask: x.mask };
  }

  attention(name: string, x: Value, others: readonly Value[], options: object): Value {
    const keyDim = x.shape[2] / this.config.numHeads;
    const config = { numHeads: this.config.numHeads, keyDim, valueDim: keyDim, ...options };
    return this.around(name, x, (h) =>
      this.run('multiHeadAttention', name, config, [{ ...h, mask: x.mask }, ...others]),
    );
  }

  feedforward(x: Value): Value {
    const { intermediateDim, activation } = this.config;
    return this.around('feedforward', x, (h) => {
      const wide = this.run('dense', 'feedforwardIntermediate', { units: intermediateDim, activation }, [h]);
      return this.run('dense', 'feedforwardOutput', { units: x.shape[2], activation: 'linear' }, [wide]);
    });
  }
}

const angles = (rotary: boolean | object | undefined): object | false =>
  rotary ? { maxWavelength: 10000, scalingFactor: 1, ...(rotary === true ? {} : rotary) } : false;

function transformerEncoder(config: Block, [x, ...pairs]: readonly Value[], w: Weights): Value[] {
  const parts = new Parts(config, w);
  const options = { ...config, rotary: angles(config.rotary) };
  return [parts.feedforward(parts.attention('selfAttention', x, pairs, options))];
}

function transformerDecoder(config: Block, [x, encoded]: readonly Value[], w: Weights): Value[] {
  const parts = new Parts(config, w);
  const options = { useCausalMask: config.useCausalMask, rotary: angles(config.rotary) };
  let h = parts.attention('selfAttention', x, [], options);
  if (encoded !== undefined) h = parts.attention('crossAttention', h, [encoded], { useCausalMask: false });
  return [parts.feedforward(h)];
}

function tokenAndPositionEmbedding(
  config: { embeddingDim: number; maskZero: boolean },
  inputs: readonly Value[],
  w: Weights,
): Value[] {
  const run = REFERENCE_LAYERS.embedding;
  if (run === undefined) throw new Error('no f64 reference for embedding');
  const own = { ...config, outputDim: config.embeddingDim };
  const [tokens] = run(own as never, inputs, weightsWithin(w, 'tokenEmbedding'));
  const places = w['positionEmbedding.embeddings'];
  const [, T, D] = tokens.shape;
  const mask = config.maskZero ? inputs[0].data.map((id) => (id === 0 ? 0 : 1)) : inputs[0].mask;
  return [{ ...tokens, data: tokens.data.map((v, i) => v + places[i % (T * D)]), mask }];
}

/** The blocks of Transformers and what stands before them, in f64. */
export const REFERENCE_TRANSFORMER = { transformerEncoder, transformerDecoder, tokenAndPositionEmbedding };
