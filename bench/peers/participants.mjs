// Who takes part, each in a process of its own: a crash costs one column, and no library sees another's globals.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as brain from './peers/brain.mjs';
import * as jax from './peers/jax.mjs';
import * as ortNode from './peers/ort-node.mjs';
import * as ortWeb from './peers/ort-web.mjs';
import * as recurra from './peers/recurra.mjs';
import * as tfjs from './peers/tfjs.mjs';
import * as torch from './peers/torch.mjs';

const FILES = { brain, jax, 'ort-node': ortNode, 'ort-web': ortWeb, recurra, tfjs, torch };
const PEERS = ['ort-web', 'ort-node', 'tfjs', 'torch', 'brain', 'jax'];

/** Titles by id. */
export const PEER_TITLES = Object.fromEntries(PEERS.map((file) => [FILES[file].id, FILES[file].title]));

/** A participant: who, with which options, under which name in results. */
function participant(file, options, id = FILES[file].id, title = FILES[file].title) {
  const { refuses, isSlow = () => false, shown } = FILES[file];
  return { id, title, file, options, refuses, isSlow, shown };
}

const ours = (id, options) => participant('recurra', options, id, `recurra ${id}`);

/** The peers that run with a number of threads. */
export function peersFor(threads) {
  return PEERS.filter((file) => threads === 1 || FILES[file].hasThreads).map((file) =>
    participant(file, { threads }),
  );
}

/** Our own side: both numerics; with two threads also one, to compare; int8 and the bare program where asked for. */
export function oursFor(work, threads, quick) {
  const all = [];
  for (const numerics of ['portable', 'relaxed']) {
    all.push(ours(numerics, { numerics, threads }));
    if (threads > 1) all.push(ours(`${numerics}, one thread`, { numerics, threads: 1 }));
    if (threads === 1 && work.int8) all.push(ours(`${numerics}, int8`, { numerics, threads, int8: true }));
    if (threads === 1 && work.kind === 'sequence' && !quick) {
      all.push(ours(`${numerics}, bare program`, { numerics, threads, bare: true }));
    }
  }
  return all;
}

const running = new Map();

/** The process of a participant, started when there is none. */
function processOf(who) {
  const key = JSON.stringify([who.file, who.options]);
  let entry = running.get(key);
  if (entry === undefined) {
    const worker = fileURLToPath(new URL('worker.mjs', import.meta.url));
    const child = fork(worker, [JSON.stringify([`./peers/${who.file}.mjs`, who.options])], {
      serialization: 'advanced',
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    entry = { child, waiting: new Map(), next: 0, stderr: '', key };
    const { waiting } = entry;
    child.stderr.on('data', (text) => {
      entry.stderr = (entry.stderr + text).slice(-4000);
    });
    child.on('message', ({ id, result, error }) => {
      const { resolve, reject } = waiting.get(id) ?? {};
      waiting.delete(id);
      if (error === undefined) resolve?.(result);
      else reject?.(new Error(error));
    });
    child.on('exit', (code, signal) => {
      running.delete(key);
      const last = entry.stderr.trim().split('\n').at(-1);
      const error = new Error(`its process ended (${signal ?? `code ${code}`})${last ? `: ${last}` : ''}`);
      for (const { reject } of waiting.values()) reject(error);
    });
    running.set(key, entry);
  }
  return entry;
}

/** Sends a command and waits for the answer; a process that takes longer than `limitMs` is ended. */
function ask(who, command, args = {}, limitMs = 120_000) {
  const { child, waiting, ...entry } = processOf(who);
  const id = running.get(entry.key).next++;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no answer to '${command}' within ${limitMs / 1000} s`));
      waiting.delete(id);
      child.kill('SIGKILL');
    }, limitMs);
    const settled = (settle) => (value) => {
      clearTimeout(timer);
      settle(value);
    };
    waiting.set(id, { resolve: settled(resolve), reject: settled(reject) });
    child.send({ id, command, ...args }, (error) => {
      if (error) waiting.get(id)?.reject(error);
    });
  });
}

/** Opens a participant's library, once: { version, warning }. */
function openParticipant(who) {
  const entry = processOf(who);
  entry.opened ??= ask(who, 'open');
  return entry.opened;
}

/** Brings a participant to where its work can be timed. */
export async function prepareRunner(who, work) {
  const { version, warning } = await openParticipant(who);
  await ask(who, 'prepare', { caseId: work.id });
  return {
    who,
    version,
    warning,
    output: () => ask(who, 'output'),
    time: (calls) => ask(who, 'time', { calls }),
    heap: (calls) => ask(who, 'heap', { calls }),
    close: () => ask(who, 'close'),
  };
}

/** Ends all processes. */
export async function endParticipants() {
  const ending = [...running.values()].map(
    ({ child }) =>
      new Promise((done) => {
        child.once('exit', done);
        child.disconnect();
        setTimeout(() => child.kill('SIGKILL'), 2000).unref();
      }),
  );
  await Promise.all(ending);
}
