// The program as a process: `node main.mjs THREADS`, likewise in Deno and Bun. Prints one line of JSON.
import * as recurra from 'recurra';
import { run } from './program.mjs';

const start = performance.now();
const { saved, ...result } = await run(recurra, Number(process.argv[2] ?? 1));
console.log(JSON.stringify({ ...result, savedBytes: saved.length, ms: performance.now() - start }));
