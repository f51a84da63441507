/** Which part of the map is seen: wheel, pinch and drag by d3-zoom, and ways to go somewhere. It draws nothing. */

import { select } from "d3-selection";
import { type D3ZoomEvent, type ZoomTransform, zoom, zoomIdentity } from "d3-zoom";

export interface Extent {
  readonly width: number;
  readonly height: number;
}

/** How many pixels a cell has at most. */
const CLOSEST = 120;
const MARGIN = 8;
const LONGEST_FLIGHT_MS = 1200;

export class MapView {
  transform: ZoomTransform = zoomIdentity;
  /** Whether the whole map is in view because nobody moved it yet. */
  isFitted = true;
  isMoving = false;
  private ground: HTMLElement | undefined;
  private extent: Extent = { width: 1, height: 1 };
  private size: Extent = { width: 0, height: 0 };
  private flight = 0;
  private readonly zooming = zoom<HTMLElement, unknown>();
  private readonly onMove: () => void;

  /** `onMove` is called whenever another part is seen. */
  constructor(onMove: () => void) {
    this.onMove = onMove;
  }

  /** Follow what is done by hand to this element. */
  attach(ground: HTMLElement): void {
    this.ground = ground;
    this.zooming
      .on("start", (event: D3ZoomEvent<HTMLElement, unknown>) => {
        if (!event.sourceEvent) return;
        cancelAnimationFrame(this.flight);
        this.isMoving = true;
      })
      .on("zoom", (event: D3ZoomEvent<HTMLElement, unknown>) => {
        this.transform = event.transform;
        if (event.sourceEvent) this.isFitted = false;
        this.onMove();
      })
      .on("end", () => {
        this.isMoving = false;
      });
    select(ground).call(this.zooming);
  }

  detach(): void {
    cancelAnimationFrame(this.flight);
  }

  /** The element has this size in pixels. */
  resize(size: Extent): void {
    this.size = size;
    if (this.isFitted) this.fit();
    else this.limit();
  }

  /** The map has this size in cells. */
  cover(extent: Extent): void {
    this.extent = extent;
    this.zooming.translateExtent([
      [-extent.width * 0.5, -extent.height * 0.5],
      [extent.width * 1.5, extent.height * 1.5],
    ]);
    if (this.isFitted) this.fit();
    else this.limit();
  }

  fit(): void {
    this.isFitted = true;
    this.limit();
    this.look(this.wholeTransform());
  }

  showWhole(): void {
    this.isFitted = true;
    this.fly(this.wholeTransform());
  }

  zoomBy(factor: number): void {
    if (!this.ground) return;
    this.isFitted = false;
    select(this.ground).call(this.zooming.scaleBy, factor);
  }

  /** Move the map by so many pixels. */
  moveBy(x: number, y: number): void {
    if (!this.ground) return;
    this.isFitted = false;
    select(this.ground).call(this.zooming.translateBy, x / this.transform.k, y / this.transform.k);
  }

  /** Go to these cells, so that they are in the middle and a cell has so many pixels. */
  flyTo(cells: Extent & { readonly x: number; readonly y: number }, scale: number): void {
    const k = Math.min(CLOSEST, Math.max(scale, this.whole));
    const { width, height } = this.size;
    this.isFitted = false;
    this.fly(
      zoomIdentity
        .translate(width / 2, height / 2)
        .scale(k)
        .translate(-(cells.x + cells.width / 2), -(cells.y + cells.height / 2)),
    );
  }

  /** The cell at a pixel. */
  cellAt(x: number, y: number): readonly [column: number, row: number] {
    const [column, row] = this.transform.invert([x, y]);
    return [Math.floor(column), Math.floor(row)];
  }

  /** The pixel in the middle of a cell. */
  pixelOf(column: number, row: number): readonly [x: number, y: number] {
    return this.transform.apply([column + 0.5, row + 0.5]);
  }

  private get whole(): number {
    const { extent, size } = this;
    const scales = [(size.width - 2 * MARGIN) / extent.width, (size.height - 2 * MARGIN) / extent.height];
    return Math.max(0.05, Math.min(...scales, CLOSEST / 2));
  }

  private wholeTransform(): ZoomTransform {
    const { extent, size, whole } = this;
    const x = (size.width - extent.width * whole) / 2;
    const y = Math.max(MARGIN, (size.height - extent.height * whole) / 2);
    return zoomIdentity.translate(x, y).scale(whole);
  }

  private limit(): void {
    this.zooming.scaleExtent([this.whole * 0.8, Math.max(CLOSEST, this.whole)]);
  }

  private look(transform: ZoomTransform): void {
    if (this.ground) select(this.ground).call(this.zooming.transform, transform);
  }

  private fly(to: ZoomTransform): void {
    cancelAnimationFrame(this.flight);
    const isStill = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const { width, height } = this.size;
    const placeOf = ({ x, y, k }: ZoomTransform): [number, number, number] => [
      (width / 2 - x) / k,
      (height / 2 - y) / k,
      width / k,
    ];
    const way = this.zooming.interpolate()(placeOf(this.transform), placeOf(to)) as Way;
    const lasts = Math.min(LONGEST_FLIGHT_MS, (way.duration ?? 400) * 0.5);
    if (isStill || lasts < 20) {
      this.look(to);
      return;
    }
    const start = performance.now();
    const step = () => {
      const share = Math.min(1, (performance.now() - start) / lasts);
      const [x, y, across] = way(share * share * (3 - 2 * share));
      const k = width / across;
      this.look(zoomIdentity.translate(width / 2 - x * k, height / 2 - y * k).scale(k));
      if (share < 1) this.flight = requestAnimationFrame(step);
    };
    step();
  }
}

/** d3's way from one view to another, up and down again where that is shorter; how long it takes in ms. */
type Way = ((share: number) => [x: number, y: number, across: number]) & { readonly duration?: number };
