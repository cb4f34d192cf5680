// What a program of this bench is asked, and how it answers. Timed runs say nothing.
import { readFileSync, writeSync } from 'node:fs';

const [, , folder, mode] = process.argv;

/** Bytes of a file of the model. */
export const file = (name) => readFileSync(`${folder}/${name}`);

/** The frame, as numbers of its own. */
export function frame() {
  const { buffer, byteOffset, byteLength } = file('frame.bin');
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

/** Prints the output, the largest resident size of the process in kilobytes, and its processor time, where it is asked to. */
export function answer(output) {
  if (mode !== 'report') return;
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  writeSync(1, JSON.stringify({ output: Array.from(output), maxRSS, cpu: userCPUTime + systemCPUTime }));
}
