import type { Arena } from '../memory/arena.js';
import type { Program } from '../program/program.js';

/** Something that lives in the workspace: a program, and what must be made anew when it moves. */
export interface Tenant {
  readonly program: Program;
}

const MAX_TENANTS = 16;

/**
 * The stretch of memory in which programs keep activations while they run. Only one runs at a time, so all
 * share it; it grows to the need of the largest. The programs used least recently are forgotten.
 */
export class Workspace<T extends Tenant> {
  private address = 0;
  private bytes = 0;
  private readonly tenants = new Map<string, T>();

  constructor(private readonly arena: Arena) {}

  /** The tenant of a key, made and placed on first request. */
  get(key: string, make: () => T): T {
    let tenant = this.tenants.get(key);
    if (tenant !== undefined) {
      this.tenants.delete(key);
      this.tenants.set(key, tenant);
      return tenant;
    }
    tenant = make();
    try {
      this.reserve(tenant.program.workspaceBytes);
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

  private reserve(bytes: number): void {
    if (bytes <= this.bytes) return;
    const old = { address: this.address, bytes: this.bytes };
    if (old.bytes > 0) this.arena.free(old.address);
    try {
      this.address = this.arena.allocate(bytes, 'workspace');
      this.bytes = bytes;
    } catch (error) {
      if (old.bytes > 0) this.address = this.arena.allocate(old.bytes, 'workspace');
      this.relink();
      throw error;
    }
    this.relink();
  }

  private relink(): void {
    for (const { program } of this.tenants.values()) program.link(this.address);
  }
}
