/** Sheets: the facts of a diagram as tables. */

import { nameOf } from "../layout/waterfall";
import { clock, cpu, memory, namespaceOf, seenAt } from "../model/format";
import type { Matches } from "../model/matches";
import type { Viewer } from "../model/viewer";
import type { Tree } from "../wire";

export interface Sheet {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | boolean)[])[];
  /** For each row, what a click on it inspects; empty for nothing. */
  readonly refs: readonly string[];
  /** For each row, which version of it, by its frame; left out where it is that of the moment. */
  readonly versions?: readonly number[];
}

/** Of each table that is about objects, the rows of those that meet the filter; undefined: all. */
export function narrow(sheets: readonly Sheet[], matches: Pick<Matches, "has"> | undefined): Sheet[] {
  if (!matches) return [...sheets];
  return sheets.map((sheet) => {
    if (sheet.refs.every((ref) => ref === "")) return sheet;
    const kept = sheet.refs.flatMap((ref, index) => (matches.has(ref) ? [index] : []));
    const of = <Item>(items: readonly Item[]) => kept.map((index) => items[index] as Item);
    const { rows, refs, versions } = sheet;
    return { ...sheet, rows: of(rows), refs: of(refs), ...(versions ? { versions: of(versions) } : {}) };
  });
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

/** Pods, nodes and owners; in one namespace (empty: all). */
export function nodeSheets(viewer: Viewer, namespace: string): Sheet[] {
  const picture = viewer.pictures.nodes;
  const nodes = [...picture.table("nodes").values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const pods = [...picture.table("pods").values()]
    .filter((pod) => !namespace || pod.namespace === namespace)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const owners = [...picture.table("owners").values()]
    .filter((owner) => !namespace || owner.namespace === namespace)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  return [
    {
      name: "Pods",
      columns: ["namespace", "name", "ready", "status", "restarts", "node", "IP"],
      rows: pods.map((pod) => [
        pod.namespace,
        pod.name,
        `${pod.ready}/${pod.containers}`,
        pod.status,
        pod.restarts,
        pod.node || "none yet",
        pod.ip,
      ]),
      refs: pods.map((pod) => `v1/pods:${pod.id}`),
    },
    {
      name: "Nodes",
      columns: ["name", "ready", "zone", "schedulable", "kubelet", "CPU", "memory", "taints"],
      rows: nodes.map((node) => [
        node.id,
        node.ready,
        node.zone,
        node.unschedulable ? "no, cordoned" : "yes",
        node.kubelet_version,
        cpu(node.cpu),
        memory(node.memory),
        node.taints.join(", "),
      ]),
      refs: nodes.map((node) => `v1/nodes:${node.id}`),
    },
    {
      name: "Owners",
      columns: ["kind", "namespace", "name", "ready", "wanted", "owner"],
      rows: owners.map((row) => [
        row.kind,
        row.namespace,
        row.name,
        row.ready ?? "",
        row.wanted ?? "",
        row.owner,
      ]),
      refs: owners.map((row) => row.id),
    },
  ];
}
