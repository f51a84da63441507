/**
 * A picture: one diagram's tables, kept up to date by snapshots and deltas.
 *
 * Rows that did not change keep their identity, also over a new snapshot, so that whoever draws can tell what moved.
 */

import type {
  BindingRow,
  ComponentRow,
  DeltaMessage,
  EndpointRow,
  EtcdRow,
  KindRow,
  LeaseRow,
  LeftOutRow,
  LoadRow,
  NodeRow,
  OwnerRow,
  PodRow,
  PortRow,
  RoleRow,
  RuleRow,
  ServiceRow,
  SnapshotMessage,
  SubjectRow,
  TableData,
  TraceRow,
  VerdictRow,
  WayRow,
  WriteRow,
} from "../wire";

export interface Tables {
  readonly components: ReadonlyMap<string, ComponentRow>;
  readonly writes: ReadonlyMap<string, WriteRow>;
  readonly traces: ReadonlyMap<string, TraceRow>;
  readonly kinds: ReadonlyMap<string, KindRow>;
  readonly etcd: ReadonlyMap<string, EtcdRow>;
  readonly nodes: ReadonlyMap<string, NodeRow>;
  readonly leases: ReadonlyMap<string, LeaseRow>;
  readonly loads: ReadonlyMap<string, LoadRow>;
  readonly pods: ReadonlyMap<string, PodRow>;
  readonly owners: ReadonlyMap<string, OwnerRow>;
  readonly subjects: ReadonlyMap<string, SubjectRow>;
  readonly bindings: ReadonlyMap<string, BindingRow>;
  readonly roles: ReadonlyMap<string, RoleRow>;
  readonly rules: ReadonlyMap<string, RuleRow>;
  readonly services: ReadonlyMap<string, ServiceRow>;
  readonly ports: ReadonlyMap<string, PortRow>;
  readonly ways: ReadonlyMap<string, WayRow>;
  readonly endpoints: ReadonlyMap<string, EndpointRow>;
  readonly verdicts: ReadonlyMap<string, VerdictRow>;
  readonly leftout: ReadonlyMap<string, LeftOutRow>;
}

type Row = { readonly id: string } & Readonly<Record<string, unknown>>;

/** For so many alterations of a table it is known which rows they were of: whoever draws asks at every frame. */
const ALTERATIONS_KEPT = 64;

const NONE: ReadonlyMap<string, Row> = new Map();

export class Picture {
  seq = -1;
  ts = 0;
  /** Grows whenever a row alters, so that what is computed from the rows can be kept until then. */
  version = 0;
  private tables = new Map<string, Map<string, Row>>();
  /** What altered of which table as the version grew, lately; and from which version on that is known. */
  private alterations: {
    readonly version: number;
    readonly table: string;
    readonly ids: readonly string[];
  }[] = [];
  private knownSince = 0;

  get isEmpty(): boolean {
    return this.seq < 0;
  }

  /** The rows of one table by id; empty where the diagram has none yet. */
  table<Name extends keyof Tables>(name: Name): Tables[Name] {
    return (this.tables.get(name) ?? NONE) as unknown as Tables[Name];
  }

  /** The ids of the rows that were added, altered or removed after this version; undefined where that is not known. */
  alteredSince(version: number, table: keyof Tables): ReadonlySet<string> | undefined {
    if (version < this.knownSince) return undefined;
    const ids = new Set<string>();
    for (const alteration of this.alterations) {
      if (alteration.version <= version || alteration.table !== table) continue;
      for (const id of alteration.ids) ids.add(id);
    }
    return ids;
  }

  applySnapshot(message: SnapshotMessage): void {
    const tables = new Map<string, Map<string, Row>>();
    for (const [name, data] of Object.entries(message.tables)) {
      const before = this.tables.get(name);
      const rows = new Map<string, Row>();
      for (const row of rowsOf(data)) {
        const known = before?.get(row.id);
        rows.set(row.id, known !== undefined && isSame(known, row) ? known : row);
      }
      tables.set(name, rows);
    }
    this.tables = tables;
    this.version++;
    this.alterations = [];
    this.knownSince = this.version;
    this.seq = message.seq;
    this.ts = message.ts;
  }

  /** False, and nothing is changed, when the delta does not follow on this picture. */
  applyDelta(message: DeltaMessage): boolean {
    if (message.base !== this.seq) return false;
    for (const [name, data] of Object.entries(message.tables)) {
      this.version++;
      const rows = this.tables.get(name) ?? new Map<string, Row>();
      for (const row of rowsOf(data)) rows.set(row.id, row);
      for (const id of data.removed ?? []) rows.delete(id);
      this.tables.set(name, rows);
      this.alterations.push({
        version: this.version,
        table: name,
        ids: [...data.ids, ...(data.removed ?? [])],
      });
    }
    while (this.alterations.length > ALTERATIONS_KEPT)
      this.knownSince = this.alterations.shift()?.version ?? 0;
    this.seq = message.seq;
    this.ts = message.ts;
    return true;
  }
}

/** The rows of a table that travelled column by column. */
export function rowsOf(data: TableData): Row[] {
  const columns = Object.entries(data.columns);
  return data.ids.map((id, index) => {
    const row: Record<string, unknown> = { id };
    if (!("name" in data.columns)) Object.assign(row, namesIn(id));
    for (const [name, values] of columns) row[name] = values[index];
    return row as Row;
  });
}

/** The namespace and the name that an id ends in (`resource:namespace/name`): columns that it tells are not sent. */
function namesIn(id: string): { namespace: string; name: string } {
  const key = id.slice(id.indexOf(":") + 1);
  const slash = key.indexOf("/");
  return { namespace: slash < 0 ? "" : key.slice(0, slash), name: key.slice(slash + 1) };
}

function isSame(one: Row, other: Row): boolean {
  for (const [name, value] of Object.entries(other)) {
    const known = one[name];
    if (known === value) continue;
    if (!Array.isArray(known) || !Array.isArray(value) || known.length !== value.length) return false;
    if (!known.every((item, index) => item === value[index])) return false;
  }
  return true;
}
