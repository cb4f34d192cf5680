// Runs the worker in workerd on this machine, by wrangler, on loopback or on `HOST`, at `PORT` or 8080.
import { spawn } from 'node:child_process';

const { HOST = '127.0.0.1', PORT = '8080' } = process.env;
const args = [
  'dev',
  '--ip',
  HOST,
  '--port',
  PORT,
  '--inspector-port',
  '0',
  '--show-interactive-dev-session=false',
];
// No network: neither for the place that a request would come from, nor for statistics of use.
const env = { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_SEND_METRICS: 'false' };
const child = spawn('wrangler', args, { env, stdio: 'inherit', shell: process.platform === 'win32' });
child.once('exit', (code) => process.exit(code ?? 0));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal));
