/**
 * The map as a grid of cells, each with a code that a palette gives a colour, and how a part of it becomes pixels.
 *
 * A pod that alters costs one cell, and a picture what there are pixels on the screen, however many pods there are: that is
 * what lets 150,000 of them be moved and zoomed without a graphics card (docs/performance.md).
 */

import { HEAD, type MapLayout, type Tile } from "./map";

/** The codes of what is no pod. From PODS on they are pods': four for each paint, by whether it is faded and apart. */
export const CODES = {
  void: 0,
  ground: 1,
  apart: 2,
  head: 3,
  cpu: 4,
  memory: 5,
  broken: 6,
  cordoned: 7,
  troubled: 8,
} as const;
export const PODS = 16;

export function podCode(paint: number, isFaded: boolean, isApart: boolean): number {
  return PODS + paint * 4 + (isFaded ? 2 : 0) + (isApart ? 1 : 0);
}

/** The paint of a pod's code, and whether it is faded. */
export function paintOf(code: number): { readonly paint: number; readonly isFaded: boolean } {
  return { paint: (code - PODS) >> 2, isFaded: ((code - PODS) & 2) !== 0 };
}

/** What stands behind a cell, and between it and the next. */
function groundOf(code: number): number {
  if (code >= PODS) return (code & 1) === 1 ? CODES.apart : CODES.ground;
  return code;
}

/** What a tile's head tells: how much of the CPU and memory is asked for, as shares, and how its node stands. */
export interface Head {
  readonly cpu: number;
  readonly memory: number;
  readonly standing: "ok" | "broken" | "cordoned" | "troubled";
}

export class Cells {
  readonly width: number;
  readonly height: number;
  readonly codes: Uint16Array;
  readonly tiles: readonly Tile[];
  /** For each cell, which tile it is of, from 1 on; 0 for none. */
  private readonly tileAt: Uint16Array | Uint32Array;

  constructor(layout: MapLayout) {
    this.width = layout.width;
    this.height = layout.height;
    this.tiles = [...layout.tiles.values()];
    this.codes = new Uint16Array(this.width * this.height);
    this.tileAt = new (this.tiles.length < 65_535 ? Uint16Array : Uint32Array)(this.width * this.height);
    this.tiles.forEach((tile, index) => {
      for (let y = tile.y; y < tile.y + tile.height; y++) {
        const row = y - tile.y;
        const code =
          row < tile.head ? CODES.head : row >= tile.height - tile.apartRows ? CODES.apart : CODES.ground;
        const start = y * this.width + tile.x;
        this.codes.fill(code, start, start + tile.width);
        this.tileAt.fill(index + 1, start, start + tile.width);
      }
    });
  }

  set(x: number, y: number, code: number): void {
    this.codes[y * this.width + x] = code;
  }

  tile(x: number, y: number): Tile | undefined {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return undefined;
    return this.tiles[(this.tileAt[y * this.width + x] ?? 0) - 1];
  }

  /** The head of a tile: a row for the CPU and one for memory, or how its node stands where that is not well. */
  setHead(tile: Tile, head: Head): void {
    const shares = [head.cpu, head.memory];
    for (let row = 0; row < HEAD; row++) {
      const filled = Math.round((shares[row] ?? 0) * tile.width);
      for (let at = 0; at < tile.width; at++) {
        const bar = row === 0 ? CODES.cpu : CODES.memory;
        let code: number = at < filled ? bar : CODES.head;
        if (head.standing === "broken") code = CODES.broken;
        else if (head.standing === "troubled" && row === 0) code = CODES.troubled;
        else if (head.standing === "cordoned" && row === 0 && at % 2 === 0) code = CODES.cordoned;
        this.set(tile.x + at, tile.y + row, code);
      }
    }
  }
}

/** Which part of the map is seen: the pixel at which the first cell begins, and how many pixels a cell is wide. */
export interface Window {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** A drawing of each paint for pods that have this size in pixels; a pixel 0 lets what is behind be seen. */
export interface Stamps {
  readonly size: number;
  readonly of: (code: number) => Uint32Array | undefined;
}

const GAP_FROM = 3;

/** Paint what is seen into these pixels, which are `width` wide. `palette` has a pixel for each code. */
export function paintCells(
  pixels: Uint32Array,
  width: number,
  height: number,
  cells: Cells,
  window: Window,
  palette: Uint32Array,
  stamps: Stamps | undefined,
): void {
  const nothing = palette[CODES.void] ?? 0;
  const { x, y, scale } = window;
  const gap = scale >= GAP_FROM ? Math.max(1, Math.round(scale * 0.08)) : 0;
  const columns = columnsOf(width, cells.width, x, scale, gap);
  const line = new Uint32Array(width);
  const between = new Uint32Array(width);
  const firstRow = Math.max(0, Math.floor(-y / scale));
  let at = Math.min(height, Math.max(0, Math.round(firstRow * scale + y)));
  pixels.fill(nothing, 0, at * width);
  for (let row = firstRow; row < cells.height && at < height; row++) {
    const end = Math.min(height, Math.round((row + 1) * scale + y));
    if (end <= at) continue;
    fillLines(line, between, columns, cells.codes, row * cells.width, palette, gap > 0);
    const solid = Math.max(at, Math.round((row + 1) * scale + y) - gap);
    for (let lineAt = at; lineAt < end; lineAt++)
      pixels.set(lineAt < solid || gap === 0 ? line : between, lineAt * width);
    if (stamps) stampRow(pixels, width, height, cells, row, window, palette, stamps);
    at = end;
  }
  pixels.fill(nothing, at * width);
}

/** For each pixel of a line, its column of cells; -1 outside, and from -2 down the column before whose end it is. */
function columnsOf(width: number, cells: number, x: number, scale: number, gap: number): Int32Array {
  const columns = new Int32Array(width).fill(-1);
  const first = Math.max(0, Math.floor(-x / scale));
  for (let column = first; column < cells; column++) {
    const start = Math.round(column * scale + x);
    if (start >= width) break;
    const end = Math.round((column + 1) * scale + x);
    for (let at = Math.max(0, start); at < Math.min(width, end); at++)
      columns[at] = at >= end - gap ? -2 - column : column;
  }
  return columns;
}

function fillLines(
  line: Uint32Array,
  between: Uint32Array,
  columns: Int32Array,
  codes: Uint16Array,
  start: number,
  palette: Uint32Array,
  hasGaps: boolean,
): void {
  const nothing = palette[CODES.void] ?? 0;
  for (let at = 0; at < line.length; at++) {
    const column = columns[at] ?? -1;
    if (column === -1) {
      line[at] = nothing;
      between[at] = nothing;
      continue;
    }
    const isGap = column < -1;
    const code = codes[start + (isGap ? -2 - column : column)] ?? 0;
    if (!hasGaps) {
      line[at] = palette[code] ?? 0;
      continue;
    }
    const ground = palette[groundOf(code)] ?? 0;
    between[at] = ground;
    line[at] = isGap ? ground : (palette[code] ?? 0);
  }
}

/** Draw the pods of a row over their plain squares, each in the middle of its cell. */
function stampRow(
  pixels: Uint32Array,
  width: number,
  height: number,
  cells: Cells,
  row: number,
  { x, y, scale }: Window,
  palette: Uint32Array,
  stamps: Stamps,
): void {
  const { size } = stamps;
  const inset = Math.max(0, Math.floor((scale - size) / 2));
  const top = Math.round(row * scale + y);
  const last = Math.min(cells.width - 1, Math.ceil((width - x) / scale));
  for (let column = Math.max(0, Math.floor(-x / scale)); column <= last; column++) {
    const code = cells.codes[row * cells.width + column] ?? 0;
    if (code < PODS) continue;
    const stamp = stamps.of(code);
    if (!stamp) continue;
    const left = Math.round(column * scale + x);
    const ground = palette[groundOf(code)] ?? 0;
    const right = Math.min(width, Math.round((column + 1) * scale + x));
    const bottom = Math.min(height, Math.round((row + 1) * scale + y));
    for (let py = Math.max(0, top); py < bottom; py++) {
      const sy = py - top - inset;
      for (let px = Math.max(0, left); px < right; px++) {
        const sx = px - left - inset;
        const isIn = sx >= 0 && sx < size && sy >= 0 && sy < size;
        const pixel = isIn ? (stamp[sy * size + sx] ?? 0) : 0;
        pixels[py * width + px] = pixel === 0 ? ground : pixel;
      }
    }
  }
}
