/**
 * The map of a large cluster: nodes as tiles, pods as cells, to move and to zoom. Places are from layout/map.ts, cells become
 * pixels in layout/cells.ts, and what has room for words is drawn over them by mapmarks.ts.
 *
 * Moving and zooming draw, and nothing else: no element of the page is made for a pod.
 */

import { html, type PropertyValues, type TemplateResult } from "lit";
import type { Altered, Arrangement } from "../layout/arrangement";
import { Cells, CODES, PODS, paintCells, podCode } from "../layout/cells";
import { cellOf, layOutMap, type MapLayout, roomOf, seatAt, type Tile } from "../layout/map";
import { shareOf, standingOf, tellNode } from "../layout/nodefacts";
import { describe } from "../layout/pods";
import type { Seat } from "../layout/seats";
import { count } from "../model/format";
import type { LeaseRow, LoadRow, NodeRow } from "../wire";
import { StageElement } from "./element";
import { Inks } from "./inks";
import { CARDS_FROM, drawMarks } from "./mapmarks";
import { MapView } from "./mapview";
import { faded, StampSet, sizeFor } from "./stamps";

/** What is at a place of the map. */
interface Found {
  readonly seat?: Seat;
  readonly tile?: Tile;
}

/** A cell is at least so large when the map goes to a pod, and a tile when it goes to a node. */
const CLOSE_POD = 66;
const CLOSE_TILE = 200;
const STEP = 1.5;
/** Above so many pixels the map is painted at half the screen's resolution: it has to be copied at every frame. */
const PIXELS_AT_MOST = 4_500_000;

export class MapElement extends StageElement {
  static override properties = {
    arrangement: { attribute: false },
    altered: { attribute: false },
    nodes: { attribute: false },
    loads: { attribute: false },
    leases: { attribute: false },
    now: { attribute: false },
    selected: { attribute: false },
  };
  declare arrangement: Arrangement;
  /** What altered since the map was last given any; another one each time. */
  declare altered: Altered;
  declare nodes: ReadonlyMap<string, NodeRow>;
  declare loads: ReadonlyMap<string, LoadRow>;
  declare leases: ReadonlyMap<string, LeaseRow>;
  declare now: number;
  declare selected: string;
  private layout: MapLayout | undefined;
  private cells: Cells | undefined;
  private inks: Inks | undefined;
  private palette = new Uint32Array(0);
  /** Of whose paints the palette is, and of which. */
  private mixed: Arrangement | undefined;
  private mixedVersion = -1;
  private stamps: StampSet | undefined;
  /** Of which version of the picture the tiles' heads are. */
  private headsVersion = -1;
  private image: ImageData | undefined;
  private readonly view = new MapView(() => this.follow());
  private size = { width: 0, height: 0 };
  private frame = 0;
  private cursor: Found | undefined;
  /** What was chosen here: the map does not move for it, as it does for what was searched for. */
  private chosen = "";
  private readonly observer = new ResizeObserver(() => this.measure());

  override firstUpdated(): void {
    const ground = this.querySelector<HTMLElement>(".map-ground");
    const probe = this.querySelector<HTMLElement>(".map-probe");
    if (!ground || !probe) return;
    this.inks = new Inks(probe);
    this.view.attach(ground);
    this.observer.observe(ground);
    this.measure();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
    this.view.detach();
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has("arrangement")) {
      this.layout = undefined;
      this.view.isFitted = true;
      this.cursor = undefined;
    }
    if (changed.has("arrangement") || changed.has("altered")) this.takeIn(this.altered);
    if (changed.has("selected")) this.showSelected();
    this.requestDraw();
  }

  protected override render(): TemplateResult {
    const label = `Map of ${count(this.arrangement.seats.trays.size, "tray")} with ${count(this.arrangement.seats.size, "pod")}. Arrows move it, plus and minus zoom, 0 shows it whole; with shift, arrows go from pod to pod, and Enter inspects. The table has the same facts.`;
    return html`<div class="map-ground" role="application" tabindex="0" aria-label=${label} @keydown=${this.press}
        @pointermove=${this.hover} @pointerleave=${this.leave} @click=${this.choose}>
      <canvas class="map-cells"></canvas>
      <canvas class="map-marks"></canvas>
      <div class="map-tip" hidden></div>
      <span class="map-probe" aria-hidden="true"></span>
    </div>
    <div class="map-tools">
      <button class="button" aria-label="Zoom in" title="Zoom in: +" @click=${() => this.view.zoomBy(STEP)}>+</button>
      <button class="button" aria-label="Zoom out" title="Zoom out: −" @click=${() => this.view.zoomBy(1 / STEP)}>−</button>
      <button class="button" aria-label="Show the whole map" title="Show it whole: 0" @click=${() => this.view.showWhole()}>${WHOLE}</button>
    </div>
    <p class="visually-hidden map-told" role="status"></p>`;
  }

  /** Go to a tile, and mark it as the cursor does. */
  visit(id: string): void {
    const tile = this.layout?.tiles.get(id);
    if (!tile) return;
    this.cursor = { tile };
    this.view.flyTo(tile, Math.max(CLOSE_TILE / tile.width, this.view.transform.k));
    this.tellCursor();
  }

  private follow(): void {
    if (this.view.isMoving) this.hideTip();
    this.requestDraw();
  }

  private measure(): void {
    const ground = this.querySelector<HTMLElement>(".map-ground");
    if (!ground) return;
    const size = { width: ground.clientWidth, height: ground.clientHeight };
    if (size.width === this.size.width && size.height === this.size.height) return;
    this.size = size;
    if (size.width === 0 || size.height === 0) return;
    this.view.resize(size);
    if (!this.layout) {
      this.takeIn(this.altered);
      this.showSelected();
    }
    this.requestDraw();
  }

  /** Bring the cells up to date with what altered, and lay out anew where there is no room for it. */
  private takeIn(altered: Altered): void {
    if (this.size.width === 0) return;
    const isNarrow = !this.layout || altered.trays || altered.seats.some((seat) => this.isOutside(seat));
    if (isNarrow || (altered.all && this.hasOutsiders())) this.layOut();
    else if (altered.all) for (const seat of this.arrangement.seats.all()) this.mark(seat);
    if (!isNarrow) for (const seat of altered.seats) this.mark(seat);
    if (isNarrow || altered.version !== this.headsVersion) this.markHeads();
    this.headsVersion = altered.version;
  }

  private layOut(): void {
    const { arrangement } = this;
    const needs = arrangement.places.needs(arrangement.seats.trays, this.layout);
    this.layout = layOutMap(needs, this.size, !arrangement.isByNamespace, this.layout);
    this.cells = new Cells(this.layout);
    for (const seat of arrangement.seats.all()) this.mark(seat);
    this.view.cover(this.layout);
  }

  private hasOutsiders(): boolean {
    for (const tray of this.arrangement.seats.trays.values()) {
      const tile = this.layout?.tiles.get(tray.id);
      if (!tile) return true;
      const room = roomOf(tile);
      if (tray.own.seats.length > room.own || tray.apart.seats.length > room.apart) return true;
    }
    return false;
  }

  private isOutside(seat: Seat): boolean {
    const tile = this.layout?.tiles.get(seat.tray);
    if (!tile) return this.arrangement.seats.isTaken(seat);
    return seat.index >= (seat.isApart ? roomOf(tile).apart : roomOf(tile).own);
  }

  /** Give the cell of this seat the code of whoever sits there by now. */
  private mark({ tray, isApart, index }: Seat): void {
    const tile = this.layout?.tiles.get(tray);
    if (!tile || !this.cells) return;
    const benches = this.arrangement.seats.trays.get(tray);
    const seat = (isApart ? benches?.apart : benches?.own)?.seats[index];
    const { x, y } = cellOf(tile, isApart, index);
    const free = isApart ? CODES.apart : CODES.ground;
    this.cells.set(x, y, seat ? podCode(seat.paint, seat.isFaded, isApart) : free);
  }

  private markHeads(): void {
    if (this.arrangement.isByNamespace || !this.cells) return;
    for (const tile of this.cells.tiles) {
      const node = this.nodes.get(tile.id);
      const load = this.loads.get(tile.id);
      this.cells.setHead(tile, {
        cpu: shareOf(load?.cpu, node?.cpu),
        memory: shareOf(load?.memory, node?.memory),
        standing: this.arrangement.isNode(tile.id) ? standingOf(node) : "ok",
      });
    }
  }

  private get marked(): Found | undefined {
    const { selected, arrangement } = this;
    const key = selected.slice(selected.indexOf(":") + 1);
    if (selected.startsWith("v1/pods:")) {
      const seat = arrangement.seats.find(key);
      return seat && { seat };
    }
    const ofTray = arrangement.isByNamespace ? "v1/namespaces:" : "v1/nodes:";
    const tile = selected.startsWith(ofTray) ? this.layout?.tiles.get(key) : undefined;
    return tile && { tile };
  }

  /** Go to what was selected elsewhere: searched for, or named by the address. */
  private showSelected(): void {
    const { marked, chosen, selected, layout } = this;
    if (selected === chosen || !marked || !layout || this.size.width === 0) return;
    this.chosen = selected;
    const tile = marked.tile ?? layout.tiles.get(marked.seat?.tray ?? "");
    if (!tile) return;
    if (!marked.seat) this.view.flyTo(tile, Math.max(CLOSE_TILE / tile.width, this.view.transform.k));
    else {
      const cell = cellOf(tile, marked.seat.isApart, marked.seat.index);
      this.view.flyTo({ ...cell, width: 1, height: 1 }, Math.max(CLOSE_POD, this.view.transform.k));
    }
  }

  // Drawing

  private requestDraw(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  private mix(inks: Inks): void {
    const { paints } = this.arrangement;
    const pixel = (colour: string) => inks.pixel(colour);
    const palette = new Uint32Array(PODS + 4 * paints.length);
    palette[CODES.void] = pixel("var(--ground)");
    palette[CODES.ground] = pixel("var(--panel)");
    palette[CODES.apart] = pixel("var(--raised)");
    palette[CODES.head] = pixel("var(--line)");
    palette[CODES.cpu] = pixel("color-mix(in srgb, var(--apiserver) 75%, var(--panel))");
    palette[CODES.memory] = pixel("color-mix(in srgb, var(--etcd) 75%, var(--panel))");
    palette[CODES.broken] = pixel("var(--bad)");
    palette[CODES.troubled] = pixel("var(--warn)");
    palette[CODES.cordoned] = pixel("var(--warn)");
    paints.forEach((paint, index) => {
      const at = PODS + 4 * index;
      palette.fill(pixel(paint.colour), at, at + 2);
      palette.fill(pixel(faded(paint.colour)), at + 2, at + 4);
    });
    this.palette = palette;
    this.mixed = this.arrangement;
    this.mixedVersion = this.arrangement.paintsVersion;
    this.stamps = undefined;
  }

  private draw(): void {
    const { layout, cells, inks, size } = this;
    const base = this.querySelector<HTMLCanvasElement>(".map-cells");
    const over = this.querySelector<HTMLCanvasElement>(".map-marks");
    const context = base?.getContext("2d", { alpha: false });
    const marks = over?.getContext("2d");
    if (!layout || !cells || !inks || !base || !over || !context || !marks || size.width === 0) return;
    const start = performance.now();
    const isMixed = this.mixed === this.arrangement && this.mixedVersion === this.arrangement.paintsVersion;
    if (inks.refresh() || !isMixed) this.mix(inks);
    const sharp = window.devicePixelRatio || 1;
    let ratio = size.width * size.height * sharp * sharp > PIXELS_AT_MOST ? 1 : sharp;
    // Where there are more cells than pixels none is left out: painted larger, they are blended when shown.
    const isBlended = this.view.transform.k * ratio < 1;
    if (isBlended) ratio *= 2;
    base.classList.toggle("blended", isBlended);
    this.paint(context, base, ratio, cells, inks);
    if (resize(over, size, sharp)) marks.setTransform(sharp, 0, 0, sharp, 0, 0);
    marks.clearRect(0, 0, size.width, size.height);
    const { x, y, k } = this.view.transform;
    const { arrangement, nodes, loads, leases, now, cursor } = this;
    const marked = { layout, arrangement, nodes, loads, leases, now, selected: this.marked, cursor };
    drawMarks(marks, marked, { x, y, k, ...size }, inks);
    performance.measure("orrery-map", { start });
  }

  private paint(
    context: CanvasRenderingContext2D,
    canvas: HTMLCanvasElement,
    ratio: number,
    cells: Cells,
    inks: Inks,
  ): void {
    const isOther = resize(canvas, this.size, ratio);
    if (isOther || !this.image) this.image = context.createImageData(canvas.width, canvas.height);
    const { x, y, k } = this.view.transform;
    const scale = k * ratio;
    const size = k >= CARDS_FROM ? undefined : sizeFor(scale);
    if (size === undefined) this.stamps = undefined;
    else if (this.stamps?.size !== size) this.stamps = new StampSet(size, this.arrangement.paints, inks);
    const pixels = new Uint32Array(this.image.data.buffer);
    const window = { x: x * ratio, y: y * ratio, scale };
    paintCells(pixels, canvas.width, canvas.height, cells, window, this.palette, this.stamps);
    context.putImageData(this.image, 0, 0);
  }

  // Pointing

  private at(x: number, y: number): Found | undefined {
    return this.atCell(...this.view.cellAt(x, y));
  }

  private atCell(column: number, row: number): Found | undefined {
    const tile = this.cells?.tile(column, row);
    const place = tile && seatAt(tile, column, row);
    if (!tile) return undefined;
    const tray = this.arrangement.seats.trays.get(tile.id);
    const seat = place && (place.isApart ? tray?.apart : tray?.own)?.seats[place.index];
    return seat ? { seat } : { tile };
  }

  private hover(event: PointerEvent): void {
    if (this.view.isMoving || event.pointerType === "touch") return;
    const ground = event.currentTarget as HTMLElement;
    const box = ground.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const found = this.at(x, y);
    this.cursor = found;
    const tip = this.querySelector<HTMLElement>(".map-tip");
    if (tip) {
      tip.hidden = !found;
      tip.textContent = found ? this.tell(found) : "";
      // By script and not by an attribute: the policy of the page forbids styles in markup.
      tip.style.left = `${Math.max(4, Math.min(x + 14, this.size.width - tip.offsetWidth - 4))}px`;
      tip.style.top = `${y + 18 + tip.offsetHeight > this.size.height ? y - tip.offsetHeight - 10 : y + 18}px`;
    }
    ground.classList.toggle("at-something", found !== undefined);
    this.requestDraw();
  }

  private leave(): void {
    this.cursor = undefined;
    this.hideTip();
    this.requestDraw();
  }

  private hideTip(): void {
    const tip = this.querySelector<HTMLElement>(".map-tip");
    if (tip) tip.hidden = true;
  }

  private tell({ seat, tile }: Found): string {
    if (seat) return `${describe(seat.pod)}\n${seat.tray}`;
    if (!tile) return "";
    const tray = this.arrangement.seats.trays.get(tile.id);
    const pods = count((tray?.own.count ?? 0) + (tray?.apart.count ?? 0), "pod");
    const node = this.arrangement.isByNamespace ? undefined : this.nodes.get(tile.id);
    const told = node ? tellNode(node, this.loads.get(tile.id), this.leases.get(tile.id), this.now) : [];
    return [`${tile.id}: ${pods}`, ...told].join("\n");
  }

  private choose(event: MouseEvent): void {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    this.inspect(this.at(event.clientX - box.left, event.clientY - box.top));
  }

  private inspect(found: Found | undefined): void {
    const ref = found && this.refOf(found);
    if (!ref) return;
    this.chosen = ref;
    this.select(ref);
  }

  private refOf({ seat, tile }: Found): string {
    if (seat) return `v1/pods:${seat.pod.id}`;
    if (!tile) return "";
    if (this.arrangement.isByNamespace) return `v1/namespaces:${tile.id}`;
    return this.nodes.has(tile.id) ? `v1/nodes:${tile.id}` : "";
  }

  // By keyboard

  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = this.actionOf(event);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  private actionOf(event: KeyboardEvent): (() => void) | undefined {
    const across = Math.max(60, this.size.width / 6);
    const ways: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const way = ways[event.key];
    if (way && event.shiftKey) return () => this.step(...way);
    if (way) return () => this.view.moveBy(-way[0] * across, -way[1] * across);
    if (event.key === "+" || event.key === "=") return () => this.view.zoomBy(STEP);
    if (event.key === "-") return () => this.view.zoomBy(1 / STEP);
    if (event.key === "0") return () => this.view.showWhole();
    if (event.key === "Enter" && this.cursor) return () => this.inspect(this.cursor);
    return undefined;
  }

  /** To the next pod or head of a tile that way; at first, to the tile in the middle. */
  private step(dx: number, dy: number): void {
    const { cells, cursor } = this;
    if (!cells) return;
    if (!cursor) {
      const tile = this.middleTile();
      if (tile) this.moveCursor({ tile }, tile.x, tile.y);
      return;
    }
    let [x, y] = this.cellOfCursor(cursor);
    for (;;) {
      x += dx;
      y += dy;
      if (x < 0 || y < 0 || x >= cells.width || y >= cells.height) return;
      const found = this.atCell(x, y);
      const isFree = found?.tile && (found.tile === cursor.tile || seatAt(found.tile, x, y) !== undefined);
      if (found && !isFree) {
        this.moveCursor(found, x, y);
        return;
      }
    }
  }

  private moveCursor(found: Found, x: number, y: number): void {
    this.cursor = found;
    this.keepInView(x, y);
    this.tellCursor();
    this.requestDraw();
  }

  private middleTile(): Tile | undefined {
    const [x, y] = this.view.cellAt(this.size.width / 2, this.size.height / 2);
    const far = (tile: Tile) => Math.hypot(tile.x + tile.width / 2 - x, tile.y + tile.height / 2 - y);
    let nearest: Tile | undefined;
    for (const tile of this.cells?.tiles ?? []) if (!nearest || far(tile) < far(nearest)) nearest = tile;
    return nearest;
  }

  private cellOfCursor({ seat, tile }: Found): readonly [number, number] {
    const of = tile ?? this.layout?.tiles.get(seat?.tray ?? "");
    if (!of) return [0, 0];
    if (!seat) return [of.x, of.y];
    const { x, y } = cellOf(of, seat.isApart, seat.index);
    return [x, y];
  }

  private keepInView(x: number, y: number): void {
    const [px, py] = this.view.pixelOf(x, y);
    const { width, height } = this.size;
    const isIn = px > 20 && py > 20 && px < width - 20 && py < height - 20;
    if (!isIn || this.view.transform.k < 10)
      this.view.flyTo({ x, y, width: 1, height: 1 }, Math.max(16, this.view.transform.k));
  }

  private tellCursor(): void {
    const told = this.querySelector(".map-told");
    if (told && this.cursor) told.textContent = this.tell(this.cursor).replaceAll("\n", ", ");
  }
}

/** Give the canvas this size at this many pixels for each of the page's. False where it has it already. */
function resize(canvas: HTMLCanvasElement, size: { width: number; height: number }, ratio: number): boolean {
  const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
  if (canvas.width === width && canvas.height === height) return false;
  canvas.width = width;
  canvas.height = height;
  return true;
}

const WHOLE = html`<svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><path d="M1 5V1h4M9 1h4v4M13 9v4H9M5 13H1V9" fill="none" stroke="currentColor" stroke-width="1.6"></path></svg>`;

customElements.define("orrery-map", MapElement);
