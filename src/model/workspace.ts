import { formatBytes } from '../allocate.js';
import { MemoryError } from '../errors.js';
import { type Arena, MAX_BYTES } from '../memory/arena.js';
import type { Program } from '../program/program.js';

/** Something that lives in the workspace: a program, and what must be made anew when it moves. */
export interface Tenant {
  readonly program: Program;
}

/** Batches of sequences of unequal length need a program for every longest one: about a millisecond each to make. */
const MAX_TENANTS = 64;

/**
 * The stretch of memory in which programs keep activations while they run. Only one runs at a time, so all
 * share it; it grows to the need of the largest. The programs used least recently are forgotten.
 */
export class Workspace<T extends Tenant> {
  private address = 0;
  private bytes = 0;
  private readonly tenants = new Map<string, T>();

  constructor(private readonly arena: Arena) {}

  /**
   * The tenant of a key, made and placed on first request.
   *
   * @param batch samples it works on at once
   * @throws MemoryError when there is no room; the others are as they were
   */
  get(key: string, batch: number, make: () => T): T {
    let tenant = this.tenants.get(key);
    if (tenant !== undefined) {
      this.tenants.delete(key);
      this.tenants.set(key, tenant);
      return tenant;
    }
    tenant = make();
    try {
      this.reserve(tenant.program.workspaceBytes, batch);
    } catch (error) {
      tenant.program.release();
      throw error;
    }
    tenant.program.link(this.address);
    this.tenants.set(key, tenant);
    if (this.tenants.size > MAX_TENANTS) {
      const [oldest, { program }] = this.tenants.entries().next().value as [string, T];
      program.release();
      this.tenants.delete(oldest);
    }
    return tenant;
  }

  /** Forgets the programs whose key starts so. */
  forget(prefix: string): void {
    for (const [key, { program }] of this.tenants) {
      if (!key.startsWith(prefix)) continue;
      program.release();
      this.tenants.delete(key);
    }
  }

  private reserve(bytes: number, batch: number): void {
    if (bytes <= this.bytes) return;
    const old = this.bytes;
    if (old > 0) this.arena.free(this.address);
    const others = this.arena.used;
    try {
      this.address = this.arena.allocate(bytes, 'workspace');
      this.bytes = bytes;
    } catch {
      if (old > 0) this.address = this.arena.allocate(old, 'workspace');
      throw tooLarge(bytes, batch, others);
    } finally {
      for (const { program } of this.tenants.values()) program.link(this.address);
    }
  }
}

/** Says how much a batch needs, and which batch size would fit: the largest power of two with a tenth to spare. */
function tooLarge(bytes: number, batch: number, others: number): MemoryError {
  const share = (0.9 * (MAX_BYTES - others)) / bytes;
  let fitting = 1;
  while (2 * fitting <= share * batch) fitting *= 2;
  const advice =
    share * batch < 1
      ? 'shorter sequences or fewer units need less'
      : `a batchSize of ${fitting} fits where the engine gives all of it`;
  return new MemoryError(
    `memory: a batch of ${batch} samples needs ${formatBytes(bytes)} for its activations, more than this engine ` +
      `gives (WebAssembly memory ends at ${formatBytes(MAX_BYTES)}, ${formatBytes(others)} is in use); ${advice}`,
  );
}
