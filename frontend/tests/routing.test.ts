import { describe, expect, it } from "vitest";
import {
  INSIDE,
  OUTSIDE,
  portsOf,
  type RouteGraph,
  RouteKeeper,
  type RoutingTables,
  wayAddress,
} from "../src/layout/routing";
import { buildMany } from "../src/layout/routingmany";
import { buildOne, chanceOf } from "../src/layout/routingone";
import { shorten } from "../src/stage/proxyrules";
import type { EndpointRow, LeftOutRow, NodeRow, PortRow, ServiceRow, VerdictRow, WayRow } from "../src/wire";

const PORT = "shop/web:http/TCP";

function byId<Row extends { readonly id: string }>(...rows: Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [row.id, row]));
}

function service(id = "shop/web", more: Partial<ServiceRow> = {}): ServiceRow {
  const [namespace = "", name = ""] = id.split("/");
  return {
    id,
    namespace,
    name,
    kind: "ClusterIP",
    application: "",
    cluster_ips: ["10.96.0.7"],
    dns: `${name}.${namespace}.svc.cluster.local`,
    external_name: "",
    ready: 1,
    endpoints: 2,
    external_policy: "Cluster",
    internal_policy: "Cluster",
    sticky_seconds: 0,
    flaws: [],
    is_proxied: true,
    is_legacy: false,
    created: "",
    ...more,
  };
}

function endpoint(address: string, node: string, isReady = true): EndpointRow {
  return {
    id: `${PORT} → ${address}`,
    port: PORT,
    address,
    pod: `shop/on-${node}`,
    node,
    zone: "",
    is_ready: isReady,
    is_serving: isReady,
    is_terminating: false,
    zones: [],
    nodes: [],
    is_pod_ready: isReady,
    probe: "",
  };
}

function verdict(more: Partial<VerdictRow> = {}): VerdictRow {
  return {
    id: `${PORT} IPv4 ${more.node ?? `${more.zone ?? ""}/`}`,
    port: PORT,
    family: "IPv4",
    node: "",
    zone: "",
    internal: ["10.244.0.1:80"],
    external: [],
    internal_reason: "",
    external_reason: "",
    topology: "",
    ...more,
  };
}

function node(id: string, zone = ""): NodeRow {
  return {
    id,
    ready: true,
    zone,
    unschedulable: false,
    kubelet_version: "v1.36.2",
    cpu: "",
    memory: "",
    pods: "",
    taints: [],
  } as unknown as NodeRow;
}

function tables(more: Partial<RoutingTables> = {}): RoutingTables {
  const port: PortRow = {
    id: PORT,
    service: "shop/web",
    name: "http",
    number: 80,
    protocol: "TCP",
    node_port: 0,
    target: "8080",
  };
  return {
    services: byId(service()),
    ports: byId(port),
    ways: new Map(),
    endpoints: byId(endpoint("10.244.0.1:80", "node-1"), endpoint("10.244.1.1:80", "node-2", false)),
    verdicts: byId(verdict()),
    leftout: new Map(),
    nodes: byId(node("node-1"), node("node-2")),
    pods: new Map(),
    ...more,
  };
}

function one(given: RoutingTables, traffic: "inside" | "outside" = "inside"): RouteGraph {
  const row = service();
  return buildOne(given, row, portsOf(given, row.id)[0], traffic, "IPv4");
}

function linked(graph: RouteGraph, from: string): string[] {
  return graph.links.filter((link) => link.from === from).map((link) => link.to);
}

describe("one Service", () => {
  it("leads from senders by its ways in to what each node chooses", () => {
    const graph = one(tables());
    expect(linked(graph, INSIDE)).toEqual(["way:ClusterIP", "way:DNS"]);
    expect(linked(graph, "shop/web")).toEqual(["node:node-1", "node:node-2"]);
    expect(linked(graph, "node:node-2")).toEqual(["end:10.244.0.1:80"]);
    expect(graph.cards.some((card) => card.id === OUTSIDE)).toBe(false);
  });

  it("draws an endpoint that gets nothing broken, and says why", () => {
    const left: LeftOutRow = {
      id: "shop/web shop/on-node-2",
      service: "shop/web",
      pod: "shop/on-node-2",
      reason: "not-ready",
      text: "not ready: its readiness probe fails",
      detail: "",
      since: "",
    };
    const card = one(tables({ leftout: byId(left) })).cards.find(({ id }) => id === "end:10.244.1.1:80");
    expect(card?.isBroken).toBe(true);
    expect(card?.lines.at(-1)).toBe("✕ not ready: its readiness probe fails");
  });

  it("tells a node that drops from one that refuses, and from no way in", () => {
    const words = (row: VerdictRow, traffic: "inside" | "outside") =>
      one(tables({ verdicts: byId(row) }), traffic).cards.find(({ id }) => id === "node:node-1")?.lines[0];
    const none = { internal: [], external: [] };
    expect(words(verdict({ ...none, external_reason: "no-local-endpoints" }), "outside")).toContain("DROP");
    expect(words(verdict({ ...none, internal_reason: "no-endpoints" }), "inside")).toContain("REJECT");
    expect(words(verdict(none), "outside")).toBe("no way in from outside");
  });

  it("takes a node's own verdict before its zone's, and that before everyone's", () => {
    const rows = byId(
      verdict({ internal: ["a:1"] }),
      verdict({ zone: "east", internal: ["b:1"] }),
      verdict({ node: "node-3", internal: ["c:1"] }),
    );
    const nodes = byId(node("node-1"), node("node-2", "east"), node("node-3", "east"));
    const graph = one(tables({ verdicts: rows, nodes }));
    expect(["node-1", "node-2", "node-3"].map((name) => linked(graph, `node:${name}`)[0])).toEqual([
      "end:a:1",
      "end:b:1",
      "end:c:1",
    ]);
  });

  it("does not take another node's verdict for the zone's, though it names the zone", () => {
    const rows = byId(
      verdict({ external: [], external_reason: "no-local-endpoints" }),
      verdict({ node: "node-1", zone: "east", external: ["a:1"] }),
    );
    const nodes = byId(node("node-1", "east"), node("node-3", "east"));
    const graph = one(tables({ verdicts: rows, nodes }), "outside");
    expect(linked(graph, "node:node-1")).toEqual(["end:a:1"]);
    expect(linked(graph, "node:node-3")).toEqual([]);
  });

  it("draws some of very many endpoints, and says how many more there are", () => {
    const rows = Array.from({ length: 300 }, (_, index) => endpoint(`10.244.9.${index}:80`, "node-1"));
    const internal = rows.map(({ address }) => address);
    const graph = one(tables({ endpoints: byId(...rows), verdicts: byId(verdict({ internal })) }));
    const column = graph.cards.filter((card) => card.column === 4);
    expect(column).toHaveLength(41);
    expect(column.at(-1)?.name).toBe("and 260 more endpoints");
    expect(linked(graph, "node:node-1")).toHaveLength(40);
  });

  it("draws kinds of node where there are many", () => {
    const nodes = byId(...Array.from({ length: 50 }, (_, index) => node(`node-${index}`)));
    const names = one(tables({ nodes })).cards.filter(({ column }) => column === 3);
    expect(names.map(({ name }) => name)).toEqual(["every node"]);
  });
});

describe("several Services", () => {
  const many = (count: number, namespace: (index: number) => string) =>
    byId(
      ...Array.from({ length: count }, (_, index) =>
        service(`${namespace(index)}/s${index}`, { ready: index }),
      ),
    );

  it("fold by namespace where there are too many, and open", () => {
    const services = many(300, (index) => `team-${index % 5}`);
    const folded = buildMany(tables({ services }), "", new Set());
    expect(folded.cards.map(({ name }) => name)).toEqual(["team-0", "team-1", "team-2", "team-3", "team-4"]);
    expect(folded.cards[0]?.lines).toEqual(["60 Services ▸", "1 with nothing ready"]);
    const opened = buildMany(tables({ services }), "", new Set(["namespace:team-2"]));
    expect(opened.cards.filter(({ id }) => id.startsWith("team-2/"))).toHaveLength(60);
  });

  it("say what becomes of packets where there is no endpoint", () => {
    const linesOf = (more: Partial<ServiceRow>) => {
      const services = byId(service("shop/db", { ready: 0, endpoints: 0, ...more }));
      return buildMany(tables({ services }), "", new Set()).cards.find(({ id }) => id === "ends:shop/db")
        ?.lines;
    };
    expect(linesOf({})).toEqual(["packets are refused"]);
    expect(linesOf({ kind: "Headless", is_proxied: false, cluster_ips: [] })).toEqual([
      "its name has no address",
    ]);
    expect(linesOf({ is_proxied: false })).toEqual(["kube-proxy leaves it alone"]);
  });

  it("fold by application in a namespace", () => {
    const services = many(60, () => "shop");
    for (const [id, row] of services)
      services.set(id, { ...row, application: row.ready % 2 ? "odd" : "even" });
    const graph = buildMany(tables({ services }), "shop", new Set());
    expect(graph.cards.map(({ name }) => name)).toEqual(["even", "odd"]);
    const plain = buildMany(tables({ services: many(300, () => "shop") }), "shop", new Set());
    expect(plain.cards.filter(({ column }) => column === 2)).toHaveLength(300);
  });
});

it("keeps cards in their places while others come and go", () => {
  const keeper = new RouteKeeper();
  const before = keeper.assign(one(tables()), "shop/web");
  const fewer = tables({
    endpoints: byId(endpoint("10.244.1.1:80", "node-2")),
    verdicts: byId(verdict({ internal: ["10.244.1.1:80"] })),
  });
  const after = keeper.assign(one(fewer), "shop/web");
  expect(after[4]?.get("end:10.244.1.1:80")).toBe(before[4]?.get("end:10.244.1.1:80"));
});

it("writes chances, ways in and rules as a person reads them", () => {
  expect([1, 3, 4, 0].map(chanceOf)).toEqual(["100%", "33.3%", "25%", ""]);
  const way = (kind: string, address: string, number: number) =>
    wayAddress({ kind, address, number } as WayRow);
  expect(way("NodePort", "*", 30080)).toBe("any node:30080");
  expect(way("LoadBalancer", "", 80)).toBe("no address yet");
  expect(way("ExternalIP", "fd00::1", 80)).toBe("[fd00::1]:80");
  expect(shorten('-A KUBE-SVC-X -m comment --comment "shop/web -> a" -j KUBE-SEP-Y')).toBe("-j KUBE-SEP-Y");
  expect(shorten('ip daddr 10.0.0.1 tcp dport 80 comment "shop/web" goto service-X')).toBe(
    "ip daddr 10.0.0.1 tcp dport 80 goto service-X",
  );
});
