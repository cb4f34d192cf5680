/**
 * The file for `audioWorklet.addModule`: registers the processor 'recurra', and needs nothing but itself. Pages make its
 * nodes with `createModelNode` of `recurra/worklet`.
 *
 * @packageDocumentation
 */
import { Engine, type Surroundings } from './engine.js';
import { PROCESSOR } from './messages.js';

// What an AudioWorklet has around it, which TypeScript's libraries do not tell.
declare const sampleRate: number;
declare const currentFrame: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: typeof AudioWorkletProcessor): void;

/** Samples of a block, where a context does not say. */
const QUANTUM = 128;

function surroundings(): Surroundings {
  const { renderQuantumSize, performance } = globalThis as {
    renderQuantumSize?: number;
    performance?: { now?(): number };
  };
  const isFine = typeof performance?.now === 'function';
  return {
    sampleRate,
    quantum: renderQuantumSize ?? QUANTUM,
    clock: isFine ? 'performance.now' : 'Date.now',
    now: isFine ? () => performance.now?.() as number : () => Date.now(),
  };
}

registerProcessor(
  PROCESSOR,
  class extends AudioWorkletProcessor {
    private readonly engine: Engine;

    constructor(options?: { processorOptions?: unknown }) {
      super();
      this.engine = new Engine(options?.processorOptions, surroundings(), (message) =>
        this.port.postMessage(message),
      );
      this.port.onmessage = ({ data }) => this.engine.receive(data);
    }

    process(inputs: readonly Float32Array[][], outputs: readonly Float32Array[][]): boolean {
      return this.engine.process(inputs[0], outputs[0], currentFrame);
    }
  } as typeof AudioWorkletProcessor,
);
