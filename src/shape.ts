/** Sizes of a tensor, outermost first. */
export type Shape = readonly number[];

/** A shape in which a size may be open (`null`: any length). */
export type OpenShape = readonly (number | null)[];

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const d of shape) size *= d;
  return size;
}

/** `[32, 10, 8]` or `[null, 8]`, as error messages and summaries print it. */
export function formatShape(shape: OpenShape): string {
  return `[${shape.map((d) => (d === null ? 'null' : String(d))).join(', ')}]`;
}

/** Whether a concrete shape fits an open one. */
export function shapeFits(shape: Shape, open: OpenShape): boolean {
  return shape.length === open.length && open.every((d, i) => d === null || d === shape[i]);
}

/** Whether two shapes are equal, open sizes included. */
export function sameShape(a: OpenShape, b: OpenShape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

/** `[batch, time, 8]` for one sample of shape `[null, 8]`. */
export function withBatch(shape: OpenShape): string {
  return `[${['batch', ...shape.map((d) => d ?? 'time')].join(', ')}]`;
}
