import type { Arena } from '../memory/arena.js';
import { Program } from '../program/program.js';
import { Recorder } from '../program/recorder.js';
import { Region } from '../program/region.js';

/** Records the calls that compute a derived weight into its place. */
export type Preparation = (emit: Recorder['emit'], place: Region) => void;

interface Entry {
  readonly region: Region;
  readonly record: Preparation;
  readonly program: Program;
  version: number;
}

/**
 * What is computed from weights alone: packed panels, summed biases. Each has a place of its own that every
 * program of the model shares, and is made again when the weights have changed since.
 */
export class PreparedWeights {
  private readonly entries = new Map<string, Entry>();
  private readonly constants = new Map<string, Region>();
  /** Version of the weights that every entry is made from; 0 when some may be stale. */
  private current = 0;

  constructor(private readonly arena: Arena) {}

  /** The place of a derived weight, made on first request. */
  region(name: string, floats: number, record: Preparation): Region {
    const known = this.entries.get(name);
    if (known !== undefined) return known.region;
    const region = new Region(name, floats, this.arena.allocate(4 * floats, 'packed weights'));
    const recorder = new Recorder();
    record(recorder.emit.bind(recorder), region);
    const program = new Program(this.arena, recorder);
    program.link(0);
    this.current = 0;
    this.entries.set(name, { region, record, program, version: 0 });
    return region;
  }

  /** The place of a table that depends on nothing, written on first request; a longer one is made anew, the other stays. */
  constant(name: string, floats: number, write: (table: Float32Array) => void): Region {
    const known = this.constants.get(name);
    if (known !== undefined && known.floats >= floats) return known;
    const region = new Region(name, floats, this.arena.allocate(4 * floats, 'constants'));
    write(this.arena.f32(region.address as number, floats));
    this.constants.set(name, region);
    return region;
  }

  /** Brings everything up to a version of the weights. */
  refresh(version: number): void {
    if (version === this.current) return;
    for (const entry of this.entries.values()) {
      if (entry.version === version) continue;
      entry.program.run();
      entry.version = version;
    }
    this.current = version;
  }
}
