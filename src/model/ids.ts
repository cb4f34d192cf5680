/** Position of the first value that is no whole number from 0 to limit − 1, or −1. */
export function findOutOfRange(values: ArrayLike<number>, limit: number): number {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!(value >= 0 && value < limit && Number.isInteger(value))) return i;
  }
  return -1;
}
