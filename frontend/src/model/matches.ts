/**
 * What meets the filter. Whoever draws fades the rest; `undefined` in `Scene.matches` stands for no filter.
 *
 * The server evaluates the filter at the viewer's place, and tells of the objects that meet it as of a diagram: first the
 * whole, then what came and went. Keys of 150,000 objects are only kept, never made into rows.
 */

import type { DeltaMessage, SnapshotMessage } from "../wire";

export interface Matches {
  /** Whether this object (`resource:key`) meets the filter, or did when it was deleted a short while ago. */
  has(ref: string): boolean;
  /** The keys of the objects of one resource that meet it: for whoever asks for very many. */
  of(resource: string): ReadonlySet<string>;
  /** How many objects that are there meet it. */
  readonly size: number;
  /** Grows whenever the set alters, so that what is computed from it can be kept until then. */
  readonly version: number;
}

/** How many objects of a resource meet it, in one namespace or (empty) in all. */
export function countMet(matches: Pick<Matches, "of">, resource: string, namespace: string): number {
  const keys = matches.of(resource);
  if (!namespace) return keys.size;
  let met = 0;
  for (const key of keys) if (key.startsWith(`${namespace}/`)) met++;
  return met;
}

/** The table whose ids are the refs of those that met the filter when they were deleted. */
const DEPARTED = "departed";
const NONE: ReadonlySet<string> = new Set();

export class MatchSet implements Matches {
  version: number;
  private readonly tables = new Map<string, Set<string>>();
  private seq: number;

  /** `version` is greater than that of any set before. */
  constructor({ seq, tables }: SnapshotMessage, version: number) {
    this.version = version;
    this.seq = seq;
    for (const [name, { ids }] of Object.entries(tables)) this.tables.set(name, new Set(ids));
  }

  has(ref: string): boolean {
    const colon = ref.indexOf(":");
    return this.of(ref.slice(0, colon)).has(ref.slice(colon + 1)) || this.of(DEPARTED).has(ref);
  }

  of(resource: string): ReadonlySet<string> {
    return this.tables.get(resource) ?? NONE;
  }

  get size(): number {
    let size = 0;
    for (const [name, keys] of this.tables) if (name !== DEPARTED) size += keys.size;
    return size;
  }

  /** False, and nothing is changed, when the delta does not follow on this set. */
  apply({ base, seq, tables }: DeltaMessage): boolean {
    if (base !== this.seq) return false;
    this.seq = seq;
    for (const [name, { ids, removed }] of Object.entries(tables)) {
      const keys = this.tables.get(name) ?? new Set<string>();
      for (const id of removed ?? []) keys.delete(id);
      for (const id of ids) keys.add(id);
      this.tables.set(name, keys);
      this.version++;
    }
    return true;
  }
}
