// Compiles AssemblyScript in worker threads, and keeps what has been compiled: a module is compiled again when
// a source that it reaches has changed, its options or the compiler. What was compiled in another checkout is
// found in the user's cache.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

/** Workers that compile side by side. Each takes some 300 MB. */
const WORKERS = Math.min(availableParallelism(), 4);

/** Modules by digest, shared by all checkouts of a user, and how long they are kept there. */
const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'recurra', 'wasm');
const CACHE_DAYS = 14;

const cached = (digest) => join(CACHE, `${digest}.wasm`);

/** Takes a module from the cache. Gives whether it was there. */
function takeCached({ output }, digest) {
  try {
    copyFileSync(cached(digest), output);
    return true;
  } catch {
    return false;
  }
}

/** Keeps a module in the cache, where there is one, and forgets old ones. */
function keepCached({ output }, digest) {
  try {
    mkdirSync(CACHE, { recursive: true });
    const partial = `${cached(digest)}.${process.pid}`;
    copyFileSync(output, partial);
    renameSync(partial, cached(digest));
    const oldest = Date.now() - CACHE_DAYS * 24 * 3600 * 1000;
    for (const name of readdirSync(CACHE)) {
      if (statSync(join(CACHE, name)).mtimeMs < oldest) rmSync(join(CACHE, name));
    }
  } catch {
    // A home folder that cannot be written to: the next checkout compiles again.
  }
}

/** What every module depends on beside its sources. */
const COMMON = [
  'asconfig.json',
  'node_modules/assemblyscript/package.json',
  'node_modules/binaryen/package.json',
];

/** A source as this module sees it: functions that another module gives are declared in place of their bodies. */
function withShared(source, names, from) {
  return names.reduce((text, name) => {
    const body = new RegExp(`^export function ${name}(\\([^)]*\\): \\w+) \\{\\n[^]*?\\n\\}$`, 'm');
    if (!body.test(text)) throw new Error(`no function ${name} whose body ends at the start of a line`);
    const declared = `@external("${from}", "${name}")\nexport declare function ${name}$1;`;
    return text.replace(body, `// @ts-ignore: decorator\n${declared}`);
  }, source);
}

/** The source of a file for a module. `shared` has names of functions by file. */
function sourceFor({ shared = {} }, file) {
  const source = readFileSync(file, 'utf8');
  return file in shared ? withShared(source, shared[file], 'core') : source;
}

/** Digest of everything that a module is made from. */
function digestOf(module) {
  const { name: _, ...options } = module;
  const hash = createHash('sha256').update(JSON.stringify(options));
  for (const file of COMMON) hash.update(readFileSync(file));
  const reached = new Set([module.entry]);
  for (const file of reached) {
    const source = sourceFor(module, file);
    hash.update(`${file}\0${source}\0`);
    for (const [, from] of source.matchAll(/from "(\.[^"]+)"/g))
      reached.add(`${join(dirname(file), from)}.ts`);
  }
  return hash.digest('hex');
}

async function compile(module) {
  const { default: asc } = await import('assemblyscript/asc');
  const { error, stderr } = await asc.main(
    [
      module.entry,
      '--config',
      'asconfig.json',
      '--target',
      module.target,
      '--outFile',
      module.output,
      ...module.options,
    ],
    {
      readFile: (name, base) => {
        const file = join(base, name);
        return existsSync(file) ? sourceFor(module, file.replaceAll('\\', '/')) : null;
      },
    },
  );
  if (error) throw new Error(`${module.output}: ${stderr.toString()}`);
}

/**
 * Compiles what has to be, several at once.
 * @param modules `{ entry, output, target, options, shared }`, paths from the top of the repository
 * @returns the outputs that were compiled
 */
export async function compileModules(modules) {
  const stale = modules
    .map((module) => ({ module, digest: digestOf(module), note: `${module.output}.digest` }))
    .filter(
      ({ module, digest, note }) =>
        !(existsSync(module.output) && existsSync(note) && readFileSync(note, 'utf8') === digest),
    );
  const waiting = stale.filter(({ module, digest, note }) => {
    if (!takeCached(module, digest)) return true;
    writeFileSync(note, digest);
    return false;
  });
  const serve = async () => {
    const worker = new Worker(new URL(import.meta.url));
    try {
      for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
        const { module, digest, note } = job;
        worker.postMessage(module);
        const [failure] = await once(worker, 'message');
        if (failure !== null) throw new Error(failure);
        keepCached(module, digest);
        writeFileSync(note, digest);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(WORKERS, waiting.length) }, serve));
  return stale.map(({ module }) => module.output);
}

if (!isMainThread) {
  parentPort.on('message', (module) => {
    compile(module).then(
      () => parentPort.postMessage(null),
      (error) => parentPort.postMessage(String(error.message ?? error)),
    );
  });
}
