/** Seeded uniform numbers from 0 to below 1, the same in every engine (mulberry32). */
export function uniform(seed) {
  let a = seed | 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number near 0 with variance 1, never beyond 6 either way: twelve uniform ones less 6. */
export function bell(next) {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += next();
  return sum;
}

/** A number from `low` to below `high`. */
export function between(next, low, high) {
  return low + (high - low) * next();
}

/** A whole number from 0 to below `count`. */
export function below(next, count) {
  return Math.floor(next() * count);
}
