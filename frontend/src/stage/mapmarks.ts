/** What is drawn over the map's cells: names where there is room, how full nodes are, cards, and what is marked. */

import type { Arrangement } from "../layout/arrangement";
import { cellOf, type MapLayout, type Tile } from "../layout/map";
import { barsOf, type Standing, standingOf, troublesOf } from "../layout/nodefacts";
import type { Seat } from "../layout/seats";
import { count } from "../model/format";
import type { LeaseRow, LoadRow, NodeRow } from "../wire";
import type { Inks } from "./inks";
import { drawPaint, FONT, faded } from "./stamps";

/** From how many pixels on a tile has its name, bars, and a pod its card. */
const NAMES_FROM = 64;
const BARS_FROM = 9;
/** So many pods of an owner have a ring each; more of them are seen by their colour. */
const RINGS_AT_MOST = 300;
export const CARDS_FROM = 58;

export interface Marked {
  readonly layout: MapLayout;
  readonly arrangement: Arrangement;
  readonly nodes: ReadonlyMap<string, NodeRow>;
  readonly loads: ReadonlyMap<string, LoadRow>;
  readonly leases: ReadonlyMap<string, LeaseRow>;
  readonly now: number;
  /** What is inspected, and what the pointer or the keyboard is at, if they are on the map. */
  readonly selected: { readonly seat?: Seat; readonly tile?: Tile } | undefined;
  readonly cursor: { readonly seat?: Seat; readonly tile?: Tile } | undefined;
}

/** Where the map is on the screen, in CSS pixels. */
export interface Look {
  readonly x: number;
  readonly y: number;
  readonly k: number;
  readonly width: number;
  readonly height: number;
}

export function drawMarks(context: CanvasRenderingContext2D, marked: Marked, look: Look, inks: Inks): void {
  drawHeadings(context, marked, look, inks);
  const usual = marked.layout.shape.usual?.width;
  for (const tile of marked.layout.tiles.values()) {
    if ((usual ?? tile.width) * look.k < NAMES_FROM) continue;
    const box = boxOf(tile, look);
    if (box.x > look.width || box.y > look.height || box.x + box.width < 0 || box.y + box.height < 0)
      continue;
    drawTile(context, tile, box, marked, look, inks);
  }
  const { kin } = marked.arrangement;
  if (kin.size <= RINGS_AT_MOST)
    for (const seat of kin) ring(context, { seat }, marked.layout, look, inks.text("var(--ink)"), 1.5);
  if (marked.cursor) ring(context, marked.cursor, marked.layout, look, inks.text("var(--ink-2)"), 1.5);
  if (marked.selected) {
    ring(context, marked.selected, marked.layout, look, inks.text("var(--ground)"), 5);
    ring(context, marked.selected, marked.layout, look, inks.text("var(--ink)"), 2.5);
  }
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function boxOf(cells: Box, { x, y, k }: Look): Box {
  return { x: cells.x * k + x, y: cells.y * k + y, width: cells.width * k, height: cells.height * k };
}

function drawHeadings(
  context: CanvasRenderingContext2D,
  { layout, arrangement }: Marked,
  look: Look,
  inks: Inks,
): void {
  if (layout.heading === 0) return;
  context.textBaseline = "alphabetic";
  for (const block of layout.blocks) {
    const box = boxOf(block, look);
    if (box.x > look.width || box.x + box.width < 0 || box.y > look.height || box.y + box.height < 0)
      continue;
    const bottom = box.y + Math.min(layout.heading * look.k, 44) - 5;
    // A name stays in view while its block is.
    const y = Math.max(14, bottom);
    const x = Math.max(box.x, 6);
    const told = ` ${count(block.tiles, arrangement.isByNamespace ? "namespace" : "node")}`;
    context.font = `600 12px ${FONT}`;
    const name = cutTo(context, block.name, Math.min(box.x + box.width, look.width) - x - 4);
    if (!name) continue;
    const width = context.measureText(name).width;
    if (bottom < 14) {
      context.fillStyle = inks.text("var(--ground)");
      context.fillRect(x - 6, 0, width + 12, 20);
    }
    context.fillStyle = inks.text("var(--ink)");
    context.fillText(name, x, y);
    if (bottom < 14 || box.width < width + 70) continue;
    context.font = `11px ${FONT}`;
    context.fillStyle = inks.text("var(--ink-3)");
    context.fillText(told, x + width + 2, y);
  }
}

const STANDING: Readonly<Record<Standing, string>> = {
  ok: "var(--ink)",
  broken: "var(--bad)",
  troubled: "var(--warn)",
  cordoned: "var(--ink-2)",
};

function drawTile(
  context: CanvasRenderingContext2D,
  tile: Tile,
  box: Box,
  marked: Marked,
  look: Look,
  inks: Inks,
): void {
  const { k } = look;
  const node = marked.nodes.get(tile.id);
  const isNode = marked.arrangement.isNode(tile.id);
  const standing = isNode ? standingOf(node) : "ok";
  const head = tile.head * k;
  context.fillStyle = inks.text("var(--panel)");
  const [left, top] = [Math.round(box.x), Math.round(box.y)];
  context.fillRect(left, top, Math.round(box.x + box.width) - left, Math.round(box.y + head) - top);
  context.strokeStyle = inks.text(standing === "broken" ? "var(--bad)" : "var(--line)");
  context.lineWidth = 1;
  context.setLineDash(standing === "broken" ? [5, 4] : []);
  context.strokeRect(Math.round(box.x) + 0.5, Math.round(box.y) + 0.5, box.width - 1, box.height - 1);
  context.setLineDash([]);
  const padding = Math.min(10, k * 0.4);
  const room = box.width - 2 * padding;
  const size = Math.min(13, Math.max(9, head * (isNode ? 0.5 : 0.62)));
  context.font = `550 ${size}px ${FONT}`;
  context.textBaseline = "middle";
  const hasBars = k >= BARS_FROM && node !== undefined;
  const y = box.y + (hasBars ? head * 0.34 : head / 2);
  const signs = node ? troublesOf(node, marked.leases.get(tile.id), marked.now) : [];
  const isGone = isNode && !node;
  const sign = signs[0]?.sign ?? (isGone ? "✕" : "");
  const name = cutTo(context, sign ? `${sign} ${tile.id}` : tile.id, room);
  context.fillStyle = inks.text(STANDING[standing]);
  context.fillText(name, box.x + padding, y);
  const used = context.measureText(name).width;
  const words = isGone ? "there is no such Node" : signs.map((fact) => fact.words).join(", ");
  if (words && room - used > 50) {
    context.font = `${size - 1}px ${FONT}`;
    context.fillText(cutTo(context, words, room - used - 8), box.x + padding + used + 8, y);
  }
  if (hasBars)
    drawBars(
      context,
      { x: box.x + padding, y: box.y + head * 0.62, width: room, height: head * 0.3 },
      node,
      marked.loads.get(tile.id),
      inks,
    );
  if (k >= CARDS_FROM) drawCards(context, tile, marked, look, inks);
}

function drawBars(
  context: CanvasRenderingContext2D,
  box: Box,
  node: NodeRow,
  load: LoadRow | undefined,
  inks: Inks,
): void {
  const bars = barsOf(node, load).slice(0, box.width > 150 ? 3 : 2);
  const width = (box.width - 8 * (bars.length - 1)) / bars.length;
  const isTold = box.height >= 13 && width >= 110;
  bars.forEach((bar, index) => {
    const x = box.x + index * (width + 8);
    const height = Math.min(6, box.height * (isTold ? 0.34 : 0.6));
    const y = box.y + (isTold ? box.height - height : (box.height - height) / 2);
    context.fillStyle = inks.text("var(--line)");
    context.fillRect(x, y, width, height);
    context.fillStyle = inks.text(
      index === 0 ? "var(--apiserver)" : index === 1 ? "var(--etcd)" : "var(--ink-3)",
    );
    context.fillRect(x, y, width * Math.min(1, bar.asked), height);
    context.fillStyle = inks.text("var(--ink-2)");
    if (bar.limited > 0) context.fillRect(x + width * Math.min(1, bar.limited) - 1.5, y - 1, 1.5, height + 2);
    if (!isTold) return;
    context.font = `10px ${FONT}`;
    context.textBaseline = "alphabetic";
    context.fillText(cutTo(context, `${bar.name} ${bar.words}`, width), x, y - 3);
    context.textBaseline = "middle";
  });
}

function drawCards(
  context: CanvasRenderingContext2D,
  tile: Tile,
  { arrangement }: Marked,
  look: Look,
  inks: Inks,
): void {
  const tray = arrangement.seats.trays.get(tile.id);
  if (!tray) return;
  for (const bench of [tray.own, tray.apart]) {
    for (const seat of bench) {
      const cell = cellOf(tile, seat.isApart, seat.index);
      const box = boxOf({ ...cell, width: 1, height: 1 }, look);
      if (box.x > look.width || box.y > look.height || box.x + box.width < 0 || box.y + box.height < 0)
        continue;
      drawCard(context, seat, box, arrangement, inks);
    }
  }
}

function drawCard(
  context: CanvasRenderingContext2D,
  { pod, paint, isFaded }: Seat,
  box: Box,
  arrangement: Arrangement,
  inks: Inks,
): void {
  const ink = (colour: string) => inks.text(isFaded ? faded(colour) : colour);
  const inset = box.width * 0.05;
  const padding = inset + 5;
  context.fillStyle = inks.text("var(--raised)");
  context.beginPath();
  context.roundRect(box.x + inset, box.y + inset, box.width - 2 * inset, box.height - 2 * inset, 6);
  context.fill();
  const look = arrangement.paints[paint];
  const size = Math.round(box.width * 0.17);
  context.save();
  context.translate(box.x + padding, box.y + padding);
  if (look) drawPaint(context, look, size, ink);
  context.restore();
  const text = Math.min(11.5, box.width * 0.115);
  context.textBaseline = "middle";
  context.fillStyle = ink("var(--ink-2)");
  context.font = `${text}px ${FONT}`;
  const beside = box.x + padding + size + 4;
  context.fillText(
    cutTo(context, pod.status, box.x + box.width - padding - beside),
    beside,
    box.y + padding + size / 2,
  );
  context.fillStyle = ink("var(--ink)");
  context.font = `550 ${text}px ${FONT}`;
  const room = box.width - 2 * padding;
  let y = box.y + padding + size + text;
  for (const line of wrapName(context, pod.name, room, 4)) {
    context.fillText(line, box.x + padding, y);
    y += text * 1.25;
  }
  context.font = `${text * 0.92}px ${FONT}`;
  context.fillStyle = ink("var(--ink-3)");
  const restarts = pod.restarts > 0 ? ` · ↻ ${pod.restarts}` : "";
  const foot = `${pod.ready}/${pod.containers}${restarts} · ${pod.namespace}`;
  context.fillText(cutTo(context, foot, room), box.x + padding, box.y + box.height - padding - text / 2);
}

/** A name in lines, broken after dashes, of which the last has the end of the name. */
function wrapName(context: CanvasRenderingContext2D, name: string, room: number, most: number): string[] {
  const lines: string[] = [""];
  for (const piece of name.split(/(?<=[-.])/)) {
    const line = lines[lines.length - 1] ?? "";
    if (line && context.measureText(line + piece).width > room) lines.push(piece);
    else lines[lines.length - 1] = line + piece;
  }
  const shown = lines.length <= most ? lines : [...lines.slice(0, most - 1), `…${lines[lines.length - 1]}`];
  return shown.map((line) => cutTo(context, line, room));
}

/** The text, cut with an ellipsis where it is wider than this. */
function cutTo(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let length = Math.max(0, Math.floor((text.length * room) / Math.max(1, context.measureText(text).width)));
  while (length > 0 && context.measureText(`${text.slice(0, length)}…`).width > room) length--;
  return length > 0 ? `${text.slice(0, length)}…` : "";
}

/** Around a pod or a tile; where it is small, a circle with lines that lead there. */
function ring(
  context: CanvasRenderingContext2D,
  { seat, tile }: { readonly seat?: Seat; readonly tile?: Tile },
  layout: MapLayout,
  look: Look,
  colour: string,
  weight: number,
): void {
  const of = tile ?? (seat && layout.tiles.get(seat.tray));
  if (!of) return;
  const cells = seat ? { ...cellOf(of, seat.isApart, seat.index), width: 1, height: 1 } : of;
  const box = boxOf(cells, look);
  context.strokeStyle = colour;
  context.lineWidth = weight;
  context.beginPath();
  if (box.width >= 12) context.roundRect(box.x - 1, box.y - 1, box.width + 2, box.height + 2, 4);
  else {
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    context.arc(x, y, 9, 0, 2 * Math.PI);
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const) {
      context.moveTo(x + dx * 9, y + dy * 9);
      context.lineTo(x + dx * 18, y + dy * 18);
    }
  }
  context.stroke();
}
