import { checkNumber } from '../../check.js';
import { checkOptionNames, unknownName } from '../../errors.js';
import { type Shape, sizeOf } from '../../shape.js';
import { type Initializer, type SeedOption, seeded } from './initializer.js';
import { drawNormal, drawTruncated, drawUniform } from './random.js';

/**
 * Inputs and outputs of one unit.   kernel [in, out], [k..., in, out]: fanIn = Πk · in, fanOut = Πk · out
 * A vector [n] has n of both, a scalar 1.
 */
export function computeFans(shape: Shape): { fanIn: number; fanOut: number } {
  if (shape.length < 2) return { fanIn: sizeOf(shape), fanOut: sizeOf(shape) };
  const receptive = sizeOf(shape.slice(0, -2));
  return { fanIn: receptive * shape[shape.length - 2], fanOut: receptive * shape[shape.length - 1] };
}

/** Which fan the variance is divided by. */
export type FanMode = 'fanIn' | 'fanOut' | 'fanAvg';

/** Shape of the distribution; its variance is the same. */
export type ScaledDistribution = 'truncatedNormal' | 'untruncatedNormal' | 'uniform';

const MODES: readonly FanMode[] = ['fanIn', 'fanOut', 'fanAvg'];
const DISTRIBUTIONS: readonly ScaledDistribution[] = ['truncatedNormal', 'untruncatedNormal', 'uniform'];

/** Options of `varianceScaling`. */
export interface VarianceScalingOptions extends SeedOption {
  /** Default 1. */
  scale?: number;
  /** Default 'fanIn'. */
  mode?: FanMode;
  /** Default 'truncatedNormal'. */
  distribution?: ScaledDistribution;
}

/** Standard deviation of a standard normal deviate kept within ±2. */
const TRUNCATED_STDDEV = 0.8796256610342398;

function scaledFill(scale: number, mode: FanMode, distribution: ScaledDistribution): Initializer['fill'] {
  return (shape, rng) => {
    const { fanIn, fanOut } = computeFans(shape);
    const fan = mode === 'fanIn' ? fanIn : mode === 'fanOut' ? fanOut : (fanIn + fanOut) / 2;
    const variance = scale / Math.max(1, fan);
    const size = sizeOf(shape);
    if (distribution === 'uniform') {
      const limit = Math.sqrt(3 * variance);
      return drawUniform(size, rng, -limit, limit);
    }
    const stddev = Math.sqrt(variance);
    return distribution === 'truncatedNormal'
      ? drawTruncated(size, rng, 0, stddev / TRUNCATED_STDDEV)
      : drawNormal(size, rng, 0, stddev);
  };
}

/** Zero mean, variance scale / fan. @throws ValueError, UnknownNameError */
export function varianceScaling(options: VarianceScalingOptions = {}): Initializer {
  const name = 'varianceScaling';
  checkOptionNames(name, options, ['scale', 'mode', 'distribution', 'seed']);
  const scale = checkNumber(name, 'scale', options.scale ?? 1, { above: 0 });
  const { mode = 'fanIn', distribution = 'truncatedNormal' } = options;
  if (!MODES.includes(mode)) throw unknownName(name, 'mode', mode, MODES);
  if (!DISTRIBUTIONS.includes(distribution))
    throw unknownName(name, 'distribution', distribution, DISTRIBUTIONS);
  const fill = scaledFill(scale, mode, distribution);
  return seeded(name, { scale, mode, distribution }, options.seed, fill);
}

function preset(
  name: string,
  options: SeedOption,
  scale: number,
  mode: FanMode,
  distribution: ScaledDistribution,
): Initializer {
  checkOptionNames(name, options, ['seed']);
  return seeded(name, {}, options.seed, scaledFill(scale, mode, distribution));
}

/** Truncated normal, variance 2 / (fanIn + fanOut). Source: Glorot & Bengio 2010. @throws ValueError */
export function glorotNormal(options: SeedOption = {}): Initializer {
  return preset('glorotNormal', options, 1, 'fanAvg', 'truncatedNormal');
}

/** Uniform within ±√(6 / (fanIn + fanOut)). Source: Glorot & Bengio 2010. @throws ValueError */
export function glorotUniform(options: SeedOption = {}): Initializer {
  return preset('glorotUniform', options, 1, 'fanAvg', 'uniform');
}

/** Truncated normal, variance 2 / fanIn. Source: He et al. 2015. @throws ValueError */
export function heNormal(options: SeedOption = {}): Initializer {
  return preset('heNormal', options, 2, 'fanIn', 'truncatedNormal');
}

/** Uniform within ±√(6 / fanIn). Source: He et al. 2015. @throws ValueError */
export function heUniform(options: SeedOption = {}): Initializer {
  return preset('heUniform', options, 2, 'fanIn', 'uniform');
}

/** Truncated normal, variance 1 / fanIn. Source: LeCun et al. 1998; Klambauer et al. 2017. @throws ValueError */
export function lecunNormal(options: SeedOption = {}): Initializer {
  return preset('lecunNormal', options, 1, 'fanIn', 'truncatedNormal');
}

/** Uniform within ±√(3 / fanIn). Source: LeCun et al. 1998. @throws ValueError */
export function lecunUniform(options: SeedOption = {}): Initializer {
  return preset('lecunUniform', options, 1, 'fanIn', 'uniform');
}
