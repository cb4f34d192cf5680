interface Globals {
  readonly Deno?: { readonly version: { readonly deno: string } };
  readonly Bun?: { readonly version: string };
  readonly process?: { readonly versions?: { readonly node?: string } };
  readonly navigator?: { readonly userAgent?: string };
  readonly WebSocketPair?: unknown;
}

/** Browsers by what their user agents hold, the more special ones first. */
const BROWSERS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Firefox', /Firefox\/([\d.]+)/],
  ['Edge', /Edg\/([\d.]+)/],
  ['Chromium', /(?:Headless)?Chrom(?:e|ium)\/([\d.]+)/],
  ['WebKit', /AppleWebKit\/([\d.]+)/],
];

/** Name and version of the engine's host, for tables: 'Node 20.20.2'. Decides nothing. */
export function runtimeName(globals: Globals = globalThis as Globals): string {
  if (globals.Deno) return `Deno ${globals.Deno.version.deno}`;
  if (globals.Bun) return `Bun ${globals.Bun.version}`;
  const agent = globals.navigator?.userAgent ?? '';
  if (globals.WebSocketPair !== undefined && agent === 'Cloudflare-Workers') return 'workerd';
  const node = globals.process?.versions?.node;
  if (node !== undefined) return `Node ${node}`;
  for (const [name, pattern] of BROWSERS) {
    const version = pattern.exec(agent)?.[1];
    if (version !== undefined) return `${name} ${version}`;
  }
  return 'unknown runtime';
}
