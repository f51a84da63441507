/**
 * The map of a large cluster: every node a tile, every pod a pixel block in it. A pure function of who is where.
 *
 * Tiles are all of one size and in order of name, so a node keeps its place; pods keep their slots.
 */

import type { Slots } from "./slots";

export interface Tile {
  readonly node: string;
  readonly x: number;
  readonly y: number;
}

export interface MapLayout {
  readonly width: number;
  readonly height: number;
  readonly tile: number;
  readonly block: number;
  readonly perRow: number;
  readonly tiles: readonly Tile[];
}

export const GAP = 4;

export function layOutMap(nodes: readonly string[], mostPods: number, width: number): MapLayout {
  const perRow = Math.max(2, Math.ceil(Math.sqrt(Math.max(mostPods, 1))));
  const block = nodes.length > 2_000 ? 2 : nodes.length > 400 ? 4 : 6;
  const tile = perRow * block + 2;
  const columns = Math.max(1, Math.floor((width + GAP) / (tile + GAP)));
  const tiles = nodes.map((node, index) => ({
    node,
    x: (index % columns) * (tile + GAP),
    y: Math.floor(index / columns) * (tile + GAP),
  }));
  const rows = Math.ceil(nodes.length / columns);
  return { width, height: Math.max(tile, rows * (tile + GAP)), tile, block, perRow, tiles };
}

/** Where in its tile a pod's block is, or undefined where the tile is full. */
export function blockAt(layout: MapLayout, slots: Slots, pod: string): { x: number; y: number } | undefined {
  const slot = slots.get(pod);
  if (slot === undefined || slot >= layout.perRow * layout.perRow) return undefined;
  return {
    x: 1 + (slot % layout.perRow) * layout.block,
    y: 1 + Math.floor(slot / layout.perRow) * layout.block,
  };
}

/** The tile under a point and the slot in it; undefined between tiles. */
export function hit(layout: MapLayout, x: number, y: number): { node: string; slot: number } | undefined {
  const pitch = layout.tile + GAP;
  const columns = Math.max(1, Math.floor((layout.width + GAP) / pitch));
  const column = Math.floor(x / pitch);
  const row = Math.floor(y / pitch);
  const inX = x - column * pitch;
  const inY = y - row * pitch;
  if (column >= columns || inX >= layout.tile || inY >= layout.tile || inX < 0 || inY < 0) return undefined;
  const tile = layout.tiles[row * columns + column];
  if (!tile) return undefined;
  const slot = Math.floor((inY - 1) / layout.block) * layout.perRow + Math.floor((inX - 1) / layout.block);
  return { node: tile.node, slot };
}
