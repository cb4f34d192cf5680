/** Index of the largest of `count` values from `at` on, the first of equals. */
export function argmax(values: Float32Array, at: number, count: number): number {
  let best = 0;
  let top = values[at];
  for (let j = 1; j < count; j++) {
    const value = values[at + j];
    if (value > top) {
      top = value;
      best = j;
    }
  }
  return best;
}
