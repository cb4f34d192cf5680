import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What users have: the tarball, what is in it, and an empty project that it is installed into. */
export interface Packed {
  readonly tarball: string;
  readonly files: readonly string[];
  readonly project: string;
}

const FOLDER = resolve('build', 'packed');
const NOTE = join(FOLDER, 'packed.json');

/** Runs a command; throws with what it printed where it fails. */
export function run(command: string, args: readonly string[], cwd: string): string {
  const env = { ...process.env, npm_config_audit: 'false', npm_config_fund: 'false' };
  const shell = process.platform === 'win32' && command === 'npm';
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8', shell });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}\n${stdout}\n${stderr}`);
  return stdout;
}

/** Packs the package as built and installs it, once for all tests. */
export function pack(): void {
  rmSync(FOLDER, { recursive: true, force: true });
  const project = join(FOLDER, 'project');
  mkdirSync(project, { recursive: true });
  const options = ['--json', '--ignore-scripts', '--pack-destination', FOLDER];
  const [{ filename, files }] = JSON.parse(run('npm', ['pack', ...options], process.cwd()));
  const tarball = join(FOLDER, filename);
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  run('npm', ['install', '--offline', '--omit=optional', '--ignore-scripts', tarball], project);
  const paths = files.map((file: { path: string }) => file.path);
  writeFileSync(NOTE, JSON.stringify({ tarball, files: paths, project } satisfies Packed));
}

/** What `pack` made. */
export function packed(): Packed {
  if (!existsSync(NOTE))
    throw new Error('nothing is packed: the tests of the package run as a project of their own');
  return JSON.parse(readFileSync(NOTE, 'utf8'));
}

/** A folder inside the project, from which the package is found as it is installed. */
export const folderInside = (name: string): string => mkdtempSync(join(packed().project, `${name}-`));
