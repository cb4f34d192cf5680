import { WORKER_SOURCE, type WorkerMessage } from './worker-source.js';

/** A worker, of whichever kind the engine has. */
export interface WorkerHandle {
  post(message: WorkerMessage): void;
  /** Lets the process end while the worker still lives. */
  unref(): void;
  end(): void;
}

/** Starts a worker; tells of its first sign of life, and of its end or failure. */
export type Spawn = (onReady: () => void, onEnd: (reason: string) => void) => WorkerHandle;

type NodeWorkers = typeof import('node:worker_threads');

const NODE_LISTEN = `
const { parentPort } = require('node:worker_threads');
const listen = (handle) => parentPort.on('message', handle);
const post = (message) => parentPort.postMessage(message);
`;

const WEB_LISTEN = `
const listen = (handle) => { onmessage = (event) => handle(event.data); };
const post = (message) => postMessage(message);
`;

/** How workers are started here, or null where there are none. */
export async function findSpawn(): Promise<Spawn | null> {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  if (process?.versions?.node !== undefined) {
    // Named by a variable, so that bundlers for the browser do not look for it.
    const name = 'node:worker_threads';
    try {
      const { Worker } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as NodeWorkers;
      return (onReady, onEnd) => spawnInNode(Worker, onReady, onEnd);
    } catch {
      // An engine that only looks like Node: it may have web workers.
    }
  }
  return typeof Worker === 'function' && typeof Blob === 'function' ? spawnInBrowser : null;
}

function spawnInNode(
  NodeWorker: NodeWorkers['Worker'],
  onReady: () => void,
  onEnd: (reason: string) => void,
): WorkerHandle {
  const worker = new NodeWorker(NODE_LISTEN + WORKER_SOURCE, { eval: true, execArgv: [], name: 'recurra' });
  worker.once('message', onReady);
  worker.once('error', (error) => onEnd(String(error)));
  worker.once('exit', (code) => onEnd(`exit code ${code}`));
  return {
    post: (message) => worker.postMessage(message),
    unref: () => worker.unref(),
    end: () => void worker.terminate(),
  };
}

function spawnInBrowser(onReady: () => void, onEnd: (reason: string) => void): WorkerHandle {
  const blob = new Blob([WEB_LISTEN + WORKER_SOURCE], { type: 'text/javascript' });
  const url = URL.createObjectURL(blob);
  const worker = new Worker(url, { name: 'recurra' });
  worker.onmessage = () => {
    URL.revokeObjectURL(url);
    onReady();
  };
  worker.onerror = (event) => {
    event.preventDefault();
    onEnd(event.message || 'refused, perhaps by a Content-Security-Policy without worker-src blob:');
  };
  return {
    post: (message) => worker.postMessage(message),
    unref: () => {},
    end: () => worker.terminate(),
  };
}
