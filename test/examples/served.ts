import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** An example that serves, started as its reader does. */
export interface Served {
  readonly origin: string;
  /** What it has printed so far. */
  output(): string;
  close(): Promise<void>;
}

/** Milliseconds in which it must be up, installing and training included. */
const PATIENCE = 300_000;

/** The one command in the README of an example. */
export function commandOf(name: string): string {
  const page = readFileSync(`examples/${name}/README.md`, 'utf8');
  const commands = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, lines]) => lines.trim());
  if (commands.length !== 1) throw new Error(`examples/${name}/README.md: ${commands.length} commands`);
  return commands[0];
}

/** Ends a process and all that it has started. */
function endGroup(child: ChildProcess): void {
  try {
    process.kill(-(child.pid as number), 'SIGTERM');
  } catch {
    // Gone already.
  }
}

/** Starts an example by its printed command, on a port of its own choice. */
export async function serveExample(name: string, environment: Record<string, string> = {}): Promise<Served> {
  const [program, ...args] = commandOf(name).split(' ');
  const child = spawn(program, args, {
    env: { ...process.env, PORT: '0', NO_COLOR: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const close = async () => {
    endGroup(child);
    await ended;
  };
  try {
    const origin = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`not up within ${PATIENCE / 1000} s:\n${output}`)),
        PATIENCE,
      );
      const read = (part: Buffer) => {
        output += part;
        const found = output.match(/https?:\/\/(?:127\.0\.0\.1|localhost):\d+/);
        if (found === null) return;
        clearTimeout(timer);
        resolve(found[0].replace('localhost', '127.0.0.1'));
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', (code) => {
        clearTimeout(timer);
        reject(new Error(`ended with ${code}:\n${output}`));
      });
    });
    return { origin, output: () => output, close };
  } catch (error) {
    await close();
    throw error;
  }
}
