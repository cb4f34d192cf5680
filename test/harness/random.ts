/** Seeded test data: asymmetric, not symmetric about zero, the same in every engine (mulberry32). */
export function testRandom(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** `count` floats in [low, high), rounded to f32. */
export function testData(seed: number, count: number, low = -0.9, high = 1.1): Float32Array {
  const next = testRandom(seed);
  return Float32Array.from({ length: count }, () => low + (high - low) * next());
}
