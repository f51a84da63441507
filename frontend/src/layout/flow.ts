/**
 * Where everything of the flow diagram is: a pure function of its rows and the size of the stage.
 *
 * Clients left, the API server with etcd below it, controllers and the scheduler, nodes right. Within a column the order is
 * that of names, so a component that appears moves nobody by more than its own place.
 */

import type { ComponentRow, NodeRow } from "../wire";

export interface Box {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface ComponentBox extends Box {
  readonly component: ComponentRow;
}

export interface NodeBox extends Box {
  readonly node: NodeRow;
  readonly kubelet: ComponentRow | undefined;
}

/** A line from a component to the API server, drawn in that direction, so that a pulse can follow it. */
export interface Edge {
  readonly component: string;
  readonly path: string;
}

export interface FlowLayout {
  readonly width: number;
  readonly height: number;
  readonly clients: readonly ComponentBox[];
  readonly apiserver: Box;
  readonly etcd: Box;
  readonly controllers: readonly ComponentBox[];
  /** How many more controllers there are than fit. */
  readonly hiddenControllers: number;
  readonly nodes: readonly NodeBox[];
  /** Set when there are too many nodes for trays: the place of one card for all of them. */
  readonly crowd: Box | undefined;
  readonly edges: ReadonlyMap<string, Edge>;
  readonly toEtcd: string;
}

export const TRAYS_AT_MOST = 6;
const TOP = 54;
const MARGIN = 24;
const CARD = { width: 148, height: 44, gap: 12 } as const;
const CONTROLLER_WIDTH = 208;
const NODE = { width: 240, height: 116, gap: 14 } as const;
const API_WIDTH = 112;
const ETCD = { width: 76, height: 58, below: 36 } as const;
export const MIN_WIDTH = 860;

export function layOutFlow(
  components: Iterable<ComponentRow>,
  nodes: Iterable<NodeRow>,
  size: { readonly width: number; readonly height: number },
): FlowLayout {
  const width = Math.max(size.width, MIN_WIDTH);
  const height = Math.max(size.height, 380);
  const all = [...components].sort((a, b) => order(a) - order(b) || (a.id < b.id ? -1 : 1));
  const free = width - 2 * MARGIN - CARD.width - API_WIDTH - CONTROLLER_WIDTH - NODE.width;
  const apiX = MARGIN + CARD.width + free * 0.3;
  const controllerX = apiX + API_WIDTH + free * 0.28;
  const apiHeight = height - TOP - ETCD.height - ETCD.below - 14;
  const apiserver: Box = { id: "apiserver", x: apiX, y: TOP, width: API_WIDTH, height: apiHeight };
  const etcd: Box = {
    id: "etcd",
    x: apiX + (API_WIDTH - ETCD.width) / 2,
    y: TOP + apiHeight + ETCD.below,
    width: ETCD.width,
    height: ETCD.height,
  };
  const room = Math.floor((height - TOP - 24) / (CARD.height + CARD.gap));
  const clients = stack(
    all.filter((c) => c.actor === "client" || c.actor === "unknown"),
    MARGIN,
    CARD.width,
    room,
  );
  const workers = all.filter((c) => c.actor === "controller" || c.actor === "scheduler");
  const controllers = stack(workers, controllerX, CONTROLLER_WIDTH, room);
  const kubelets = new Map(all.filter((c) => c.actor === "kubelet").map((c) => [c.node, c]));
  const nodeX = width - MARGIN - NODE.width;
  const placed = placeNodes([...nodes], kubelets, nodeX, height);
  return {
    width,
    height,
    clients,
    apiserver,
    etcd,
    controllers,
    hiddenControllers: workers.length - controllers.length,
    ...placed,
    edges: new Map(
      drawEdges(apiserver, clients, controllers, placed.nodes, placed.crowd, kubelets).map((e) => [
        e.component,
        e,
      ]),
    ),
    toEtcd: `M${apiX + API_WIDTH / 2} ${TOP + apiHeight} V${etcd.y}`,
  };
}

function order(component: ComponentRow): number {
  if (component.actor === "unknown") return 2;
  return component.actor === "scheduler" ? 0 : 1;
}

function stack(rows: readonly ComponentRow[], x: number, width: number, room: number): ComponentBox[] {
  return rows.slice(0, room).map((component, index) => ({
    id: component.id,
    component,
    x,
    y: TOP + index * (CARD.height + CARD.gap),
    width,
    height: CARD.height,
  }));
}

function placeNodes(
  rows: readonly NodeRow[],
  kubelets: ReadonlyMap<string, ComponentRow>,
  x: number,
  height: number,
): { nodes: NodeBox[]; crowd: Box | undefined } {
  const sorted = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (sorted.length > TRAYS_AT_MOST) {
    return { nodes: [], crowd: { id: "nodes", x, y: TOP, width: NODE.width, height: height - TOP - 14 } };
  }
  const each = Math.min(NODE.height, (height - TOP - 14) / Math.max(1, sorted.length) - NODE.gap);
  const nodes = sorted.map((node, index) => ({
    id: node.id,
    node,
    kubelet: kubelets.get(node.id),
    x,
    y: TOP + index * (each + NODE.gap),
    width: NODE.width,
    height: each,
  }));
  return { nodes, crowd: undefined };
}

function drawEdges(
  api: Box,
  clients: readonly ComponentBox[],
  controllers: readonly ComponentBox[],
  nodes: readonly NodeBox[],
  crowd: Box | undefined,
  kubelets: ReadonlyMap<string, ComponentRow>,
): Edge[] {
  const edges: Edge[] = [];
  const spread = (index: number, of: number) =>
    api.y + 40 + (index + 0.5) * Math.min(28, (api.height - 110) / Math.max(of, 1));
  clients.forEach((box, index) => {
    edges.push({
      component: box.id,
      path: curve(box.x + box.width, middle(box), api.x, spread(index, clients.length)),
    });
  });
  controllers.forEach((box, index) => {
    edges.push({
      component: box.id,
      path: curve(box.x, middle(box), api.x + api.width, spread(index, controllers.length)),
    });
  });
  const trunk =
    controllers.reduce((right, box) => Math.max(right, box.x + box.width), api.x + api.width + 60) + 12;
  nodes.forEach((box, index) => {
    const y = api.y + api.height - 44 + index * Math.min(10, 36 / nodes.length);
    const path = `M${box.x} ${middle(box)} C ${box.x - 40} ${middle(box)}, ${trunk + 34} ${y}, ${trunk} ${y} H${api.x + api.width}`;
    if (box.kubelet) edges.push({ component: box.kubelet.id, path });
  });
  if (crowd) {
    const y = api.y + api.height - 30;
    const path = `M${crowd.x} ${middle(crowd)} C ${crowd.x - 40} ${middle(crowd)}, ${trunk + 34} ${y}, ${trunk} ${y} H${api.x + api.width}`;
    for (const kubelet of kubelets.values()) edges.push({ component: kubelet.id, path });
  }
  return edges;
}

function middle(box: Box): number {
  return box.y + box.height / 2;
}

function curve(x1: number, y1: number, x2: number, y2: number): string {
  const bend = (x2 - x1) / 2;
  return `M${x1} ${y1} C ${x1 + bend} ${y1}, ${x2 - bend} ${y2}, ${x2} ${y2}`;
}
