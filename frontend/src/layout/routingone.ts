/** One Service drawn whole: who sends, the ways in, the Service, what each node does with a packet, and the endpoints. */

import type { EndpointRow, NodeRow, PortRow, ServiceRow, VerdictRow, WayRow } from "../wire";
import {
  bare,
  byId,
  INSIDE,
  link,
  OUTSIDE,
  portLines,
  portsOf,
  push,
  type RouteCard,
  type RouteGraph,
  type RouteLink,
  type RoutingTables,
  sender,
  serviceCard,
  type Traffic,
  wayAddress,
} from "./routing";

const NOT_READY = "✕ not ready";
const NODES_DRAWN = 12;
const ENDPOINTS_DRAWN = 40;

/** One Service: what each node does with its packets, for one of its ports. */
export function buildOne(
  tables: RoutingTables,
  service: ServiceRow,
  port: PortRow | undefined,
  traffic: Traffic,
  family: VerdictRow["family"],
): RouteGraph {
  const cards: RouteCard[] = [];
  const links: RouteLink[] = [];
  addSenders(cards, links, tables, service);
  cards.push(serviceCard(service, portLines(tables, service), ""));
  const drawn = port ? addNodes(cards, links, tables, service, port, traffic, family) : new Set<string>();
  if (port) addEndpoints(cards, tables, port, drawn);
  addLeftOut(cards, tables, service);
  if (!hasNodes(cards)) {
    for (const card of cards)
      if (card.column === 4 && card.endpoint) links.push(link(service.id, card.id, "kubelet", card.isBroken));
  }
  return {
    headings: ["SENDERS", "WAYS IN", "SERVICE", "KUBE-PROXY, PER NODE", "ENDPOINTS AND PODS"],
    cards,
    links,
  };
}

/** The verdict that holds for a node: its own, its zone's, or everyone's. */
export function verdictFor(verdicts: readonly VerdictRow[], node: NodeRow): VerdictRow | undefined {
  return (
    verdicts.find((row) => row.node === node.id) ??
    verdicts.find((row) => row.node === "" && row.zone !== "" && row.zone === node.zone) ??
    verdicts.find((row) => row.node === "" && row.zone === "")
  );
}

/** What to call a chance: `50%`, `33.3%`. */
export function chanceOf(many: number): string {
  if (many === 0) return "";
  const percent = 100 / many;
  return `${Number.isInteger(percent) ? percent : percent.toFixed(1)}%`;
}

/** Whether any node has a part in it: none has where a name leads to Pods by itself. */
function hasNodes(cards: readonly RouteCard[]): boolean {
  return cards.some((card) => card.column === 3);
}

function addSenders(
  cards: RouteCard[],
  links: RouteLink[],
  tables: RoutingTables,
  service: ServiceRow,
): void {
  const ways = [...tables.ways.values()].filter((way) => way.service === service.id).sort(byId);
  if (ways.length > 0) cards.push(sender(OUTSIDE, "the outside", "other clients"));
  cards.push(sender(INSIDE, "Pods, nodes", "in the cluster"));
  for (const [id, same] of groupWays(ways)) {
    const [first] = same;
    if (!first) continue;
    const isWaiting = first.address === "";
    cards.push({
      id,
      column: 1,
      name: first.kind,
      lines: [...new Set(same.map(wayAddress))].slice(0, 2),
      hue: "apiserver",
      state: isWaiting ? "warn" : "",
      isBroken: isWaiting,
      action: first.via ? { kind: "inspect", of: first.via } : undefined,
      endpoint: "",
    });
    links.push(link(OUTSIDE, id, "client", isWaiting), link(id, service.id, "apiserver", isWaiting));
  }
  for (const [id, name, lines] of insideWays(tables, service)) {
    cards.push({
      id,
      column: 1,
      name,
      lines,
      hue: "apiserver",
      state: "",
      isBroken: false,
      action: undefined,
      endpoint: "",
    });
    links.push(link(INSIDE, id, "client"), link(id, service.id, "apiserver"));
  }
}

function insideWays(tables: RoutingTables, service: ServiceRow): [string, string, string[]][] {
  const ports = portsOf(tables, service.id).map((port) => port.number);
  const found: [string, string, string[]][] = [];
  if (service.cluster_ips.length > 0) {
    const lines = service.cluster_ips.map((ip) => `${ip}${ports.length === 1 ? `:${ports[0]}` : ""}`);
    found.push(["way:ClusterIP", "ClusterIP", lines]);
  }
  const answer =
    service.kind === "ExternalName"
      ? [`→ ${service.external_name}`]
      : service.kind === "Headless"
        ? ["→ each ready Pod’s own IP"]
        : [];
  const [name = "", domain = ""] = service.dns.split(".svc.");
  found.push(["way:DNS", "DNS", [name, answer[0] ?? `.svc.${domain}`]]);
  return found;
}

function addNodes(
  cards: RouteCard[],
  links: RouteLink[],
  tables: RoutingTables,
  service: ServiceRow,
  port: PortRow,
  traffic: Traffic,
  family: VerdictRow["family"],
): Set<string> {
  const verdicts = [...tables.verdicts.values()].filter(
    (row) => row.port === port.id && row.family === family,
  );
  const drawn = new Set<string>();
  for (const [id, name, verdict] of nodesOf(tables, verdicts)) {
    const chosen = traffic === "inside" ? verdict.internal : verdict.external;
    const reason = traffic === "inside" ? verdict.internal_reason : verdict.external_reason;
    const isShut = traffic === "outside" && chosen.length === 0 && reason === "";
    cards.push({
      id: `node:${id}`,
      column: 3,
      name,
      lines: [
        nodeWords(chosen.length, reason, isShut),
        ...(verdict.topology ? [topologyWords(verdict)] : []),
      ],
      hue: "proxy",
      state: chosen.length > 0 ? "ok" : isShut ? "" : "bad",
      isBroken: chosen.length === 0,
      action: tables.nodes.has(id) ? { kind: "node", of: id } : undefined,
      endpoint: "",
    });
    links.push({
      ...link(service.id, `node:${id}`, chosen.length ? "proxy" : "bad", chosen.length === 0),
      node: id,
    });
    for (const address of chosen.slice(0, ENDPOINTS_DRAWN)) {
      drawn.add(address);
      links.push({
        id: `${id}→${address}`,
        from: `node:${id}`,
        to: `end:${address}`,
        hue: "kubelet",
        label: chanceOf(chosen.length),
        isBroken: false,
        node: id,
        endpoint: address,
      });
    }
  }
  return drawn;
}

/** Each node where there are few, else the kinds of node that treat packets alike. */
function nodesOf(
  tables: RoutingTables,
  verdicts: readonly VerdictRow[],
): [id: string, name: string, verdict: VerdictRow][] {
  const nodes = [...tables.nodes.values()].sort(byId);
  if (nodes.length > 0 && nodes.length <= NODES_DRAWN) {
    return nodes.flatMap((node): [string, string, VerdictRow][] => {
      const verdict = verdictFor(verdicts, node);
      return verdict ? [[node.id, node.id, verdict]] : [];
    });
  }
  const isOnly = verdicts.length === 1;
  return [...verdicts]
    .sort(byId)
    .slice(0, ENDPOINTS_DRAWN)
    .map((row) => [
      row.node || (row.zone ? `zone ${row.zone}` : "the rest"),
      row.node || (row.zone ? `nodes in ${row.zone}` : isOnly ? "every node" : "every other node"),
      row,
    ]);
}

function nodeWords(many: number, reason: string, isShut: boolean): string {
  if (many > 0) return many === 1 ? "to one endpoint" : `to one of ${many} endpoints`;
  if (isShut) return "no way in from outside";
  return reason === "no-local-endpoints" ? "none on this node: DROP" : "no ready endpoint: REJECT";
}

function topologyWords(verdict: VerdictRow): string {
  return verdict.topology === "PreferSameNode" ? "hints keep it on its node" : "hints keep it in its zone";
}

function addEndpoints(cards: RouteCard[], tables: RoutingTables, port: PortRow, drawn: Set<string>): void {
  const rows = [...tables.endpoints.values()].filter((row) => row.port === port.id).sort(byAddress);
  const wanted = rows.filter((row) => drawn.has(row.address));
  const others = rows.filter((row) => !drawn.has(row.address));
  for (const row of [...wanted, ...others].slice(0, ENDPOINTS_DRAWN)) {
    drawn.add(row.address);
    cards.push({
      id: `end:${row.address}`,
      column: 4,
      name: row.pod ? bare(row.pod) : row.address,
      lines: [`${row.address}${row.node ? ` · ${row.node}` : ""}`, endpointWords(row)],
      hue: "kubelet",
      state: !row.is_ready ? "bad" : row.is_pod_ready && !row.probe ? "ok" : "warn",
      isBroken: !row.is_ready,
      action: row.pod ? { kind: "inspect", of: `v1/pods:${row.pod}` } : undefined,
      endpoint: row.address,
    });
  }
  addRest(cards, rows.length - ENDPOINTS_DRAWN, "more endpoints");
}

/** Say how many there are that are not drawn. */
function addRest(cards: RouteCard[], rest: number, what: string): void {
  if (rest <= 0) return;
  cards.push({
    id: `rest:${what}`,
    column: 4,
    name: `and ${rest.toLocaleString("en")} ${what}`,
    lines: ["the table beside has them all (t)"],
    hue: "fold",
    state: "",
    isBroken: false,
    action: undefined,
    endpoint: "",
  });
}

function endpointWords(row: EndpointRow): string {
  if (row.is_terminating) return row.is_serving ? "◐ terminating, still serving" : "✕ terminating";
  if (row.is_ready && !row.is_pod_ready) return "◐ Pod not ready, slice not yet";
  if (row.is_ready && row.probe) return `◐ ready, and ${row.probe}`;
  if (!row.is_ready && row.is_pod_ready) return "◐ Pod ready, slice not yet";
  if (row.probe) return `✕ not ready: ${row.probe}`;
  return row.is_ready ? "● ready" : NOT_READY;
}

/** Pods that the Service selects and that get nothing; those that are endpoints already have their card. */
function addLeftOut(cards: RouteCard[], tables: RoutingTables, service: ServiceRow): void {
  const rows = [...tables.leftout.values()].filter((row) => row.service === service.id).sort(byId);
  const pods = new Map<string, number>();
  cards.forEach((card, index) => {
    if (card.column === 4 && card.action) pods.set(card.action.of, index);
  });
  for (const row of rows.slice(0, ENDPOINTS_DRAWN)) {
    const known = pods.get(`v1/pods:${row.pod}`);
    const card = known === undefined ? undefined : cards[known];
    if (card && known !== undefined) {
      const [address = "", own = ""] = card.lines;
      if (own === NOT_READY) cards[known] = { ...card, lines: [address, `✕ ${row.text}`] };
      continue;
    }
    cards.push({
      id: `out:${row.pod}`,
      column: 4,
      name: bare(row.pod),
      lines: ["selected, and no endpoint", `✕ ${row.text}`],
      hue: "kubelet",
      state: "bad",
      isBroken: true,
      action: { kind: "inspect", of: `v1/pods:${row.pod}` },
      endpoint: "",
    });
  }
  addRest(cards, rows.length - ENDPOINTS_DRAWN, "more Pods left out");
}

/** Ways that differ by their port only are one card. */
function groupWays(ways: readonly WayRow[]): Map<string, WayRow[]> {
  const groups = new Map<string, WayRow[]>();
  for (const way of ways) push(groups, `way:${way.kind} ${way.address} ${way.via}`, way);
  return groups;
}

function byAddress(one: EndpointRow, other: EndpointRow): number {
  return one.node === other.node ? (one.address < other.address ? -1 : 1) : one.node < other.node ? -1 : 1;
}
