import type { WorkerMessage } from './protocol.js';
import { NODE_TEXT, WORKER_FILE } from './worker-source.js';

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

/** What a process has of Node's; `getBuiltinModule` since Node 20.16. */
type NodeProcess = { versions?: { node?: string }; getBuiltinModule?: (name: string) => unknown };

/**
 * The ways to start a worker here, to be tried in turn: from the file beside this one in the published package, which a
 * strict Content-Security-Policy allows and a bundler takes along, then from text, where that file is not to be had.
 */
export async function findSpawns(): Promise<readonly Spawn[]> {
  const { process } = globalThis as { process?: NodeProcess };
  if (process?.versions?.node !== undefined) {
    // Named by a variable, so that bundlers for the browser do not look for it.
    const name = 'node:worker_threads';
    try {
      const { Worker } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as NodeWorkers;
      const text: Spawn = (onReady, onEnd) =>
        inNode(new Worker(NODE_TEXT, { eval: true, execArgv: [], name: 'recurra' }), onReady, onEnd);
      // A file finds its port by this function.
      return process.getBuiltinModule === undefined ? [text] : [nodeFile(Worker), text];
    } catch {
      // An engine that only looks like Node: it may have web workers.
    }
  }
  return typeof Worker === 'function' && typeof Blob === 'function' ? [webFile, webBlob] : [];
}

function nodeFile(NodeWorker: NodeWorkers['Worker']): Spawn {
  // Named by a variable, so that bundlers for the browser take the file along once only.
  const file = './worker.js';
  return (onReady, onEnd) =>
    inNode(new NodeWorker(new URL(file, import.meta.url), { execArgv: [], name: 'recurra' }), onReady, onEnd);
}

function inNode(
  worker: InstanceType<NodeWorkers['Worker']>,
  onReady: () => void,
  onEnd: (reason: string) => void,
): WorkerHandle {
  worker.once('message', onReady);
  worker.once('error', (error) => onEnd(String(error)));
  worker.once('exit', (code) => onEnd(`exit code ${code}`));
  return {
    post: (message) => worker.postMessage(message),
    unref: () => worker.unref(),
    end: () => void worker.terminate(),
  };
}

function webFile(onReady: () => void, onEnd: (reason: string) => void): WorkerHandle {
  // Written out in one piece: this is how bundlers know a worker.
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'recurra' });
  return inWeb(worker, onReady, onEnd);
}

function webBlob(onReady: () => void, onEnd: (reason: string) => void): WorkerHandle {
  const url = URL.createObjectURL(new Blob([WORKER_FILE], { type: 'text/javascript' }));
  const release = (): void => URL.revokeObjectURL(url);
  const ready = (): void => {
    release();
    onReady();
  };
  return inWeb(new Worker(url, { name: 'recurra' }), ready, (reason) => {
    release();
    onEnd(reason);
  });
}

function inWeb(worker: Worker, onReady: () => void, onEnd: (reason: string) => void): WorkerHandle {
  worker.onmessage = onReady;
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
