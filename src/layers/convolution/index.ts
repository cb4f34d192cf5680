import type { LayerDefinition } from '../layer.js';
import { conv1dDefinition } from './conv1d.js';
import { conv1dTransposeDefinition } from './conv1d-transpose.js';
import { depthwiseConv1dDefinition } from './depthwise-conv1d.js';
import { GLOBAL_POOLING_DEFINITIONS } from './global-pooling.js';
import { POOLING_DEFINITIONS } from './pooling.js';
import { separableConv1dDefinition } from './separable-conv1d.js';
import { tcnDefinition } from './tcn.js';

export { type Conv1dOptions, conv1d } from './conv1d.js';
export { type Conv1dTransposeOptions, conv1dTranspose } from './conv1d-transpose.js';
export { type DepthwiseConv1dOptions, depthwiseConv1d } from './depthwise-conv1d.js';
export type { Padding } from './geometry.js';
export { type GlobalPooling1dOptions, globalAveragePooling1d, globalMaxPooling1d } from './global-pooling.js';
export type { DepthwiseOptions, KernelOptions, OutputOptions, Size, SlidingOptions } from './options.js';
export { averagePooling1d, maxPooling1d, type Pooling1dOptions } from './pooling.js';
export { type SeparableConv1dOptions, separableConv1d } from './separable-conv1d.js';
export { type TcnOptions, tcn } from './tcn.js';

/** Every layer that slides a window over time. */
export const CONVOLUTION_DEFINITIONS: readonly LayerDefinition[] = [
  conv1dDefinition,
  depthwiseConv1dDefinition,
  separableConv1dDefinition,
  conv1dTransposeDefinition,
  tcnDefinition,
  ...POOLING_DEFINITIONS,
  ...GLOBAL_POOLING_DEFINITIONS,
];
