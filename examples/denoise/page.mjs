// Renders a signal through the model once, to say how much clearer it is, and plays it through the same model live.
import { createModelNode } from 'recurra/worklet';
import { clearness, drawSignal, RATE } from './signal.mjs';

const SECONDS = 4;
const SEED = 5;

const element = (id) => document.querySelector(`#${id}`);
const model = new Uint8Array(await (await fetch('model.recurra')).arrayBuffer());
const { clean, noisy } = drawSignal(RATE * SECONDS, SEED);
const sound = new AudioBuffer({ length: noisy.length, sampleRate: RATE, numberOfChannels: 1 });
sound.copyToChannel(noisy, 0);

/** The signal through the model, as fast as the engine can. */
async function render() {
  const context = new OfflineAudioContext({ length: noisy.length, sampleRate: RATE, numberOfChannels: 1 });
  const { node, info } = await createModelNode(context, { model });
  const source = new AudioBufferSourceNode(context, { buffer: sound });
  source.connect(node).connect(context.destination);
  source.start();
  const rendered = await context.startRendering();
  return { samples: rendered.getChannelData(0), info };
}

let playing = null;

async function stop() {
  const context = playing;
  playing = null;
  await context?.close();
}

async function play(isClear) {
  await stop();
  const context = new AudioContext({ sampleRate: RATE });
  playing = context;
  const source = new AudioBufferSourceNode(context, { buffer: sound, loop: true });
  if (isClear) {
    const denoiser = await createModelNode(context, { model });
    const show = ({ blocks, overruns, worstMs, meanMs, blockMs, clock }) => {
      element('report').textContent =
        `${blocks} blocks of ${blockMs.toFixed(1)} ms: ${meanMs.toFixed(3)} ms each, at worst ${worstMs} ms, ` +
        `${overruns} took too long (${clock})`;
    };
    denoiser.on('trouble', show);
    const timer = setInterval(() => {
      if (playing === context) denoiser.report().then(show, () => clearInterval(timer));
      else clearInterval(timer);
    }, 1000);
    source.connect(denoiser.node).connect(context.destination);
  } else source.connect(context.destination);
  source.start();
  await context.resume();
}

element('noisy').addEventListener('click', () => play(false));
element('clear').addEventListener('click', () => play(true));
element('stop').addEventListener('click', stop);

const { samples, info } = await render();
const [before, after] = [clearness(clean, noisy), clearness(clean, samples, info.latency)];
element('result').textContent =
  `The notes stand ${before.toFixed(1)} dB above the noise; behind the model ${after.toFixed(1)} dB above what differs.`;
window.rendered = { samples: Array.from(samples), before, after, info };
