// Workers in workerd, from the start of its process to the first answer.
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../test/platform/engines/port.mjs';
import { bundleWorker } from '../../../test/platform/engines/workerd-bundle.mjs';
import { engineProgram, installEngines } from '../../../test/platform/install.mjs';
import { median } from '../../harness.mjs';

/** Workers by id; those of the peers need what bench/peers installs. */
export const WORKERS = {
  'recurra-streaming': 'recurra/streaming',
  'recurra-inference': 'recurra/inference',
  recurra: 'recurra',
  'ort-web': 'ONNX Runtime Web',
  'tfjs-cpu': 'tfjs, JavaScript',
};

/** Milliseconds until it answers. */
const PATIENCE = 20_000;

const root = fileURLToPath(new URL('../../..', import.meta.url));
const sources = fileURLToPath(new URL('workers', import.meta.url));

/** Files that Workers import, by the names they import them under. */
const FILES = {
  'frame.bin': 'frame.bin',
  'model.recurra.bin': 'model.recurra',
  'model.onnx.bin': 'model.onnx',
  'model.json': 'tfjs/model.json',
  'weights.bin': 'tfjs/group1-shard1of1.bin',
};
const ORT = 'bench/peers/node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm';

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** Connects as soon as somebody listens. */
async function connected(port, child) {
  for (const give = performance.now() + PATIENCE; performance.now() < give && child.exitCode === null; ) {
    const socket = await new Promise((done) => {
      const attempt = connect(port, '127.0.0.1', () => done(attempt)).once('error', () => done(undefined));
    });
    if (socket !== undefined) return socket;
    await wait(1);
  }
  throw new Error('it did not start');
}

/** The body that a GET over an open connection gives. */
function ask(socket) {
  return new Promise((done, fail) => {
    let text = '';
    socket.on('data', (part) => {
      text += part;
    });
    socket.once('end', () => done(text.slice(text.indexOf('\r\n\r\n') + 4)));
    socket.once('error', fail);
    socket.write('GET / HTTP/1.0\r\nHost: localhost\r\n\r\n');
  });
}

/** Starts workerd, asks once, ends it. */
async function startOnce(program, { out, port, title }) {
  const start = performance.now();
  const child = spawn(program, ['serve', 'workerd.capnp'], { cwd: out, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((done) => child.once('close', done));
  let complaint = '';
  child.stderr.on('data', (part) => {
    complaint += part;
  });
  try {
    const socket = await connected(port, child);
    const listening = performance.now();
    const text = await ask(socket);
    const end = performance.now();
    const body = JSON.parse(text.slice(Math.max(0, text.search(/[[{]/)), text.search(/[\]}][^\]}]*$/) + 1));
    if (body.error !== undefined) throw new Error(body.error);
    return { total: end - start, request: end - listening, output: body };
  } catch (error) {
    throw new Error(`${title}: ${complaint.split('\n')[0] || error.message}`);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

async function prepare(id, title, folder, port) {
  const from = join(folder, `${id}-source`);
  const out = join(folder, id);
  for (const path of [from, out]) mkdirSync(path);
  const entry = join(from, 'worker.mjs');
  copyFileSync(join(sources, `${id}.mjs`), entry);
  for (const [name, path] of Object.entries(FILES)) {
    if (name !== 'model.onnx.bin' || id === 'ort-web') copyFileSync(join(folder, path), join(from, name));
  }
  if (id === 'ort-web') copyFileSync(join(root, ORT), join(from, 'ort-wasm-simd-threaded.wasm.bin'));
  await bundleWorker(entry, out, port, [join(root, 'bench/peers/node_modules')]);
  return { id, title, out, port, totals: [], requests: [] };
}

/**
 * Starts Workers in turn with one that does nothing.
 * @returns for each, `ms` from the start of the process to the first answer and `requestMs` of that request, both above
 *   the empty Worker (medians), and `output`; or `problem`, what was said where it does not run
 */
export async function timeWorkers(ids, folder, rounds) {
  installEngines();
  const program = engineProgram('workerd');
  const port = await freePort();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'recurra'), 'junction');
  const all = [];
  const failed = [];
  for (const [id, title] of [['empty', 'an empty Worker'], ...ids.map((id) => [id, WORKERS[id]])]) {
    try {
      const worker = await prepare(id, title, folder, port);
      worker.output = (await startOnce(program, worker)).output;
      all.push(worker);
    } catch (error) {
      if (id === 'empty') throw error;
      failed.push({ id, title, problem: error.message.split('\n')[0] });
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (const worker of all) {
      const { total, request } = await startOnce(program, worker);
      worker.totals.push(total);
      worker.requests.push(request);
    }
  }
  const [empty, ...workers] = all.map((one) => {
    return { ...one, total: median(one.totals), request: median(one.requests) };
  });
  return {
    empty: { ms: empty.total, requestMs: empty.request },
    rows: [
      ...workers.map(({ id, title, total, request, output }) => {
        return { id, title, ms: total - empty.total, requestMs: request - empty.request, output };
      }),
      ...failed,
    ],
  };
}
