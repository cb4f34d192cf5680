import type { LayerDefinition } from '../layer.js';
import { highwayDefinition } from './highway.js';
import { residualDefinition } from './residual.js';

export { type HighwayOptions, highway } from './highway.js';
export { type ResidualOptions, residual } from './residual.js';

/** Connections that lead around a layer. */
export const CONNECTION_DEFINITIONS: readonly LayerDefinition[] = [residualDefinition, highwayDefinition];
