/**
 * Where everything of the flow diagram is: a pure function of its rows and the size of the stage.
 *
 * Clients left, the API server with etcd below it, controllers and the scheduler, nodes right. A component
 * keeps its place in its column while others come and go.
 */

import type { ComponentRow, NodeRow } from "../wire";
import { assignSlots, type Slots } from "./slots";

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
  /** Where it leaves its component, and on which side of that a text stands clear of it. */
  readonly end: { readonly x: number; readonly y: number; readonly anchor: "start" | "end" };
}

export interface FlowLayout {
  readonly width: number;
  readonly height: number;
  readonly clients: readonly ComponentBox[];
  readonly apiserver: Box;
  readonly etcd: Box;
  readonly controllers: readonly ComponentBox[];
  /** How many more controllers there are: quiet ones, and those that do not fit. */
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
const CARD = { width: 156, height: 39, gap: 8 } as const;
/** Controllers when the quiet ones are shown too: a name only. */
const SMALL_CARD = { height: 22, gap: 3 } as const;
const CONTROLLER_WIDTH = 208;
const NODE = { width: 240, height: 116, gap: 14 } as const;
const API_WIDTH = 136;
const ETCD = { width: 76, height: 58, below: 36 } as const;
export const MIN_WIDTH = 860;
const MIN_HEIGHT = 380;
/** How much of the API server's lower side is kept for the lines from the nodes. */
const TRUNK = 56;

export interface Places {
  readonly clients: Slots;
  readonly controllers: Slots;
  /** Whether controllers stand close, so that there is room for the quiet ones. */
  readonly isClose: boolean;
}

export const NO_PLACES: Places = { clients: new Map(), controllers: new Map(), isClose: false };

export function layOutFlow(
  components: Iterable<ComponentRow>,
  nodes: Iterable<NodeRow>,
  size: { readonly width: number; readonly height: number },
  places: Places,
): FlowLayout {
  const width = Math.max(size.width, MIN_WIDTH);
  const height = Math.max(size.height, MIN_HEIGHT);
  const all = [...components].sort((a, b) => order(a) - order(b) || (a.id < b.id ? -1 : 1));
  const free = width - 2 * MARGIN - CARD.width - API_WIDTH - CONTROLLER_WIDTH - NODE.width;
  const apiX = MARGIN + CARD.width + free * 0.3;
  const controllerX = apiX + API_WIDTH + free * 0.28;
  const apiHeight = apiHeightOf(height);
  const apiserver: Box = { id: "apiserver", x: apiX, y: TOP, width: API_WIDTH, height: apiHeight };
  const etcd: Box = {
    id: "etcd",
    x: apiX + (API_WIDTH - ETCD.width) / 2,
    y: TOP + apiHeight + ETCD.below,
    width: ETCD.width,
    height: ETCD.height,
  };
  const clients = stack(
    all.filter((c) => c.actor === "client" || c.actor === "unknown"),
    { x: MARGIN, width: CARD.width, room: places.clients, card: CARD },
  );
  const workers = all.filter((c) => c.actor === "controller" || c.actor === "scheduler");
  const card = places.isClose ? SMALL_CARD : CARD;
  const controllers = stack(workers, {
    x: controllerX,
    width: CONTROLLER_WIDTH,
    room: places.controllers,
    card,
  });
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

/**
 * Which place in their column the components have: clients, the scheduler, and the controllers at work lately, as many as
 * there is room for. Each keeps its place. Controllers that did nothing for a while step out, unless `showQuiet`.
 */
export function placeComponents(
  components: Iterable<ComponentRow>,
  before: Places,
  stageHeight: number,
  { now, showQuiet }: { readonly now: number; readonly showQuiet: boolean },
): Places {
  const all = [...components].sort((a, b) => order(a) - order(b) || (a.id < b.id ? -1 : 1));
  const apiHeight = apiHeightOf(Math.max(stageHeight, MIN_HEIGHT));
  const place = (rows: readonly ComponentRow[], slots: Slots, card: Card) => {
    const room = roomIn(apiHeight, card);
    const first = (component: ComponentRow) => (component.actor === "scheduler" ? 0 : 1);
    const latest = [...rows].sort((a, b) => first(a) - first(b) || b.last_seq - a.last_seq).slice(0, room);
    const chosen = new Set(latest.map((component) => component.id));
    return assignSlots(
      slots,
      rows.map((component) => component.id).filter((id) => chosen.has(id)),
    );
  };
  return {
    clients: place(
      all.filter((c) => c.actor === "client" || c.actor === "unknown"),
      before.clients,
      CARD,
    ),
    controllers: place(
      all.filter(
        (c) => c.actor === "scheduler" || (c.actor === "controller" && (showQuiet || isAtWork(c, now))),
      ),
      before.controllers,
      showQuiet ? SMALL_CARD : CARD,
    ),
    isClose: showQuiet,
  };
}

/** How long a controller stays in the picture after its last write, in seconds. */
const STAYS_SECONDS = 60;

function isAtWork(component: ComponentRow, now: number): boolean {
  return component.last_seq > 0 && now - component.last_ts < STAYS_SECONDS;
}

interface Card {
  readonly height: number;
  readonly gap: number;
}

function roomIn(apiHeight: number, { height, gap }: Card): number {
  return Math.max(1, Math.floor((apiHeight - TRUNK + gap) / (height + gap)));
}

function apiHeightOf(height: number): number {
  return height - TOP - ETCD.height - ETCD.below - 14;
}

function order(component: ComponentRow): number {
  if (component.actor === "unknown") return 2;
  return component.actor === "scheduler" ? 0 : 1;
}

function stack(
  rows: readonly ComponentRow[],
  column: { readonly x: number; readonly width: number; readonly room: Slots; readonly card: Card },
): ComponentBox[] {
  const boxes: ComponentBox[] = [];
  for (const component of rows) {
    const slot = column.room.get(component.id);
    if (slot === undefined) continue;
    const { height, gap } = column.card;
    const y = TOP + slot * (height + gap);
    boxes.push({ id: component.id, component, x: column.x, y, width: column.width, height });
  }
  return boxes.sort((a, b) => a.y - b.y);
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
  // A line meets the API server at a height that goes with its component's place alone: none moves when others come.
  const dock = (box: Box) => api.y + 40 + ((middle(box) - api.y) / api.height) * (api.height - 110);
  for (const box of clients)
    edges.push({
      component: box.id,
      path: curve(box.x + box.width, middle(box), api.x, dock(box)),
      end: endOf(box.x + box.width + 6, box, "start"),
    });
  for (const box of controllers)
    edges.push({
      component: box.id,
      path: curve(box.x, middle(box), api.x + api.width, dock(box)),
      end: endOf(box.x - 6, box, "end"),
    });
  const trunk =
    controllers.reduce((right, box) => Math.max(right, box.x + box.width), api.x + api.width + 60) + 12;
  nodes.forEach((box, index) => {
    const y = api.y + api.height - 42 + index * Math.min(10, 36 / nodes.length);
    const path = `M${box.x} ${middle(box)} C ${box.x - 40} ${middle(box)}, ${trunk + 34} ${y}, ${trunk} ${y} H${api.x + api.width}`;
    if (box.kubelet) edges.push({ component: box.kubelet.id, path, end: endOf(box.x - 6, box, "end") });
  });
  if (crowd) {
    const y = api.y + api.height - 30;
    const path = `M${crowd.x} ${middle(crowd)} C ${crowd.x - 40} ${middle(crowd)}, ${trunk + 34} ${y}, ${trunk} ${y} H${api.x + api.width}`;
    const end = endOf(crowd.x - 6, crowd, "end");
    for (const kubelet of kubelets.values()) edges.push({ component: kubelet.id, path, end });
  }
  return edges;
}

function endOf(x: number, box: Box, anchor: "start" | "end"): Edge["end"] {
  return { x, y: middle(box), anchor };
}

function middle(box: Box): number {
  return box.y + box.height / 2;
}

function curve(x1: number, y1: number, x2: number, y2: number): string {
  const bend = (x2 - x1) / 2;
  return `M${x1} ${y1} C ${x1 + bend} ${y1}, ${x2 - bend} ${y2}, ${x2} ${y2}`;
}
