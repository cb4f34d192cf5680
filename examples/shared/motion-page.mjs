// What the pages do: load the model, draw a motion, tell what it is, and stream it frame by frame.
import { load } from 'recurra';
import { AXES, drawMotion, LABELS } from './motion.mjs';
import { uniform } from './random.mjs';

const FRAMES = 60;

const percent = (value) => `${(100 * value).toFixed(1)} %`;

/** Fills the page. The element `result` has the numbers as data, for those who compare. */
export async function showMotion(modelUrl) {
  const response = await fetch(modelUrl);
  if (!response.ok) throw new Error(`${modelUrl}: ${response.status}`);
  const model = load(await response.arrayBuffer());
  const result = document.querySelector('#result');

  function show(seed, label) {
    const frames = drawMotion(label, FRAMES, uniform(seed));
    const whole = Array.from(model.predict({ data: frames, shape: [1, FRAMES, AXES] }).data);
    const stream = model.stream();
    let last;
    for (let at = 0; at < frames.length; at += AXES) last = stream.step(frames.subarray(at, at + AXES));
    const streamed = Array.from(last);
    const best = whole.indexOf(Math.max(...whole));
    result.textContent = `A ${LABELS[label]} bearer drawn; the model says: ${LABELS[best]}, ${percent(whole[best])}`;
    result.dataset.seed = String(seed);
    result.dataset.label = String(label);
    result.dataset.whole = JSON.stringify(whole);
    result.dataset.streamed = JSON.stringify(streamed);
  }

  let seed = 1;
  LABELS.forEach((name, label) => {
    const button = document.createElement('button');
    button.textContent = name;
    button.addEventListener('click', () => {
      seed++;
      show(seed, label);
    });
    document.querySelector('#labels').append(button);
  });
  show(seed, 1);
}
