/**
 * The facts of the Nodes diagram as tables. Of 150,000 pods only those rows are made that somebody looks at, and their
 * order is kept by what altered.
 */

import { heartbeat } from "../layout/nodefacts";
import { SortedIds } from "../layout/sorted";
import { cpu, memory } from "../model/format";
import type { Picture } from "../model/picture";
import type { Viewer } from "../model/viewer";
import type { NodeRow, OwnerRow, PodRow } from "../wire";
import type { Cell, List, Sheet } from "./sheets";

const POD_COLUMNS = [
  "namespace",
  "name",
  "ready",
  "status",
  "restarts",
  "node",
  "IP",
  "phase",
  "made by",
  "made at",
];
const NODE_COLUMNS = [
  "name",
  "ready",
  "roles",
  "zone",
  "node pool",
  "pool by label",
  "schedulable",
  "trouble",
  "taints",
  "lease renewed",
  "kubelet",
  "pods",
  "pods allocatable",
  "CPU requests",
  "CPU limits",
  "CPU allocatable",
  "CPU capacity",
  "memory requests",
  "memory limits",
  "memory allocatable",
  "memory capacity",
];
const OWNER_COLUMNS = ["kind", "namespace", "name", "ready", "wanted", "owner"];

/** Pods, nodes and owners; in one namespace (empty: all). */
export function nodeSheets(viewer: Viewer, namespace: string): Sheet[] {
  const picture = viewer.pictures.nodes;
  const now = viewer.place?.ts ?? picture.ts;
  const isHere = (row: { readonly namespace: string }) => !namespace || row.namespace === namespace;
  const pods = order(picture, "pods", namespace, picture.table("pods"), isHere);
  const nodes = order(picture, "nodes", "", picture.table("nodes"), () => true);
  const owners = order(picture, "owners", namespace, picture.table("owners"), isHere);
  return [
    sheetOf("Pods", POD_COLUMNS, pods, podCells, (id) => `v1/pods:${id}`),
    sheetOf(
      "Nodes",
      NODE_COLUMNS,
      nodes,
      (node) => nodeCells(node, picture, now),
      (id) => `v1/nodes:${id}`,
    ),
    sheetOf("Owners", OWNER_COLUMNS, owners, ownerCells, (id) => id),
  ];
}

/** Rows, and their ids in order. */
interface Ordered<Row> {
  readonly ids: readonly string[];
  readonly table: ReadonlyMap<string, Row>;
}

function sheetOf<Row extends { readonly id: string }>(
  name: string,
  columns: readonly string[],
  rows: Ordered<Row>,
  cellsOf: (row: Row) => readonly Cell[],
  refOf: (id: string) => string,
): Sheet {
  const { ids, table } = rows;
  const cells = (id: string) => {
    const row = table.get(id);
    return row ? cellsOf(row) : [];
  };
  return { name, columns, rows: listed(ids, cells), refs: listed(ids, refOf) };
}

/** A list of what these ids are made into, when they are asked for. */
function listed<Item>(ids: readonly string[], make: (id: string) => Item): List<Item> {
  return {
    length: ids.length,
    at: (index) => {
      const id = ids.at(index);
      return id === undefined ? undefined : make(id);
    },
    slice: (from, until) => ids.slice(from, until).map(make),
  };
}

const orders = new WeakMap<Picture, Map<string, SortedIds>>();

function order<Row extends { readonly id: string }>(
  picture: Picture,
  name: "pods" | "nodes" | "owners",
  namespace: string,
  table: ReadonlyMap<string, Row>,
  isHere: (row: Row) => boolean,
): Ordered<Row> {
  const known = orders.get(picture) ?? new Map<string, SortedIds>();
  orders.set(picture, known);
  const key = `${name} ${namespace}`;
  const sorted = known.get(key) ?? new SortedIds();
  known.set(key, sorted);
  const alteredSince = (version: number) => picture.alteredSince(version, name);
  return { ids: sorted.follow(picture.version, alteredSince, table, isHere), table };
}

function podCells(pod: PodRow): readonly Cell[] {
  return [
    pod.namespace,
    pod.name,
    `${pod.ready}/${pod.containers}`,
    pod.status,
    pod.restarts,
    pod.node || "none yet",
    pod.ip,
    pod.phase,
    pod.owner,
    pod.created,
  ];
}

function nodeCells(node: NodeRow, picture: Picture, now: number): readonly Cell[] {
  const load = picture.table("loads").get(node.id);
  const lease = picture.table("leases").get(node.id);
  const beat = heartbeat(lease, now);
  return [
    node.id,
    node.ready,
    node.roles.join(", "),
    node.zone,
    node.pool,
    node.pool_label,
    node.unschedulable ? "no, cordoned" : "yes",
    node.troubles.join(", "),
    node.taints.join(", "),
    lease && beat ? `${lease.renewed} (${beat.words === "now" ? "now" : `${beat.words} ago`})` : "",
    node.kubelet_version,
    load?.pods ?? 0,
    node.pods ?? "unknown",
    cpu(load?.cpu ?? 0),
    cpu(load?.cpu_limit ?? 0),
    cpu(node.cpu),
    cpu(node.cpu_capacity),
    memory(load?.memory ?? 0),
    memory(load?.memory_limit ?? 0),
    memory(node.memory),
    memory(node.memory_capacity),
  ];
}

function ownerCells(row: OwnerRow): readonly Cell[] {
  return [row.kind, row.namespace, row.name, row.ready ?? "", row.wanted ?? "", row.owner];
}
