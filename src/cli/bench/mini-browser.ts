import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Versions of WebKitGTK's interface, newest first. */
const VERSIONS = ['6.0', '4.1', '4.0'];

/** WebKitGTK's small browser, which lies on no path. */
export function findMiniBrowser(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const libraries = existsSync('/usr/lib') ? readdirSync('/usr/lib') : [];
  const folders = [
    '/usr/lib',
    '/usr/libexec',
    ...libraries.filter((name) => name.endsWith('-linux-gnu')).map((name) => `/usr/lib/${name}`),
  ];
  return folders
    .flatMap((folder) => VERSIONS.map((version) => join(folder, `webkit2gtk-${version}`, 'MiniBrowser')))
    .find((path) => existsSync(path));
}

/** The command that starts a program with a window: itself where there is a display, else on one that xvfb-run makes. */
export function onDisplay(program: string, args: readonly string[]): [string, readonly string[]] {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  return DISPLAY || WAYLAND_DISPLAY ? [program, args] : ['xvfb-run', ['-a', program, ...args]];
}
