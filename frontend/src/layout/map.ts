/**
 * The map of a large cluster: every node a tile, every pod a cell of it. A pure function of how many seats each needs.
 *
 * Its unit is the cell. A tile has a head of two rows, then the seats of its pods, and below those of the pods that sit
 * apart. Tiles stand in shelves, and the tiles of a group in a block of their own. A tile keeps its place in its group,
 * while others come and go.
 */

export interface TileNeeds {
  /** Empty where a tile left: a gap as large as it was, until another takes it. */
  readonly id: string;
  /** The seats that are, or once were, needed: for its pods, and for those apart. */
  readonly own: number;
  readonly apart: number;
}

export interface GroupNeeds {
  readonly name: string;
  /** By place. */
  readonly tiles: readonly TileNeeds[];
}

export interface Tile {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** How many of its rows, the first ones, are its head. */
  readonly head: number;
  /** How many of its rows, the last ones, are for the pods apart. */
  readonly apartRows: number;
}

export interface Block {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly tiles: number;
}

export interface MapLayout {
  readonly width: number;
  readonly height: number;
  /** How many rows over a block its name takes; 0 where there is nothing to name. */
  readonly heading: number;
  readonly blocks: readonly Block[];
  readonly tiles: ReadonlyMap<string, Tile>;
  /** What was chosen so that it fits into the view: kept when it is laid out anew, so that little moves. */
  readonly shape: Shape;
}

/** How wide things are put in shelves: tiles in their block, by its name, and blocks. And how large names are. */
interface Shape {
  readonly blocks: ReadonlyMap<string, number>;
  readonly whole: number;
  readonly heading: number;
  readonly narrowest: number;
  readonly head: number;
  readonly usual: Usual | undefined;
}

/** The rows of a node's head: one for its CPU and one for its memory. */
export const HEAD = 2;
const GAP = 1;
const BLOCK_GAP = 3;
const NARROWEST = 8;
const WIDEST_NODE = 16;
/** How high the name of a block is at least, and how wide a block, in pixels, when the whole map is in view. */
const HEADING_PX = 19;
const NAME_PX = 110;

/** The proportions that are tried for blocks and for all, beside that of the view. */
const PROPORTIONS = [0.35, 0.55, 0.8, 1, 1.25, 1.6];

/**
 * Lay out for a view of this size in pixels, in the shape of the layout before, if there is one. With `isEven`, all tiles
 * are equally high, and wider where that is too few.
 */
export function layOutMap(
  groups: readonly GroupNeeds[],
  view: { readonly width: number; readonly height: number },
  isEven: boolean,
  before?: MapLayout,
): MapLayout {
  if (before) return arrange(groups, before.shape);
  const usual = isEven ? usualOf(groups) : undefined;
  const isNamed = groups.some((group) => group.name !== "");
  const plain = { heading: isNamed ? 3 : 0, narrowest: 0, head: HEAD, usual };
  const first = fill(groups, view, plain);
  if (!isNamed && isEven) return first;
  const scale = Math.max(0.2, scaleIn(first, view));
  const rows = Math.max(HEAD, Math.ceil(HEADING_PX / scale));
  return fill(groups, view, {
    heading: isNamed ? rows : 0,
    narrowest: Math.ceil(NAME_PX / scale),
    head: isEven ? HEAD : rows,
    usual,
  });
}

function scaleIn(layout: MapLayout, view: { readonly width: number; readonly height: number }): number {
  return Math.min(view.width / layout.width, view.height / layout.height);
}

/** Of some proportions, those that make it largest in the view. */
function fill(
  groups: readonly GroupNeeds[],
  view: { readonly width: number; readonly height: number },
  plain: Omit<Shape, "blocks" | "whole">,
): MapLayout {
  const aspect = Math.min(4, Math.max(0.3, view.width / Math.max(1, view.height)));
  let best: MapLayout | undefined;
  for (const inner of PROPORTIONS) {
    const sized = groups.map((group) => group.tiles.map((tile) => sizeOf(tile, plain)));
    const blocks = new Map(
      groups.map(({ name }, at) => [name, targetOf(sized[at] ?? [], GAP, aspect * inner)]),
    );
    const outer = groups.map(({ name }, at) =>
      outside(shelve(sized[at] ?? [], GAP, blocks.get(name) ?? 0), plain),
    );
    for (const all of groups.length > 1 ? PROPORTIONS : [1]) {
      const layout = arrange(groups, { ...plain, blocks, whole: targetOf(outer, BLOCK_GAP, aspect * all) });
      if (!best || scaleIn(layout, view) > scaleIn(best, view)) best = layout;
    }
  }
  return best ?? arrange(groups, { ...plain, blocks: new Map(), whole: 0 });
}

/** Where a seat is. */
export function cellOf(tile: Tile, isApart: boolean, index: number): { x: number; y: number } {
  const row = Math.floor(index / tile.width);
  const top = isApart ? tile.y + tile.height - tile.apartRows : tile.y + tile.head;
  return { x: tile.x + (index % tile.width), y: top + row };
}

/** The seat at a cell of a tile; undefined in its head. */
export function seatAt(tile: Tile, x: number, y: number): { isApart: boolean; index: number } | undefined {
  const row = y - tile.y;
  if (row < tile.head) return undefined;
  const firstApart = tile.height - tile.apartRows;
  const isApart = row >= firstApart;
  return { isApart, index: (row - (isApart ? firstApart : tile.head)) * tile.width + (x - tile.x) };
}

/** How many places a tile has. */
export function roomOf(tile: Tile): { own: number; apart: number } {
  return { own: (tile.height - tile.head - tile.apartRows) * tile.width, apart: tile.apartRows * tile.width };
}

/** The size of most tiles. */
interface Usual {
  readonly width: number;
  readonly ownRows: number;
  readonly apartRows: number;
}

/** Large enough for nine of ten nodes and about square. */
function usualOf(groups: readonly GroupNeeds[]): Usual {
  const tiles = groups.flatMap((group) => group.tiles.filter(({ id }) => id));
  const own = most(tiles.map((tile) => tile.own));
  const apart = most(tiles.map((tile) => tile.apart));
  const width = Math.min(WIDEST_NODE, Math.max(NARROWEST, Math.ceil(Math.sqrt((own + apart) * 1.3))));
  return { width, ownRows: Math.max(1, rowsFor(own, width)), apartRows: rowsFor(apart, width) };
}

/** What nine of ten do not exceed. */
function most(counts: number[]): number {
  counts.sort((a, b) => a - b);
  return counts[Math.floor(counts.length * 0.9)] ?? 0;
}

/** Places for so many, and some more to come. */
function roomFor(count: number): number {
  return count === 0 ? 0 : Math.ceil(count * 1.15 + 1);
}

function rowsFor(count: number, width: number): number {
  return Math.ceil(roomFor(count) / width);
}

type Sized = Omit<Tile, "x" | "y">;

function sizeOf({ id, own, apart }: TileNeeds, { usual, head }: Pick<Shape, "usual" | "head">): Sized {
  if (!usual) {
    const width = Math.max(NARROWEST, Math.ceil(Math.sqrt((own + apart) * 1.25)));
    const apartRows = rowsFor(apart, width);
    return { id, width, height: head + Math.max(1, rowsFor(own, width)) + apartRows, head, apartRows };
  }
  const { ownRows } = usual;
  const apartRows = apart > 0 ? Math.max(1, usual.apartRows) : usual.apartRows;
  let width = usual.width;
  while (width * ownRows < roomFor(own) || width * apartRows < roomFor(apart)) width += usual.width + GAP;
  return { id, width, height: head + ownRows + apartRows, head, apartRows };
}

/** A block with its name. */
function outside(
  block: { readonly width: number; readonly height: number },
  { heading, narrowest }: Pick<Shape, "heading" | "narrowest">,
): { width: number; height: number } {
  return { width: Math.max(block.width, narrowest), height: block.height + heading };
}

function arrange(groups: readonly GroupNeeds[], shape: Shape): MapLayout {
  const { heading } = shape;
  const inner = groups.map((group) => {
    const sized = group.tiles.map((tile) => sizeOf(tile, shape));
    return shelve(sized, GAP, shape.blocks.get(group.name) ?? targetOf(sized, GAP, 1));
  });
  const outer = inner.map((block) => outside(block, shape));
  const { width, height, places } = shelve(outer, BLOCK_GAP, shape.whole);
  const tiles = new Map<string, Tile>();
  const blocks = groups.map((group, index): Block => {
    const { x, y } = places[index] ?? { x: 0, y: 0 };
    for (const place of inner[index]?.places ?? []) {
      if (place.id) tiles.set(place.id, { ...place, x: x + place.x, y: y + heading + place.y });
    }
    const size = outer[index] ?? { width: 0, height: heading };
    return { name: group.name, x, y, ...size, tiles: group.tiles.filter(({ id }) => id).length };
  });
  return { width: Math.max(1, width), height: Math.max(1, height), heading, blocks, tiles, shape };
}

/** How wide things are put in shelves, so that what comes of it has about this proportion. */
function targetOf(things: readonly { width: number; height: number }[], gap: number, aspect: number): number {
  const area = things.reduce((sum, { width, height }) => sum + (width + gap) * (height + gap), 0);
  const widest = things.reduce((most, { width }) => Math.max(most, width), 0);
  return Math.max(widest, Math.ceil(Math.sqrt(area * aspect)));
}

interface Shelved<Thing> {
  readonly width: number;
  readonly height: number;
  readonly places: readonly (Thing & { readonly x: number; readonly y: number })[];
}

/** Put things side by side in their order, and on a new shelf where they would be wider than the target. */
function shelve<Thing extends { readonly width: number; readonly height: number }>(
  things: readonly Thing[],
  gap: number,
  target: number,
): Shelved<Thing> {
  const places: (Thing & { x: number; y: number })[] = [];
  let [x, y, widest, top] = [0, 0, 0, 0];
  let shelf: Thing[] = [];
  const close = () => {
    const height = shelf.reduce((most, thing) => Math.max(most, thing.height), 0);
    x = 0;
    for (const thing of shelf) {
      places.push({ ...thing, x, y });
      x += thing.width + gap;
    }
    widest = Math.max(widest, x - gap);
    top = y + height;
    y = top + gap;
    x = 0;
    shelf = [];
  };
  for (const thing of things) {
    if (shelf.length > 0 && x + thing.width > target) close();
    shelf.push(thing);
    x += thing.width + gap;
  }
  if (shelf.length > 0) close();
  return { width: widest, height: top, places };
}
