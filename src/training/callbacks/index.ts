export type { Callback, CallbackContext, Logs, TrainableModel, TrainingParams } from './callback.js';
export { type EarlyStoppingOptions, earlyStopping } from './early-stopping.js';
export { type LearningRateSchedulerOptions, learningRateScheduler } from './learning-rate-scheduler.js';
export { CallbackList } from './list.js';
export { type ModelCheckpointOptions, modelCheckpoint } from './model-checkpoint.js';
export type { MonitorMode } from './monitor.js';
export { type ReduceLROnPlateauOptions, reduceLROnPlateau } from './reduce-lr-on-plateau.js';
export { type TerminateOnNaNOptions, terminateOnNaN } from './terminate-on-nan.js';
