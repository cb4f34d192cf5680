import { MemoryError } from './errors.js';

/** `1.30 MiB`, `420 B`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`;
}

/** A zeroed array of floats outside of linear memory. @throws MemoryError saying how much was asked for */
export function allocateFloats(where: string, count: number): Float32Array {
  try {
    return new Float32Array(count);
  } catch {
    throw new MemoryError(
      `${where}: ${formatBytes(4 * count)} in one array is more than this engine gives; fewer samples at a ` +
        'time need less',
    );
  }
}
