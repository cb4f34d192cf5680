// A processor that loads the saved model and uses it before its first block of sound.
import * as recurra from '/node_modules/recurra/dist/index.js';
import { infer } from '/program.mjs';

registerProcessor(
  'program',
  class extends AudioWorkletProcessor {
    constructor({ processorOptions: { saved } }) {
      super();
      let result;
      try {
        result = { inferred: infer(recurra, saved), threads: 1, missing: [], relaxed: '-' };
      } catch (error) {
        result = { error: `${error} ${error?.stack}` };
      }
      this.port.postMessage(result);
    }

    process() {
      return false;
    }
  },
);
