// Debian's PyTorch, in a process of its own that answers commands. Protocol: torch_worker.py.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { concat, gateRows, gatesOf, swapAxes } from '../data.mjs';

export const id = 'torch';
export const title = 'PyTorch';
export const hasThreads = true;

const PYTHON = process.env.PYTHON ?? '/usr/bin/python3';

/** Debian's PyTorch takes whichever BLAS is installed; this one has no vector code. */
const REFERENCE_BLAS = /^libblas\.so\.3\.\d/;

/** Keras's gates in PyTorch's order: LSTM i, f, g, o; GRU r, z, n. */
const ORDER = { lstm: [0, 1, 2, 3], gru: [1, 0, 2] };

export function refuses({ kind, cell, resetAfter = true }) {
  if (kind === 'encoder') return 'not written here';
  return cell === 'gru' && !resetAfter ? 'GRU with resetAfter only' : undefined;
}

export async function open({ threads }) {
  if (!existsSync(PYTHON)) throw new Error(`no ${PYTHON}: apt-get install python3-torch, or set PYTHON`);
  const ask = start(threads);
  const { version, blas } = await ask({ op: 'open', threads });
  const isSlow = blas.some((name) => REFERENCE_BLAS.test(name));
  return {
    version: `${version}, ${blas.join(' ')}`,
    warning: isSlow
      ? 'runs on the reference BLAS, several times slower than it can be: apt-get install libopenblas0-pthread'
      : undefined,
    async prepare(work, { weights, inputs }) {
      const { id: runner } = await ask({ op: 'prepare', work }, arraysFor(work, weights, inputs));
      return {
        async output() {
          const { output } = await ask({ op: 'output', id: runner });
          return work.kind === 'sequence' ? swapAxes(output, work.T, work.B, work.H) : output;
        },
        time: async (calls) => (await ask({ op: 'time', id: runner, calls })).ms,
        close: () => ask({ op: 'close', id: runner }),
      };
    },
    close: () => ask.end(),
  };
}

function arraysFor(work, weights, inputs) {
  const { cell, kind, I, H, T, B } = work;
  const N = gatesOf(work) * H;
  const { bias } = weights;
  const order = ORDER[cell];
  const arrays = {
    weight_ih: gateRows(weights.kernel, I, H, order),
    weight_hh: gateRows(weights.recurrentKernel, H, H, order),
    bias_ih: gateRows(bias.subarray(0, N), 1, H, order),
    bias_hh: bias.length > N ? gateRows(bias.subarray(N), 1, H, order) : new Float32Array(N),
  };
  if (kind === 'step') return { ...arrays, frames: concat(inputs.frames) };
  arrays.x = swapAxes(inputs.x, B, T, I);
  if (kind === 'sequence') return arrays;
  return {
    ...arrays,
    y: inputs.y,
    dense1_weight: gateRows(weights.kernel1, H, work.D, [0]),
    dense1_bias: weights.bias1,
    dense2_weight: weights.kernel2,
    dense2_bias: weights.bias2,
  };
}

/** Starts the process and gives the function that asks it. One question at a time. */
function start(threads) {
  const script = fileURLToPath(new URL('../torch_worker.py', import.meta.url));
  const counts = ['OMP', 'OPENBLAS', 'MKL'].map((library) => [`${library}_NUM_THREADS`, String(threads)]);
  const env = { ...process.env, ...Object.fromEntries(counts) };
  const child = spawn(PYTHON, [script], { stdio: ['pipe', 'pipe', 'pipe'], env });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr = (stderr + text).slice(-2000);
  });
  const ended = once(child, 'close').then(([code]) => {
    throw new Error(`PyTorch's process ended with code ${code}: ${stderr.trim().split('\n').at(-1)}`);
  });
  ended.catch(() => {});
  child.stdin.on('error', () => {}); // told by `ended`
  const received = reader(child.stdout);
  const ask = async (command, arrays = {}) => {
    const entries = Object.entries(arrays);
    const header = { ...command, arrays: entries.map(([name, data]) => [name, data.length]) };
    child.stdin.write(`${JSON.stringify(header)}\n`);
    for (const [, data] of entries) child.stdin.write(new Uint8Array(data.slice().buffer));
    const reply = await Promise.race([received(), ended]);
    if (reply.error) throw new Error(reply.error);
    return reply;
  };
  ask.end = () => child.stdin.end();
  return ask;
}

/** A function that gives the next reply: a line of JSON, with `output` when floats follow it. */
function reader(stream) {
  let chunks = [];
  let wake = () => {};
  stream.on('data', (chunk) => {
    chunks.push(chunk);
    wake();
  });
  const until = async (enough) => {
    for (;;) {
      const all = Buffer.concat(chunks);
      chunks = [all];
      const end = enough(all);
      if (end >= 0 && end <= all.length) {
        chunks = [all.subarray(end)];
        return all.subarray(0, end);
      }
      await new Promise((resolve) => {
        wake = resolve;
      });
    }
  };
  return async () => {
    const line = await until((all) => all.indexOf(10) + 1 || -1);
    const reply = JSON.parse(line.toString());
    if (reply.length === undefined) return reply;
    const raw = await until(() => 4 * reply.length);
    return { ...reply, output: new Float32Array(Uint8Array.from(raw).buffer) };
  };
}
