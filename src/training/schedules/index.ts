export { type CosineDecayOptions, cosineDecay } from './cosine-decay.js';
export { type CosineDecayRestartsOptions, cosineDecayRestarts } from './cosine-decay-restarts.js';
export { type ExponentialDecayOptions, exponentialDecay } from './exponential-decay.js';
export { type InverseTimeDecayOptions, inverseTimeDecay } from './inverse-time-decay.js';
export { type PiecewiseConstantDecayOptions, piecewiseConstantDecay } from './piecewise-constant-decay.js';
export { type PolynomialDecayOptions, polynomialDecay } from './polynomial-decay.js';
export { isOwnSchedule, learningRateFrom, type Schedule, type Serialized } from './schedule.js';
