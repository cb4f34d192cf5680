import type { WeightConfig } from '../weight.js';
import type { SightConfig } from './additive-passes.js';

/** What {@link attention} compares a query and a key by. */
export type ScoreMode = 'dot' | 'general' | 'concat';

/** Every one of them. */
export const SCORE_MODES = ['dot', 'general', 'concat'] as const;

/** The options of {@link attention}, complete. */
export interface AttentionConfig extends SightConfig {
  readonly scoreMode: ScoreMode;
  readonly useScale: boolean;
  readonly kernel: WeightConfig;
}
