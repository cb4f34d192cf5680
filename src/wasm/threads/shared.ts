/** Most pages of 64 KiB that WebAssembly can address: 4 GiB. */
const MOST_PAGES = 65536;
/** With less room than this a shared memory is of no use: 64 MiB. */
const LEAST_PAGES = 1024;

/**
 * Memory that workers can share. An engine may set its largest size aside at once, so that a smaller one is
 * tried where 4 GiB is refused.
 */
export function sharedMemory(initial: number): WebAssembly.Memory {
  for (let maximum = MOST_PAGES; ; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial, maximum, shared: true });
    } catch (error) {
      if (maximum / 2 < Math.max(LEAST_PAGES, initial)) throw error;
    }
  }
}

/** Why memory cannot be shared here, or undefined when it can. */
export function whyNotShared(): string | undefined {
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated;
  if (typeof SharedArrayBuffer === 'undefined') {
    if (isolated) return 'shared memory: this engine has no SharedArrayBuffer';
    return (
      'shared memory: there is no SharedArrayBuffer (a page needs the headers ' +
      'Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp)'
    );
  }
  if (isolated === false) {
    return (
      'shared memory: the page is not cross-origin isolated (it needs the headers ' +
      'Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp)'
    );
  }
  try {
    const { buffer } = sharedMemory(1);
    return buffer instanceof SharedArrayBuffer
      ? undefined
      : 'shared memory: WebAssembly memory is not shared';
  } catch (error) {
    return `shared memory: ${String(error)}`;
  }
}

/** Whether this thread may sleep; the main thread of a page may not. */
export function maySleep(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}
