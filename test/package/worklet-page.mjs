// Runs in the page that worklet.node.test.ts serves: each function gives what the test compares.
import { createModelNode, FormatError, ShapeError } from '/dist/worklet/index.js';

const RATE = 48_000;

const bytesOf = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());

/** The sound, as many channels as there are, through a node in an OfflineAudioContext. */
async function render(channels, options, { before, at, during } = {}) {
  const flat = new Float32Array((await bytesOf('/sound')).buffer);
  const length = flat.length / channels;
  const rows = channels * (options.values ?? 1);
  const context = new OfflineAudioContext({ numberOfChannels: rows, length, sampleRate: RATE });
  const model = await bytesOf(options.path ?? '/first.recurra');
  const { path, ...rest } = options;
  const node = await createModelNode(context, { model, channels, ...rest });
  await before?.(node);
  const buffer = new AudioBuffer({ numberOfChannels: channels, length, sampleRate: RATE });
  for (let c = 0; c < channels; c++) buffer.copyToChannel(flat.subarray(c * length, (c + 1) * length), c);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(node.node).connect(context.destination);
  source.start();
  let later;
  if (during !== undefined && context.suspend !== undefined) {
    later = context.suspend(at / RATE).then(async () => {
      await during(node);
      context.resume();
    });
  }
  const rendered = await context.startRendering();
  await later;
  const report = await node.report();
  const output = Array.from({ length: rows }, (_, r) => [...rendered.getChannelData(r)]);
  return { info: node.info, report, output, suspended: later !== undefined };
}

/** What a promise that must be refused is refused with. */
const refusal = (promise) =>
  promise.then(
    () => 'nothing',
    (error) => `${error.constructor.name}: ${error.message}`,
  );

window.worklet = {
  render,

  /** Garbage at the start. */
  async garbage() {
    const context = new OfflineAudioContext({ length: 1280, sampleRate: RATE });
    const first = await bytesOf('/first.recurra');
    const damaged = first.slice();
    damaged[200] ^= 1;
    const attempts = [
      { model: new Uint8Array(64) },
      { model: damaged },
      { model: first, hop: 3 },
      { model: first, processorUrl: '/none.js' },
      { model: 'first' },
    ];
    const refused = [];
    for (const options of attempts) refused.push(await refusal(createModelNode(context, options)));
    const isFormatError = await createModelNode(context, attempts[0]).catch((e) => e instanceof FormatError);
    return { refused, isFormatError };
  },

  /** Garbage before the sound begins: the first model plays on. */
  garbageLater: (channels, options) =>
    render(channels, options, {
      before: async (node) => {
        window.refused = [
          await refusal(node.load(new Uint8Array(64))),
          await node.load(await bytesOf('/odd.recurra')).catch((error) => error instanceof ShapeError),
        ];
      },
    }).then((result) => ({ ...result, refused: window.refused })),

  /** Another model in the middle, where the engine can stop there, else before the first block. */
  swap: (channels, options, at, takeover) => {
    const load = async (node) => node.load(await bytesOf('/second.recurra'), takeover);
    const canStop = OfflineAudioContext.prototype.suspend !== undefined;
    return render(channels, options, canStop ? { at, during: load } : { before: load });
  },

  /** In real time, for some blocks where there is a device for sound, and closed. */
  async live() {
    const pause = (ms) => new Promise((done) => setTimeout(done, ms));
    const context = new AudioContext();
    const node = await createModelNode(context, { model: await bytesOf('/first.recurra') });
    const source = new OscillatorNode(context);
    source.connect(node.node).connect(context.destination);
    source.start();
    // Without a device Firefox waits for one.
    await Promise.race([context.resume(), pause(2000)]);
    const running = context.state === 'running';
    let report = await node.report();
    for (let i = 0; running && report.blocks < 40 && i < 200; i++) {
      await pause(50);
      report = await node.report();
    }
    node.close();
    const closed = await refusal(node.report());
    context.close();
    return { running, report, closed };
  },
};
