/**
 * The routing diagram's model: cards in columns and the links between them, from the tables. Pure.
 *
 * One Service is drawn whole: who sends, the ways in, the Service, what each node does with a packet, and the endpoints.
 * Several are drawn a card each, from their ways in to what is ready behind them. Where there are too many, they fold by
 * meaning: a namespace is one card, and in a namespace an application.
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
export const SERVICES_DRAWN = 40;
const NOT_READY = "✕ not ready";
const NODES_DRAWN = 12;
const ENDPOINTS_DRAWN = 40;

/** What is in a namespace and application (empty: all) that is not folded away. */
export function buildMany(tables: RoutingTables, namespace: string, open: ReadonlySet<string>): RouteGraph {
  const services = [...tables.services.values()]
    .filter((row) => !namespace || row.namespace === namespace)
    .sort(byId);
  const cards: RouteCard[] = [];
  const links: RouteLink[] = [];
  const entrances = new Map<string, WayRow[]>();
  for (const way of tables.ways.values()) push(entrances, way.service, way);
  const { shown, folds } = foldServices(services, namespace, open);
  for (const service of shown) addService(cards, links, tables, service, entrances.get(service.id) ?? []);
  for (const [fold, rows] of folds) cards.push(foldCard(fold, rows));
  if (links.some((link) => link.from === OUTSIDE))
    cards.unshift(sender(OUTSIDE, "the outside", "other clients"));
  return { headings: ["OUTSIDE", "WAYS IN", "SERVICES", "ENDPOINTS"], cards, links };
}

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
  cards.push(serviceCard(service, 2, portLines(tables, service)));
  const drawn = port ? addNodes(cards, links, tables, service, port, traffic, family) : new Set<string>();
  if (port) addEndpoints(cards, tables, port, drawn);
  addLeftOut(cards, tables, service, drawn);
  return {
    headings: ["SENDERS", "WAYS IN", "SERVICE", "KUBE-PROXY, PER NODE", "ENDPOINTS AND PODS"],
    cards,
    links,
  };
}

/** The ports of a Service, as they stand in it. */
export function portsOf(tables: Pick<RoutingTables, "ports">, service: string): PortRow[] {
  return [...tables.ports.values()].filter((row) => row.service === service);
}

/** The verdict that holds for a node: its own, its zone's, or everyone's. */
export function verdictFor(verdicts: readonly VerdictRow[], node: NodeRow): VerdictRow | undefined {
  return (
    verdicts.find((row) => row.node === node.id) ??
    verdicts.find((row) => row.zone !== "" && row.zone === node.zone) ??
    verdicts.find((row) => row.node === "" && row.zone === "")
  );
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

/** What to call a chance: `50%`, `33.3%`. */
export function chanceOf(many: number): string {
  if (many === 0) return "";
  const percent = 100 / many;
  return `${Number.isInteger(percent) ? percent : percent.toFixed(1)}%`;
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
function addLeftOut(
  cards: RouteCard[],
  tables: RoutingTables,
  service: ServiceRow,
  drawn: ReadonlySet<string>,
): void {
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
    if (drawn.size + rows.length > 4 * ENDPOINTS_DRAWN) continue;
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
}

function addService(
  cards: RouteCard[],
  links: RouteLink[],
  tables: RoutingTables,
  service: ServiceRow,
  ways: readonly WayRow[],
): void {
  const id = service.id;
  cards.push(serviceCard(service, 2, portLines(tables, service)));
  if (ways.length > 0) {
    const kinds = [...new Set(ways.map((way) => way.kind))];
    cards.push({
      id: `ways:${id}`,
      column: 1,
      name: kinds.join(", "),
      lines: [...new Set(ways.map(wayAddress))].slice(0, 2),
      hue: "apiserver",
      state: "",
      isBroken: false,
      action: { kind: "service", of: id },
      endpoint: "",
    });
    links.push(link(OUTSIDE, `ways:${id}`, "client"), link(`ways:${id}`, id, "apiserver"));
  }
  if (service.kind === "ExternalName") return;
  cards.push({
    id: `ends:${id}`,
    column: 3,
    name: service.endpoints === 0 ? "no endpoints" : `${service.ready} of ${service.endpoints} ready`,
    lines: [service.endpoints === 0 ? "packets are refused" : "endpoints"],
    hue: "kubelet",
    state: service.ready > 0 ? (service.ready < service.endpoints ? "warn" : "ok") : "bad",
    isBroken: service.ready === 0,
    action: { kind: "service", of: id },
    endpoint: "",
  });
  links.push(link(id, `ends:${id}`, service.ready ? "kubelet" : "bad", service.ready === 0));
}

function serviceCard(service: ServiceRow, column: number, ports: readonly string[]): RouteCard {
  const policy = service.external_policy === "Local" || service.internal_policy === "Local" ? " · Local" : "";
  const flaw = service.flaws[0];
  const leads = service.kind === "ExternalName" ? [`→ ${service.external_name}`] : ports;
  const shown = ports.length > 2 ? [...ports.slice(0, 1), `and ${ports.length - 1} more ports`] : leads;
  return {
    id: service.id,
    column,
    name: service.name,
    lines: [
      `${service.kind}${policy} · ${service.namespace}`,
      ...(flaw ? [`▲ ${flaw.split(":")[0]}`] : shown),
    ],
    hue: "etcd",
    state: flaw ? "warn" : "",
    isBroken: false,
    action: column === 2 ? { kind: "service", of: service.id } : undefined,
    endpoint: "",
  };
}

function portLines(tables: RoutingTables, service: ServiceRow): string[] {
  return portsOf(tables, service.id).map(
    (port) =>
      `${port.name ? `${port.name} ` : ""}${port.number}${port.protocol === "TCP" ? "" : `/${port.protocol}`} → ${port.target}`,
  );
}

function foldServices(
  services: readonly ServiceRow[],
  namespace: string,
  open: ReadonlySet<string>,
): { shown: ServiceRow[]; folds: Map<string, ServiceRow[]> } {
  const folds = new Map<string, ServiceRow[]>();
  if (services.length <= SERVICES_DRAWN) return { shown: [...services], folds };
  const shown: ServiceRow[] = [];
  const groups = new Map<string, ServiceRow[]>();
  for (const row of services) push(groups, namespace ? row.application : row.namespace, row);
  for (const [group, rows] of groups) {
    const fold = namespace ? `application:${namespace}/${group}` : `namespace:${group}`;
    if (open.has(fold) || rows.length === 1) shown.push(...rows);
    else folds.set(fold, rows);
  }
  return { shown, folds };
}

function foldCard(fold: string, rows: readonly ServiceRow[]): RouteCard {
  const name = bare(fold.slice(fold.indexOf(":") + 1));
  const isApplication = fold.startsWith("application:");
  const empty = rows.filter((row) => row.kind !== "ExternalName" && row.ready === 0).length;
  return {
    id: fold,
    column: 2,
    name: isApplication ? name || "no application" : name,
    lines: [`${rows.length} Services ▸`, empty ? `${empty} with nothing ready` : "all with ready endpoints"],
    hue: "fold",
    state: empty ? "bad" : "ok",
    isBroken: false,
    action: { kind: "fold", of: fold },
    endpoint: "",
  };
}

function sender(id: string, name: string, line: string): RouteCard {
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

function link(from: string, to: string, hue: Hue, isBroken = false): RouteLink {
  return { id: `${from}→${to}`, from, to, hue, label: "", isBroken, node: "", endpoint: "" };
}

/** Ways that differ by their port only are one card. */
function groupWays(ways: readonly WayRow[]): Map<string, WayRow[]> {
  const groups = new Map<string, WayRow[]>();
  for (const way of ways) push(groups, `way:${way.kind} ${way.address} ${way.via}`, way);
  return groups;
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

export function bare(key: string): string {
  return key.slice(key.indexOf("/") + 1);
}

function push<Value>(groups: Map<string, Value[]>, key: string, value: Value): void {
  const group = groups.get(key);
  if (group) group.push(value);
  else groups.set(key, [value]);
}

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : 1;
}

function byAddress(one: EndpointRow, other: EndpointRow): number {
  return one.node === other.node ? (one.address < other.address ? -1 : 1) : one.node < other.node ? -1 : 1;
}
