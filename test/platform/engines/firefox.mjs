// Firefox as a user starts it, without a driver: one that watches workers over WebDriver BiDi can block a worker for good
// while it starts another worker (measured with Firefox 153: within a minute; none in 150 pages without).
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Settings of a new profile: no pages of its own, nothing fetched. */
const SETTINGS = {
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.aboutwelcome.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'toolkit.telemetry.reportingpolicy.firstRun': false,
};

function makeProfile() {
  const folder = mkdtempSync(join(tmpdir(), 'recurra-firefox-'));
  const lines = Object.entries(SETTINGS).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  writeFileSync(join(folder, 'user.js'), lines.join(''));
  return folder;
}

/** Each run is a browser of its own; `server` is what test/platform/serve.mjs gives. */
export async function openFirefox(program, server) {
  const { stdout } = await promisify(execFile)(program, ['--version']);
  const profile = makeProfile();
  return {
    version: stdout.match(/\d+[\d.]*/)[0],
    places: ['page', 'worker', 'service worker', 'worklet'],
    async run(place, threads) {
      let browser;
      const ended = () => new Promise((resolve) => browser.once('close', resolve));
      try {
        return await server.result(place, threads, async (url) => {
          const args = ['--headless', '--no-remote', '--profile', profile, url];
          browser = spawn(program, args, { stdio: 'ignore' });
          await new Promise((resolve, reject) => browser.once('spawn', resolve).once('error', reject));
        });
      } finally {
        if (browser?.exitCode === null) {
          browser.kill();
          await ended();
        }
      }
    },
    close: async () => rmSync(profile, { recursive: true, force: true }),
  };
}
