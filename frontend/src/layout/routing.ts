/**
 * The routing diagram's model: cards in columns and the links between them. Pure.
 *
 * layout/routingone.ts draws one Service whole, layout/routingmany.ts several, a row each.
 */

import type {
  EndpointRow,
  LeftOutRow,
  NodeRow,
  PacketTrace,
  PodRow,
  PortRow,
  ServiceRow,
  VerdictRow,
  WayRow,
} from "../wire";
import { assignSlots, type Slots } from "./slots";

export interface RoutingTables {
  readonly services: ReadonlyMap<string, ServiceRow>;
  readonly ports: ReadonlyMap<string, PortRow>;
  readonly ways: ReadonlyMap<string, WayRow>;
  readonly endpoints: ReadonlyMap<string, EndpointRow>;
  readonly verdicts: ReadonlyMap<string, VerdictRow>;
  readonly leftout: ReadonlyMap<string, LeftOutRow>;
  readonly nodes: ReadonlyMap<string, NodeRow>;
  readonly pods: ReadonlyMap<string, PodRow>;
}

export type Hue = "client" | "apiserver" | "etcd" | "proxy" | "kubelet" | "bad" | "fold";
export type State = "ok" | "warn" | "bad" | "";

export interface RouteCard {
  readonly id: string;
  readonly column: number;
  readonly name: string;
  /** At most three lines under the name; the last one is coloured by `state`. */
  readonly lines: readonly string[];
  readonly hue: Hue;
  readonly state: State;
  readonly isBroken: boolean;
  /** What a click does: open a Service or a fold, choose a node, inspect an object. */
  readonly action:
    | { readonly kind: "service" | "fold" | "node" | "inspect"; readonly of: string }
    | undefined;
  /** The endpoint that it is, as rules name it; empty: none. */
  readonly endpoint: string;
}

export interface RouteLink {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly hue: Hue;
  /** The chance in percent, or a word; empty: nothing is written on it. */
  readonly label: string;
  readonly isBroken: boolean;
  /** The node and endpoint whose rules make it; empty for other links. */
  readonly node: string;
  readonly endpoint: string;
}

export interface RouteGraph {
  readonly headings: readonly string[];
  readonly cards: readonly RouteCard[];
  readonly links: readonly RouteLink[];
}

/** Where packets come from: from Pods and nodes to the ClusterIP, or from outside the cluster. */
export type Traffic = "inside" | "outside";

export const OUTSIDE = "outside";
export const INSIDE = "inside";

/** The ports of a Service, as they stand in it. */
export function portsOf(tables: Pick<RoutingTables, "ports">, service: string): PortRow[] {
  return [...tables.ports.values()].filter((row) => row.service === service);
}

/** The cards that a packet passes on its way; none where its way is not through the Service that is drawn. */
export function cardsOn(way: PacketTrace, graph: RouteGraph): ReadonlySet<string> {
  const lit = new Set<string>();
  for (const hop of way.hops) {
    for (const rule of hop.rules ?? [])
      if (rule.port) lit.add(rule.port.slice(0, rule.port.lastIndexOf(":")));
    for (const option of hop.options ?? []) if (option.isChosen) lit.add(`end:${option.endpoint}`);
    if (hop.kind === "node") lit.add(`node:${hop.place}`);
    if (hop.kind === "name" && hop.place === "cluster DNS") lit.add("way:DNS");
    if (hop.kind === "sends") {
      const [, host = "", port = ""] = /sends to (\S+):(\d+)/.exec(hop.text) ?? [];
      lit.add(hop.place === "outside" ? OUTSIDE : INSIDE);
      for (const card of graph.cards) {
        const isWay = card.column === 1 && card.lines.some((line) => leadsTo(line, host, port));
        if (isWay) lit.add(card.id);
      }
    }
  }
  return graph.cards.some((card) => card.column === 2 && lit.has(card.id)) ? lit : new Set();
}

/** Whether a way in, as it is written on its card, is this address. */
function leadsTo(line: string, host: string, port: string): boolean {
  return line === `${host}:${port}` || line === `any node:${port}` || line === host;
}

/** The card in whose row this one stands, where several Services are drawn: its Service's. */
export function rowOf(card: RouteCard): string {
  return card.id.replace(/^(?:ways|ends):/, "");
}

/** A way in as a person would write it: `203.0.113.7:80`, `any node:32445`. */
export function wayAddress(way: WayRow): string {
  if (way.address === "") return "no address yet";
  const host = way.address === "*" ? (way.kind === "NodePort" ? "any node" : "any host") : way.address;
  return way.number ? `${host.includes(":") ? `[${host}]` : host}:${way.number}` : host;
}

/** A Service as a card, with its ports or its first flaw; `where` stands behind its kind. */
export function serviceCard(service: ServiceRow, ports: readonly string[], where: string): RouteCard {
  const policy = service.external_policy === "Local" || service.internal_policy === "Local" ? " · Local" : "";
  const flaw = service.flaws[0];
  const leads = service.kind === "ExternalName" ? [`→ ${service.external_name}`] : ports;
  const shown = ports.length > 1 ? [`${ports[0]}, ${ports.length - 1} more`] : leads;
  return {
    id: service.id,
    column: 2,
    name: service.name,
    lines: [`${service.kind}${policy}${where}`, ...(flaw ? [`▲ ${flaw.split(":")[0]}`] : shown)],
    hue: "etcd",
    state: flaw ? "warn" : "",
    isBroken: false,
    action: { kind: "service", of: service.id },
    endpoint: "",
  };
}

/** A Service's ports as lines: `http 80 → 8080`. */
export function portLines(tables: RoutingTables, service: ServiceRow): string[] {
  return portsOf(tables, service.id).map(
    (port) =>
      `${port.name ? `${port.name} ` : ""}${port.number}${port.protocol === "TCP" ? "" : `/${port.protocol}`} → ${port.target}`,
  );
}

/** Who sends, as a card. */
export function sender(id: string, name: string, line: string): RouteCard {
  return {
    id,
    column: 0,
    name,
    lines: [line],
    hue: "client",
    state: "",
    isBroken: false,
    action: undefined,
    endpoint: "",
  };
}

/** A line between two cards. */
export function link(from: string, to: string, hue: Hue, isBroken = false): RouteLink {
  return { id: `${from}→${to}`, from, to, hue, label: "", isBroken, node: "", endpoint: "" };
}

/** Where each card stands in its column. Cards keep their places while others come and go, until `key` alters. */
export class RouteKeeper {
  private key = "";
  private columns: Slots[] = [];

  assign(graph: RouteGraph, key: string): readonly Slots[] {
    const before = key === this.key ? this.columns : [];
    this.key = key;
    this.columns = graph.headings.map((_, column) =>
      assignSlots(
        before[column] ?? new Map(),
        graph.cards.filter((card) => card.column === column).map((card) => card.id),
      ),
    );
    return this.columns;
  }
}

/** A name without its namespace. */
export function bare(key: string): string {
  return key.slice(key.indexOf("/") + 1);
}

/** Add to the group of this key. */
export function push<Value>(groups: Map<string, Value[]>, key: string, value: Value): void {
  const group = groups.get(key);
  if (group) group.push(value);
  else groups.set(key, [value]);
}

/** node-2 stands before node-10. */
const IN_ORDER = new Intl.Collator("en", { numeric: true });

/** The order of ids, with the numbers in them as numbers. */
export function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return IN_ORDER.compare(one.id, other.id);
}
