import type { LayerDefinition } from '../layer.js';
import { conv1dDefinition } from './conv1d.js';

export { type Conv1dOptions, conv1d } from './conv1d.js';
export type { Padding } from './geometry.js';
export type { KernelOptions, OutputOptions, Size, SlidingOptions } from './options.js';

/** Every layer that slides a window over time. */
export const CONVOLUTION_DEFINITIONS: readonly LayerDefinition[] = [conv1dDefinition];
