export {
  type AttentionScore,
  type CellName,
  type CellOptions,
  type EncoderDecoderOptions,
  encoderDecoder,
} from './encoder-decoder.js';
export { generate } from './generate.js';
export { type GenerateFramesOptions, generateFrames } from './generate-frames.js';
export type { GenerateOptions, Strategy } from './options.js';
export {
  inverseSigmoidDecay,
  type ProbabilitySchedule,
  type ScheduledSamplingOptions,
  type StepSchedule,
  scheduledSampling,
} from './scheduled-sampling.js';
export type { Generated } from './session.js';
export {
  type ForcedInputs,
  type ForcedPair,
  padTokens,
  type TeacherForcingOptions,
  teacherForcing,
} from './teacher-forcing.js';
export { type TransformerOptions, transformer } from './transformer.js';
