import { checkWord } from '../../check.js';
import { ACTIVATIONS, type ActivationName, CELL_ACTIVATION_NAMES } from '../activations.js';
import { type SequenceConfig, type SequenceOptions, sequenceConfig } from './options.js';

/**
 * Activation of a candidate: what recurrent cells take, or 'g', which keeps it above 0 (Feng et al. 2024):
 * g(x) = x + ½ for x ≥ 0, 1 / (1 + e⁻ˣ) below.
 */
export type CandidateActivation = ActivationName | 'g';

/** Options of {@link minGru} and {@link minLstm}: those of recurrent layers, but for the recurrent product. */
export interface ScanOptions extends SequenceOptions {
  /** Activation of the candidate h̃. Default 'linear'. */
  activation?: CandidateActivation;
}

/** The options of a minGRU or minLSTM, complete. */
export interface ScanConfig extends SequenceConfig {
  readonly activation: CandidateActivation;
}

/** Codes of assembly/cells/candidate.ts. */
const CANDIDATES = { ...ACTIVATIONS, g: 15 } as const;

const CANDIDATE_NAMES: readonly CandidateActivation[] = [...CELL_ACTIVATION_NAMES, 'g'];

/** Code of a candidate's activation. */
export function candidateCode(name: CandidateActivation): number {
  return CANDIDATES[name];
}

/** Checks the options and fills in defaults. */
export function scanConfig(
  where: string,
  options: ScanOptions,
  furtherNames: readonly string[] = [],
): ScanConfig {
  const config = sequenceConfig(where, options, ['activation', ...furtherNames]);
  const activation = checkWord(where, 'activation', options.activation ?? 'linear', CANDIDATE_NAMES);
  return { ...config, activation };
}
