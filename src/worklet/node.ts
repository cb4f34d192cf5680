import { checkBoolean, checkInteger } from '../check.js';
import { describeValue } from '../describe.js';
import * as errors from '../errors.js';
import {
  type FromProcessor,
  type ModelInfo,
  PROCESSOR,
  type ProcessorOptions,
  type ToProcessor,
} from './messages.js';
import type { Report } from './meter.js';

const { checkOptionNames, RecurraError, StateError, ValueError } = errors;

/** Options of {@link createModelNode}. */
export interface ModelNodeOptions {
  /** What `save` gave. Its input is [time, window]: samples of one channel. */
  model: Uint8Array | ArrayBuffer;
  /**
   * Samples from one step to the next, at most the window. Default the numbers that a step gives, and with `values`
   * the window.
   */
  hop?: number;
  /** Channels of sound, each a sequence of its own. Default 1. */
  channels?: number;
  /**
   * Numbers that a step gives, for models that give no sound: each is held over a hop on an output channel of its
   * own, those of the first channel of sound first. Left out, a step gives the samples of a hop.
   */
  values?: number;
  /** False times no blocks, so that the processor does not read the clock twice in each. Default true. */
  measure?: boolean;
  /** Where the processor's file lies. Default beside this module, where a bundler that knows `new URL` puts it. */
  processorUrl?: string | URL;
}

/** Options of {@link ModelNode.load}. */
export interface LoadModelOptions {
  /** Hops over which the old model fades into the new one; 0 changes from one hop to the next. Default 16. */
  crossfade?: number;
  /** True begins with the state of the old model, which must have the same shapes. Default false. */
  keepState?: boolean;
}

/** What a {@link ModelNode} tells unasked. */
export interface ModelNodeEvents {
  /** Blocks took too long, or hops were replaced by silence. At most once a second of sound. */
  trouble: Report;
  /** The processor does not answer any more: the browser has ended it. */
  failure: Error;
}

type Answer = Exclude<FromProcessor, { kind: 'trouble' | 'refused' }>;

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

const added = new WeakMap<BaseAudioContext, Map<string, Promise<void>>>();

/** Brings the processor into a context, once for each place it is brought from. */
async function addProcessor(context: BaseAudioContext, url: string): Promise<void> {
  const known = added.get(context) ?? new Map<string, Promise<void>>();
  added.set(context, known);
  const adding = known.get(url) ?? context.audioWorklet.addModule(url);
  known.set(url, adding);
  try {
    await adding;
  } catch (error) {
    known.delete(url);
    throw new StateError(
      `worklet: '${url}' could not be added (${String(error)}): expected the file recurra/worklet/processor`,
    );
  }
}

/**
 * A node that runs a model on the audio thread.
 *
 * The model is loaded there, synchronously, from its bytes. The promise comes when it plays; the node is silent before.
 *
 * @throws FormatError for what is no saved model, ShapeError when model, hop and channels do not fit, ValueError for
 *   other options, StateError where there is no AudioWorklet or the processor's file is not found
 */
export async function createModelNode(
  context: BaseAudioContext,
  options: ModelNodeOptions,
): Promise<ModelNode> {
  const names = ['model', 'hop', 'channels', 'values', 'measure', 'processorUrl'];
  checkOptionNames('createModelNode', options, names);
  const { model, hop, channels = 1, values, measure = true } = options;
  checkBytes('createModelNode', model);
  for (const [name, value] of Object.entries({ hop, channels, values })) {
    if (value !== undefined) checkInteger('createModelNode', name, value, { min: 1 });
  }
  checkBoolean('createModelNode', 'measure', measure);
  if (context?.audioWorklet === undefined) {
    throw new StateError(
      'createModelNode: this context has no AudioWorklet: pages have one over https or on localhost',
    );
  }
  const url = options.processorUrl ?? new URL('./processor.js', import.meta.url);
  await addProcessor(context, String(url));
  const processorOptions: ProcessorOptions = { model, hop, channels, values, measure };
  const node = new AudioWorkletNode(context, PROCESSOR, {
    numberOfInputs: 1,
    numberOfOutputs: 1,
    channelCount: channels,
    channelCountMode: 'explicit',
    channelInterpretation: values === undefined ? 'speakers' : 'discrete',
    outputChannelCount: [channels * (values ?? 1)],
    processorOptions,
  });
  const made = new ModelNode(node);
  await made.ready;
  return made;
}

/** What {@link createModelNode} gives: an AudioWorkletNode, and what can be asked of its processor. */
export class ModelNode {
  /** @internal The answer to the options. */
  readonly ready: Promise<ModelInfo>;
  private readonly waiting = new Map<number, Waiting>();
  private readonly listeners: { [E in keyof ModelNodeEvents]: Set<(event: ModelNodeEvents[E]) => void> } = {
    trouble: new Set(),
    failure: new Set(),
  };
  private count = 0;
  private ended: Error | null = null;
  private current: ModelInfo | null = null;

  /** @internal Made by {@link createModelNode}. */
  constructor(
    /** To be connected with others. */
    readonly node: AudioWorkletNode,
  ) {
    node.port.onmessage = ({ data }: MessageEvent<FromProcessor>) => this.take(data);
    node.onprocessorerror = () => this.fail(new StateError('worklet: the browser has ended the processor'));
    this.ready = this.answer(0).then((answer) => this.noteModel(answer));
  }

  /** How the model that plays and the sound fit together. */
  get info(): ModelInfo {
    if (this.current === null) throw new StateError('worklet: no model plays yet');
    return this.current;
  }

  /**
   * Another model takes over, without a gap.
   *
   * It is loaded on the audio thread between two blocks; `loadMs` of what comes back says how long that took.
   *
   * @throws FormatError or ShapeError when it is no saved model or does not fit; the old one goes on then
   */
  async load(model: Uint8Array | ArrayBuffer, options: LoadModelOptions = {}): Promise<ModelInfo> {
    checkBytes('load', model);
    checkOptionNames('load', options, ['crossfade', 'keepState']);
    const { crossfade = 16, keepState = false } = options;
    checkInteger('load', 'crossfade', crossfade, { min: 0 });
    checkBoolean('load', 'keepState', keepState);
    return this.noteModel(await this.ask((id) => ({ kind: 'load', id, model, crossfade, keepState })));
  }

  /** A new sequence: every state is zero, and what is under way is silence. */
  async reset(): Promise<void> {
    await this.ask((id) => ({ kind: 'reset', id }));
  }

  /** What was measured so far. */
  async report(): Promise<Report> {
    const answer = await this.ask((id) => ({ kind: 'report', id }));
    return (answer as { report: Report }).report;
  }

  /** Calls a function with each event of a kind. @returns what ends that */
  on<E extends keyof ModelNodeEvents>(event: E, listener: (event: ModelNodeEvents[E]) => void): () => void {
    const set = this.listeners[event];
    if (set === undefined) throw errors.unknownName('on', 'event', event, Object.keys(this.listeners));
    set.add(listener);
    return () => set.delete(listener);
  }

  /** Disconnects the node and lets the processor go. What is asked afterwards is refused. */
  close(): void {
    if (this.ended !== null) return;
    this.post({ kind: 'close' });
    this.node.disconnect();
    this.end(new StateError('worklet: the node is closed'));
  }

  private noteModel(answer: Answer): ModelInfo {
    this.current = (answer as { info: ModelInfo }).info;
    return this.current;
  }

  private ask(message: (id: number) => ToProcessor): Promise<Answer> {
    if (this.ended !== null) return Promise.reject(this.ended);
    this.count++;
    this.post(message(this.count));
    return this.answer(this.count);
  }

  private post(message: ToProcessor): void {
    this.node.port.postMessage(message);
  }

  private answer(id: number): Promise<Answer> {
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  private take(message: FromProcessor): void {
    if (message.kind === 'trouble') {
      for (const listener of this.listeners.trouble) listener(message.report);
      return;
    }
    const waiting = this.waiting.get(message.id as number);
    this.waiting.delete(message.id as number);
    if (message.kind === 'refused') waiting?.reject(errorOf(message));
    else waiting?.resolve(message);
  }

  private fail(error: Error): void {
    if (this.ended !== null) return;
    this.end(error);
    for (const listener of this.listeners.failure) listener(error);
  }

  private end(error: Error): void {
    this.ended = error;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}

/** The error that was thrown on the audio thread, of the same class. */
function errorOf({ name, message }: { name: string; message: string }): Error {
  const Known = (errors as unknown as Record<string, unknown>)[name] as typeof RecurraError | undefined;
  return Known?.prototype instanceof Error
    ? new Known(message)
    : new RecurraError(`worklet: ${name}: ${message}`);
}

function checkBytes(where: string, model: unknown): void {
  if (model instanceof ArrayBuffer || ArrayBuffer.isView(model)) return;
  throw new ValueError(
    `${where}: model must be the bytes of a saved model (Uint8Array or ArrayBuffer), got ${describeValue(model)}`,
  );
}
