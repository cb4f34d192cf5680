/** 32-bit floats as they lie in a file, little-endian, at any address: no copy before somebody asks. */
export class FileFloats {
  constructor(private readonly bytes: Uint8Array) {}

  /** Number of floats. */
  get length(): number {
    return this.bytes.length / 4;
  }

  /** Some of them. */
  subarray(begin: number, end: number): FileFloats {
    return new FileFloats(this.bytes.subarray(4 * begin, 4 * end));
  }

  /** Copies all to the start of an array. */
  copyTo(target: Float32Array): void {
    new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(this.bytes);
  }

  /** A copy. */
  toArray(): Float32Array<ArrayBuffer> {
    const copy = new Float32Array(this.length);
    this.copyTo(copy);
    return copy;
  }
}

/** Floats in memory or in a file. */
export type Floats = Float32Array | FileFloats;

/** Writes floats, times `scale`. */
export function writeFloats(floats: Floats, scale: number, target: Float32Array): void {
  if (floats instanceof FileFloats) floats.copyTo(target);
  else target.set(floats);
  if (scale !== 1) for (let i = 0; i < target.length; i++) target[i] *= scale;
}

/** Rows that are turned at a time: enough that pages of the target are not looked up for a few floats each. */
const TILE = 64;

/** Writes rows [R, K], times `scale`, as the columns from `at` on of a matrix [K, N]. */
export function writeColumns(
  rows: Floats,
  [R, K]: readonly [number, number],
  scale: number,
  { data, at, N }: { readonly data: Float32Array; readonly at: number; readonly N: number },
): void {
  const scratch = rows instanceof FileFloats ? new Float32Array(Math.min(R, TILE) * K) : null;
  for (let r = 0; r < R; r += TILE) {
    const count = Math.min(TILE, R - r);
    const part = rows.subarray(r * K, (r + count) * K);
    const tile = part instanceof FileFloats ? (scratch as Float32Array) : part;
    if (part instanceof FileFloats) part.copyTo(tile);
    for (let k = 0; k < K; k++) {
      const start = k * N + at + r;
      for (let j = 0; j < count; j++) data[start + j] = scale * tile[j * K + k];
    }
  }
}
