/** Sheets: the facts of a diagram as tables. */

import { nameOf } from "../layout/waterfall";
import { clock, namespaceOf, seenAt } from "../model/format";
import type { Matches } from "../model/matches";
import type { Viewer } from "../model/viewer";
import type { Tree } from "../wire";

export type Cell = string | number | boolean;

/** A list whose items may be made only when they are asked for; every array is one. */
export interface List<Item> {
  readonly length: number;
  at(index: number): Item | undefined;
  slice(from?: number, until?: number): readonly Item[];
}

export interface Sheet {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: List<readonly Cell[]>;
  /** For each row, what a click on it inspects; empty for nothing. */
  readonly refs: List<string>;
  /** For each row, which version of it, by its frame; left out where it is that of the moment. */
  readonly versions?: readonly number[];
}

/** Of each table that is about objects, the rows of those that meet the filter; undefined: all. */
export function narrow(sheets: readonly Sheet[], matches: Pick<Matches, "has"> | undefined): Sheet[] {
  if (!matches) return [...sheets];
  return sheets.map((sheet) => {
    const refs = sheet.refs.slice();
    if (refs.every((ref) => ref === "")) return sheet;
    const kept = refs.flatMap((ref, index) => (matches.has(ref) ? [index] : []));
    const { rows, versions } = sheet;
    return {
      ...sheet,
      rows: pick(rows, kept),
      refs: kept.map((index) => refs[index] ?? ""),
      ...(versions ? { versions: kept.map((index) => versions[index] ?? 0) } : {}),
    };
  });
}

/** The items at these places, made when they are asked for. */
function pick<Item>(items: List<Item>, places: readonly number[]): List<Item> {
  const at = (place: number) => items.at(place) as Item;
  return {
    length: places.length,
    at: (index) => {
      const place = places.at(index);
      return place === undefined ? undefined : at(place);
    },
    slice: (from, until) => places.slice(from, until).map(at),
  };
}

/** The writes of a trace, in the order in which they were made. */
export function traceSheet(tree: Tree): Sheet {
  const texts = new Map(tree.writes.map((write) => [write.seq, write.text]));
  return {
    name: "Trace",
    columns: ["time", "what", "who", "certainty", "after", "lag (ms)", "why", "certainty of that"],
    rows: tree.writes.map((write) => [
      clock(write.ts),
      write.text,
      nameOf(write.component),
      write.whoCertainty,
      texts.get(write.parent) ?? "",
      Math.round(write.lagS * 1000),
      write.rule,
      write.certainty,
    ]),
    refs: tree.writes.map((write) => write.ref),
    versions: tree.writes.map((write) => write.seq),
  };
}

/** The latest writes, the components and what etcd holds; in one namespace (empty: all). */
export function flowSheets(viewer: Viewer, namespace: string): Sheet[] {
  const picture = viewer.pictures.flow;
  const writes = [...picture.table("writes").values()]
    .filter((write) => !namespace || namespaceOf(write.ref) === namespace)
    .sort((a, b) => b.seq - a.seq);
  const components = [...picture.table("components").values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const kinds = [...picture.table("kinds").values()].sort((a, b) => b.objects - a.objects);
  return [
    {
      name: "Latest writes",
      columns: ["time", "who", "certainty", "what"],
      rows: writes.map((write) => [
        seenAt(write.ts, write.since),
        nameOf(write.component),
        write.certainty,
        write.text,
      ]),
      refs: writes.map((write) => write.ref),
      versions: writes.map((write) => write.seq),
    },
    {
      name: "Components",
      columns: ["component", "kind", "node", "writes", "last write"],
      rows: components.map((row) => [row.name, row.actor, row.node, row.writes, row.last_text]),
      refs: components.map(() => ""),
    },
    {
      name: "What etcd holds",
      columns: ["kind", "resource", "objects"],
      rows: kinds.map((row) => [row.kind, row.id, row.objects]),
      refs: kinds.map(() => ""),
    },
  ];
}
