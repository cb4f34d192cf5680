import type { Report } from './meter.js';
import type { Takeover } from './player.js';

/** Name under which the processor is registered. */
export const PROCESSOR = 'recurra';

/** What the page gives with the node: `processorOptions`. */
export interface ProcessorOptions {
  readonly model: Uint8Array | ArrayBuffer;
  readonly hop?: number;
  readonly channels: number;
  readonly values?: number;
  readonly measure: boolean;
}

/** How a model and the sound fit together. */
export interface ModelInfo {
  /** Samples that a step looks at: the input features of the model. */
  readonly window: number;
  /** Samples from one step to the next. */
  readonly hop: number;
  /** Numbers that a step gives for each channel of sound. */
  readonly outputs: number;
  /** Samples by which the output lags behind the input. */
  readonly latency: number;
  /** Milliseconds that loading took on the audio thread. */
  readonly loadMs: number;
}

/** From the page to the processor. Each is answered under its `id`, 'close' aside. */
export type ToProcessor =
  | ({ readonly kind: 'load'; readonly id: number; readonly model: Uint8Array | ArrayBuffer } & Takeover)
  | { readonly kind: 'reset'; readonly id: number }
  | { readonly kind: 'report'; readonly id: number }
  | { readonly kind: 'close' };

/** From the processor to the page. The first answer, to `processorOptions`, has the id 0. */
export type FromProcessor =
  | { readonly kind: 'loaded'; readonly id: number; readonly info: ModelInfo }
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'report'; readonly id: number; readonly report: Report }
  | { readonly kind: 'refused'; readonly id: number | null; readonly name: string; readonly message: string }
  | { readonly kind: 'trouble'; readonly report: Report };
