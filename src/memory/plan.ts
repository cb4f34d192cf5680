/** One buffer to place: its size and the span of calls, ends included, during which it must keep its content. */
export interface Placement {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Where each buffer goes, and how much memory that takes in all. */
export interface Plan {
  readonly offsets: readonly number[];
  readonly bytes: number;
}

/** Every planned buffer starts on a cache line. */
export const ALIGNMENT = 64;

/** Rounds up to the alignment of planned buffers. */
export function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/**
 * Places buffers so that those alive at the same time do not overlap, and others share space.
 *
 * Largest first, each at the lowest offset that is free over its whole span. The result depends on the
 * requests alone.
 *
 * ```text
 * bytes
 *   ^   +--------------+   +---+
 *   |   |   scratch    |   | d |      two short lives share what
 *   |   +--------------+---+---+--+   one long life leaves free
 *   |   |        gates (saved)    |
 *   +---+-------------------------+--> calls
 * ```
 */
export function planOffsets(requests: readonly Placement[]): Plan {
  const order = requests
    .map((_, i) => i)
    .sort((a, b) => requests[b].bytes - requests[a].bytes || requests[a].first - requests[b].first || a - b);
  const offsets = new Array<number>(requests.length).fill(0);
  const placed: number[] = [];
  let total = 0;
  for (const i of order) {
    const { bytes, first, last } = requests[i];
    const size = align(bytes);
    const neighbours = placed
      .filter((j) => requests[j].first <= last && first <= requests[j].last)
      .sort((a, b) => offsets[a] - offsets[b]);
    let offset = 0;
    for (const j of neighbours) {
      if (offset + size <= offsets[j]) break;
      offset = Math.max(offset, offsets[j] + align(requests[j].bytes));
    }
    offsets[i] = offset;
    total = Math.max(total, offset + size);
    placed.push(i);
  }
  return { offsets, bytes: total };
}
