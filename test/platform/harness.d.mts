/** What a run of the program gave (test/platform/program.mjs). */
export interface ProgramResult {
  readonly trained?: string;
  readonly inferred: string;
  readonly threads: number;
  readonly runs?: number;
  readonly missing: readonly string[];
  readonly relaxed: string;
  readonly refused?: readonly string[];
  readonly ms: number;
}

/** An engine that has been started. */
export interface Engine {
  readonly version: string;
  readonly places: readonly string[];
  run(place: string, threads: number): Promise<ProgramResult>;
  close(): Promise<void>;
}

/** A server of a project's files on loopback. */
export interface ProjectServer {
  readonly origin: string;
  result(place: string, threads: number, open: (url: string) => Promise<unknown>): Promise<ProgramResult>;
  close(): Promise<void>;
}

export interface ServeOptions {
  readonly extra?: Readonly<Record<string, Uint8Array | string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export function openChromium(executablePath: string, server: ProjectServer): Promise<Engine>;
export function openFirefox(program: string, server: ProjectServer): Promise<Engine>;
export function openProcess(program: string, args: readonly string[], folder: string): Promise<Engine>;
export function complaint(result: ProgramResult, place: string, threads: number): string | undefined;
export function makeProject(): Promise<string>;
export const ISOLATION: Readonly<Record<string, string>>;
export const POLICY: Readonly<Record<string, string>>;
export function serve(folder: string, options?: ServeOptions): Promise<ProjectServer>;
