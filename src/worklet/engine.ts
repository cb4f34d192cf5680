import { checkBoolean, checkInteger, checkWord } from '../check.js';
import { describeValue } from '../describe.js';
import { checkOptionNames, ShapeError, StateError, ValueError } from '../errors.js';
import { Hops } from './hops.js';
import type { FromProcessor, ModelInfo, ProcessorOptions } from './messages.js';
import { Meter, type Report } from './meter.js';
import { Player } from './player.js';

/** What the audio thread says about itself. */
export interface Surroundings {
  readonly sampleRate: number;
  /** Samples of a block. */
  readonly quantum: number;
  readonly clock: Report['clock'];
  /** Milliseconds of the clock. */
  readonly now: () => number;
}

/** Seconds of sound between two messages about trouble. */
const TELL_EVERY = 1;

/**
 * What the processor does, apart from being one: sound through a model, messages in and out. It throws at nobody:
 * what cannot be done is answered with 'refused', and sound is silence while there is no model.
 */
export class Engine {
  private options: ProcessorOptions | null = null;
  private player: Player | null = null;
  private hops: Hops | null = null;
  private meter: Meter;
  private isOpen = true;
  private positions = 1;

  constructor(
    given: unknown,
    private readonly surroundings: Surroundings,
    private readonly post: (message: FromProcessor) => void,
  ) {
    this.meter = this.makeMeter(true);
    this.answer(0, () => {
      const options = readOptions(given);
      this.options = options;
      this.meter = this.makeMeter(options.measure);
      this.load(options.model, 0, false, 0);
    });
  }

  /**
   * One block of sound. Allocates nothing unless there is trouble to tell.
   * @param frame where in the context's time the block begins
   * @returns whether the processor is to be kept
   */
  process(input: readonly Float32Array[], output: readonly Float32Array[], frame: number): boolean {
    if (this.hops === null) return this.isOpen;
    this.meter.begin();
    this.hops.process(input, output);
    this.meter.end(frame);
    const { sampleRate, quantum } = this.surroundings;
    if (this.meter.hasNews((TELL_EVERY * sampleRate) / quantum)) {
      this.post({ kind: 'trouble', report: this.meter.report() });
    }
    return this.isOpen;
  }

  /** A message from the page. */
  receive(message: unknown): void {
    const { id, kind, ...rest } = (typeof message === 'object' && message !== null ? message : {}) as Record<
      string,
      unknown
    >;
    const number = typeof id === 'number' ? id : null;
    this.answer(number, () => {
      const what = checkWord('worklet', 'kind', kind, ['load', 'reset', 'report', 'close'] as const);
      if (what === 'close') {
        this.isOpen = false;
        return;
      }
      const asked = checkInteger('worklet', 'id', id);
      if (what === 'load') {
        checkOptionNames('worklet', rest, ['model', 'crossfade', 'keepState']);
        const crossfade = checkInteger('worklet', 'crossfade', rest.crossfade, { min: 0 });
        const keepState = checkBoolean('worklet', 'keepState', rest.keepState);
        this.load(rest.model as Uint8Array, crossfade, keepState, asked);
      } else if (what === 'reset') {
        this.player?.reset();
        this.hops?.clear();
        this.post({ kind: 'done', id: asked });
      } else this.post({ kind: 'report', id: asked, report: this.meter.report() });
    });
  }

  private answer(id: number | null, work: () => void): void {
    try {
      work();
    } catch (error) {
      const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
      this.post({ kind: 'refused', id, name, message });
    }
  }

  private load(model: Uint8Array | ArrayBuffer, crossfade: number, keepState: boolean, id: number): void {
    const { options, surroundings } = this;
    if (options === null) throw new StateError('worklet: the node was made with options that were refused');
    const begun = surroundings.now();
    if (this.player !== null) this.player.replace(model, { crossfade, keepState });
    else {
      const player = new Player(model, options.channels);
      this.hops = this.makeHops(options, player);
      this.player = player;
    }
    const loadMs = surroundings.now() - begun;
    this.post({ kind: 'loaded', id, info: { ...this.describe(), loadMs } });
  }

  private describe(): Omit<ModelInfo, 'loadMs'> {
    const { window, outputs } = this.player as Player;
    const { latency, sizes } = this.hops as Hops;
    return { window, hop: sizes.hop, outputs, latency };
  }

  private makeHops({ hop: given, channels, values }: ProcessorOptions, { window, outputs }: Player): Hops {
    const held = values !== undefined;
    const hop = given ?? (held ? window : outputs);
    if (hop > window) {
      throw new ShapeError(
        `worklet: hop is ${hop}, expected at most the ${window} samples that a step takes`,
      );
    }
    const expected = values ?? hop;
    if (outputs !== expected) {
      const reason = held ? `values is ${values}` : `hop is ${hop}, and a step gives the samples of a hop`;
      const hint = held ? '' : `; values: ${outputs} would hold them on ${outputs} output channels`;
      throw new ShapeError(
        `worklet: the model gives ${outputs} numbers a step, expected ${expected}: ${reason}${hint}`,
      );
    }
    this.positions = held ? 1 : outputs;
    const { quantum } = this.surroundings;
    return new Hops({ window, hop, channels, outputs, held, quantum }, this.step);
  }

  private readonly step = (frame: Float32Array): Float32Array | null => {
    const player = this.player as Player;
    try {
      const values = player.step(frame, this.positions);
      if (areFinite(values)) return values;
    } catch {
      // An id out of range, say. The report counts it.
    }
    player.reset();
    this.meter.silence();
    return null;
  };

  private makeMeter(measure: boolean): Meter {
    const { sampleRate, quantum, now, clock } = this.surroundings;
    return new Meter((1000 * quantum) / sampleRate, measure ? now : null, measure ? clock : 'none');
  }
}

function areFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += 0 * values[i];
  return sum === 0;
}

function readOptions(given: unknown): ProcessorOptions {
  if (typeof given !== 'object' || given === null) {
    throw new ValueError(
      `worklet: processorOptions must be an object with model, got ${describeValue(given)}`,
    );
  }
  checkOptionNames('worklet', given, ['model', 'hop', 'channels', 'values', 'measure']);
  const { model, hop, channels, values, measure } = given as Record<string, unknown>;
  return {
    model: model as Uint8Array,
    channels: checkInteger('worklet', 'channels', channels ?? 1, { min: 1 }),
    measure: checkBoolean('worklet', 'measure', measure ?? true),
    ...(hop === undefined ? {} : { hop: checkInteger('worklet', 'hop', hop, { min: 1 }) }),
    ...(values === undefined ? {} : { values: checkInteger('worklet', 'values', values, { min: 1 }) }),
  };
}
