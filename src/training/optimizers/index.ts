export { type AdadeltaOptions, adadelta } from './adadelta.js';
export { type AdagradOptions, adagrad } from './adagrad.js';
export { type AdamOptions, adam, adamW } from './adam.js';
export { type AdamaxOptions, adamax } from './adamax.js';
export { type NadamOptions, nadam } from './nadam.js';
export { HYPER_FLOATS, Optimizer, type OptimizerOptions, type OptimizerState } from './optimizer.js';
export { type RmspropOptions, rmsprop } from './rmsprop.js';
export { type SgdOptions, sgd } from './sgd.js';
