import { describe, expect, it } from "vitest";
import { Cells, CODES, PODS, paintCells, podCode } from "../src/layout/cells";
import {
  cellOf,
  type GroupNeeds,
  layOutMap,
  type MapLayout,
  roomOf,
  seatAt,
  type TileNeeds,
} from "../src/layout/map";

const VIEW = { width: 900, height: 500 };
const tile = (id: string, own = 20, apart = 2): TileNeeds => ({ id, own, apart });
const many = (count: number, prefix = "n"): TileNeeds[] =>
  Array.from({ length: count }, (_, at) => tile(`${prefix}${at}`, 10 + ((at * 7) % 30), at % 4));
const groups: GroupNeeds[] = [
  { name: "a", tiles: many(40, "a") },
  { name: "b", tiles: [tile("huge", 300, 3), ...many(25, "b")] },
  { name: "c", tiles: [tile("alone", 0, 0)] },
];

function covered(layout: MapLayout): number[] {
  const times = new Array<number>(layout.width * layout.height).fill(0);
  for (const { x, y, width, height } of layout.tiles.values()) {
    for (let row = y; row < y + height; row++)
      for (let column = x; column < x + width; column++)
        times[row * layout.width + column] = (times[row * layout.width + column] ?? 0) + 1;
  }
  return times;
}

describe.each([true, false])("the map, even: %s", (isEven) => {
  const layout = layOutMap(groups, VIEW, isEven);

  it("has a place for every tile, and none stands on another", () => {
    expect(layout.tiles.size).toBe(40 + 26 + 1);
    const times = covered(layout);
    expect(times.length).toBe(layout.width * layout.height);
    expect(Math.max(...times)).toBe(1);
  });

  it("has room for every pod that a tile needs, and each of these seats a cell of its own", () => {
    for (const group of groups) {
      for (const { id, own, apart } of group.tiles) {
        const placed = layout.tiles.get(id);
        if (!placed) throw new Error(`${id} has no place`);
        const room = roomOf(placed);
        expect(room.own).toBeGreaterThanOrEqual(own);
        expect(room.apart).toBeGreaterThanOrEqual(apart);
        for (const isApart of [false, true]) {
          for (let index = 0; index < (isApart ? room.apart : room.own); index++) {
            const { x, y } = cellOf(placed, isApart, index);
            expect(seatAt(placed, x, y)).toEqual({ isApart, index });
          }
        }
      }
    }
  });

  it("keeps blocks apart, each under its name", () => {
    for (const block of layout.blocks) {
      const inside = [...layout.tiles.values()].filter(
        (each) =>
          each.x >= block.x &&
          each.x < block.x + block.width &&
          each.y >= block.y &&
          each.y < block.y + block.height,
      );
      expect(inside.length).toBe(block.tiles);
      expect(Math.min(...inside.map(({ y }) => y))).toBeGreaterThanOrEqual(block.y + layout.heading);
    }
  });

  it("moves nothing when a tile leaves and another takes its gap", () => {
    const altered = groups.map((group) => ({
      ...group,
      tiles: group.tiles.map((each) => (each.id === "a7" ? { ...each, id: "new" } : each)),
    }));
    const after = layOutMap(altered, { width: 300, height: 900 }, isEven, layout);
    for (const [id, placed] of layout.tiles) {
      expect(after.tiles.get(id === "a7" ? "new" : id)).toMatchObject({
        x: placed.x,
        y: placed.y,
        width: placed.width,
      });
    }
  });
});

it("fills the view well", () => {
  const layout = layOutMap([{ name: "", tiles: many(5000) }], VIEW, true);
  const scale = Math.min(VIEW.width / layout.width, VIEW.height / layout.height);
  expect((layout.width * layout.height * scale * scale) / (VIEW.width * VIEW.height)).toBeGreaterThan(0.85);
});

it("lays out nothing at all", () => {
  expect(layOutMap([], VIEW, true).tiles.size).toBe(0);
});

describe("painting", () => {
  const layout = layOutMap([{ name: "", tiles: many(12) }], VIEW, true);
  const cells = new Cells(layout);
  const palette = Uint32Array.from({ length: PODS + 40 }, (_, code) => 1000 + code);
  const [first] = cells.tiles;
  if (!first) throw new Error("no tile");
  for (const placed of cells.tiles) {
    const seat = cellOf(placed, false, 3);
    cells.set(seat.x, seat.y, podCode(1, false, false));
    cells.setHead(placed, { cpu: 0.5, memory: 2, standing: placed === first ? "broken" : "ok" });
  }

  it.each([0.7, 1, 1.4, 2.5, 7.3, 20])("shows each cell where it is, at %s pixels a cell", (scale) => {
    const [width, height] = [300, 200];
    const window = { x: 13.37, y: 9.71, scale }; // no edge of a cell is in the middle of a pixel
    const pixels = new Uint32Array(width * height).fill(7);
    paintCells(pixels, width, height, cells, window, palette, undefined);
    expect(pixels.includes(7)).toBe(false);
    const wrong: string[] = [];
    for (let y = 0; y < height; y += 3) {
      for (let x = 0; x < width; x += 3) {
        const [column, row] = [
          Math.floor((x + 0.5 - window.x) / scale),
          Math.floor((y + 0.5 - window.y) / scale),
        ];
        const isOutside = column < 0 || row < 0 || column >= cells.width || row >= cells.height;
        const code = isOutside ? CODES.void : (cells.codes[row * cells.width + column] ?? 0);
        const ground = code >= PODS ? CODES.ground : code;
        const pixel = pixels[y * width + x];
        if (pixel !== 1000 + code && pixel !== 1000 + ground) wrong.push(`${x} ${y}`);
      }
    }
    expect(wrong).toEqual([]);
    if (scale < 2) return;
    const { x, y } = cellOf(first, false, 3);
    const middle = [
      Math.floor((x + 0.4) * scale + window.x),
      Math.floor((y + 0.4) * scale + window.y),
    ] as const;
    expect(pixels[middle[1] * width + middle[0]]).toBe(1000 + podCode(1, false, false));
  });

  it("stamps a pod into the middle of its cell, and leaves what is around it", () => {
    const [width, height, scale] = [300, 200, 20];
    const pixels = new Uint32Array(width * height);
    const stamp = new Uint32Array(14 * 14).fill(5);
    stamp[0] = 0;
    paintCells(pixels, width, height, cells, { x: 0, y: 0, scale }, palette, { size: 14, of: () => stamp });
    const { x, y } = cellOf(first, false, 3);
    const at = (dx: number, dy: number) => pixels[(y * scale + dy) * width + x * scale + dx];
    expect([at(0, 0), at(3, 3), at(4, 3), at(16, 16), at(17, 17)]).toEqual([1001, 1001, 5, 5, 1001]);
  });

  it("tells in a tile's head how much is asked for, or that its node is broken", () => {
    const head = (placed: typeof first, row: number) => [
      ...cells.codes.subarray(
        (placed.y + row) * cells.width + placed.x,
        (placed.y + row) * cells.width + placed.x + placed.width,
      ),
    ];
    const second = cells.tiles[1] ?? first;
    expect(head(first, 0).every((code) => code === CODES.broken)).toBe(true);
    expect(head(second, 0).filter((code) => code === CODES.cpu).length).toBe(second.width / 2);
    expect(head(second, 1).every((code) => code === CODES.memory)).toBe(true);
  });

  it("knows which tile a cell is of", () => {
    for (const placed of cells.tiles) expect(cells.tile(placed.x + 1, placed.y + 1)).toBe(placed);
    expect(cells.tile(-1, 0)).toBeUndefined();
    expect(cells.tile(first.x + first.width, first.y)).toBeUndefined();
  });
});
