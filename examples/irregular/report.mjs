import { tensor } from 'recurra';
import { SYSTEMS } from './systems.mjs';

/** What the model takes each series for. */
export function guesses(model, { x, lengths }) {
  const { data } = model.predict(x, { lengths });
  const width = SYSTEMS.length;
  return lengths.map((_, i) => {
    const row = Array.from(data.subarray(i * width, (i + 1) * width));
    return row.indexOf(Math.max(...row));
  });
}

/** Share that is right among series of lengths from `from` to below `to`; null where there are none. */
export function accuracy(guessed, { labels, lengths }, from = 0, to = Number.POSITIVE_INFINITY) {
  const chosen = lengths.flatMap((length, i) => (length >= from && length < to ? [i] : []));
  if (chosen.length === 0) return null;
  return chosen.filter((i) => guessed[i] === labels[i]).length / chosen.length;
}

/** Accuracy of the short, the middling and the long series, a line each. */
export function byLength(guessed, held, { shortest, longest }) {
  const third = (longest + 1 - shortest) / 3;
  const edges = [0, 1, 2, 3].map((i) => Math.round(shortest + i * third));
  return edges.slice(1).map((to, i) => {
    const share = accuracy(guessed, held, edges[i], to);
    const steps = `${edges[i]} to ${to - 1} steps`.padEnd(18);
    return `${steps}${share === null ? 'none' : `${(100 * share).toFixed(1).padStart(6)} %`}`;
  });
}

/** How many series have the same bits by themselves, without padding, as padded among the others. */
export function sameBare(model, { x, lengths }) {
  const longest = x.shape[1];
  const padded = new Uint32Array(model.predict(x, { lengths }).data.buffer);
  const width = SYSTEMS.length;
  return lengths.filter((length, i) => {
    const bare = tensor(x.data.slice(i * longest, i * longest + length), [1, length, 1]);
    const bits = new Uint32Array(model.predict(bare).data.buffer);
    return bits.every((word, j) => word === padded[i * width + j]);
  }).length;
}
