import { uniform } from '../shared/random.mjs';

/**
 * Bits per character of ids that a model has not seen: the mean of −log₂ of the probability that it gave the
 * character which came. One stream reads all of them, so that every character is judged with the whole past.
 */
export function bitsPerCharacter(model, ids) {
  const stream = model.stream();
  const frame = new Float32Array(1);
  let bits = 0;
  for (let i = 1; i < ids.length; i++) {
    frame[0] = ids[i - 1];
    bits -= Math.log2(Math.max(stream.step(frame)[ids[i]], 2 ** -24));
  }
  return bits / (ids.length - 1);
}

/** Bits per character of a guess that knows how often each one stood in the text learned, and nothing else. */
export function bitsOfFrequencies(learned, ids, count) {
  const times = new Array(count).fill(1);
  for (const id of learned) times[id]++;
  const all = learned.length + count;
  return ids.reduce((bits, id) => bits - Math.log2(times[id] / all), 0) / ids.length;
}

/**
 * Ids that a model makes after those of a prompt. Each is drawn from the model's probabilities raised to
 * 1 / temperature: near 0 takes the likeliest, 1 draws as the model believes, above that is bolder.
 */
export function* generate(model, prompt, { length, temperature, seed }) {
  const stream = model.stream();
  const next = uniform(seed);
  const frame = new Float32Array(1);
  let probabilities;
  const read = (id) => {
    frame[0] = id;
    probabilities = stream.step(frame);
  };
  for (const id of prompt) read(id);
  for (let i = 0; i < length; i++) {
    const id = draw(probabilities, temperature, next());
    yield id;
    read(id);
  }
}

/** The id at which the running sum of p^(1/temperature) passes the share `u` of the whole. */
export function draw(probabilities, temperature, u) {
  const best = Math.max(...probabilities);
  const weights = Array.from(probabilities, (p) => (p / best) ** (1 / temperature));
  let left = u * weights.reduce((sum, weight) => sum + weight, 0);
  for (let id = 0; id < weights.length; id++) {
    left -= weights[id];
    if (left < 0) return id;
  }
  return weights.indexOf(1);
}
