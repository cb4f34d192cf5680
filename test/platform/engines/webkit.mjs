// WebKitGTK: its small browser, driven through WebDriver. Without a display it hangs, so that it gets a virtual one.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './port.mjs';

const PLACES = ['page', 'worker', 'service worker', 'worklet'];

/** Path of the small browser, newest library first. */
export function findMiniBrowser() {
  return ['/usr/lib', '/usr/libexec', ...multiarch()]
    .flatMap((folder) => ['6.0', '4.1', '4.0'].map((v) => join(folder, `webkit2gtk-${v}`, 'MiniBrowser')))
    .find((path) => existsSync(path));
}

function multiarch() {
  if (!existsSync('/usr/lib')) return [];
  return readdirSync('/usr/lib')
    .filter((name) => name.endsWith('-linux-gnu'))
    .map((name) => join('/usr/lib', name));
}

async function command(url, method, body) {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`WebKitWebDriver: ${value.error}: ${value.message}`);
  return value;
}

async function untilReady(base) {
  for (const give = Date.now() + 30_000; Date.now() < give; ) {
    try {
      if ((await command(`${base}/status`, 'GET')).ready) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('WebKitWebDriver did not start');
}

/**
 * Starts the browser; `server` is what test/platform/serve.mjs gives.
 * @param options numbers of threads to ask for, places, and variables of the engine's environment
 */
export async function openWebKit(server, { threads, places = PLACES, environment = {} }) {
  const port = await freePort();
  const driver = spawn('xvfb-run', ['-a', 'WebKitWebDriver', `--port=${port}`], {
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, ...environment },
  });
  const base = `http://127.0.0.1:${port}`;
  // The driver, the display and the browser are one group, which ends together.
  const end = () => {
    try {
      process.kill(-driver.pid);
    } catch {
      // Ended already.
    }
  };
  try {
    await untilReady(base);
    const alwaysMatch = {
      browserName: 'MiniBrowser',
      'webkitgtk:browserOptions': { binary: findMiniBrowser(), args: ['--automation'] },
    };
    const { sessionId, capabilities } = await command(`${base}/session`, 'POST', {
      capabilities: { alwaysMatch },
    });
    const session = `${base}/session/${sessionId}`;
    return {
      version: capabilities.browserVersion,
      places,
      threads,
      run: (place, threads) =>
        server.result(place, threads, (url) => command(`${session}/url`, 'POST', { url })),
      async close() {
        await command(session, 'DELETE').catch(() => {});
        end();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}
