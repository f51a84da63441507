/**
 * Pulses: a dot that runs along an edge for each write, and on to etcd.
 *
 * At most a few at a time: beyond that the API server's rate says it. Where less motion is wanted there are none, and
 * the edges and cards that light up say it alone.
 */

const AT_MOST = 24;
const WAY_MS = 620;
const ETCD_MS = 260;
const SVG = "http://www.w3.org/2000/svg";

export interface Pulse {
  readonly actor: string;
  /** The way from the writer to the API server; undefined for one that is not drawn. */
  readonly path: string | undefined;
  readonly toEtcd: string;
  readonly isFaint: boolean;
}

interface Running {
  readonly dot: SVGGElement;
  readonly ways: readonly { readonly path: SVGPathElement; readonly length: number; readonly ms: number }[];
  startedMs: number;
  way: number;
}

export class Pulses {
  private group: SVGGElement | undefined;
  private running: Running[] = [];
  private frame = 0;
  private readonly still = window.matchMedia("(prefers-reduced-motion: reduce)");

  attach(group: SVGGElement): void {
    this.group = group;
  }

  start(pulse: Pulse): void {
    if (!this.group || this.still.matches || document.hidden || this.running.length >= AT_MOST) return;
    const ways = [];
    if (pulse.path) ways.push(makeWay(pulse.path, WAY_MS));
    if (!pulse.isFaint) ways.push(makeWay(pulse.toEtcd, ETCD_MS));
    if (ways.length === 0) return;
    const dot = makeDot(pulse);
    this.group.append(dot);
    this.running.push({ dot, ways, startedMs: performance.now(), way: 0 });
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.move());
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    for (const { dot } of this.running) dot.remove();
    this.running = [];
  }

  private move(): void {
    const now = performance.now();
    this.running = this.running.filter((pulse) => advance(pulse, now));
    this.frame = this.running.length > 0 ? requestAnimationFrame(() => this.move()) : 0;
  }
}

/** Move one pulse; false when it has arrived and is gone. */
function advance(pulse: Running, now: number): boolean {
  let way = pulse.ways[pulse.way];
  while (way && now - pulse.startedMs >= way.ms) {
    pulse.startedMs += way.ms;
    pulse.way++;
    way = pulse.ways[pulse.way];
  }
  if (!way) {
    pulse.dot.remove();
    return false;
  }
  const share = (now - pulse.startedMs) / way.ms;
  const eased = share < 0.5 ? 2 * share * share : 1 - (2 - 2 * share) ** 2 / 2;
  const { x, y } = way.path.getPointAtLength(way.length * eased);
  pulse.dot.setAttribute("transform", `translate(${x} ${y})`);
  return true;
}

function makeWay(d: string, ms: number): { path: SVGPathElement; length: number; ms: number } {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", d);
  return { path, length: path.getTotalLength(), ms };
}

function makeDot(pulse: Pulse): SVGGElement {
  const dot = document.createElementNS(SVG, "g");
  dot.classList.add(`hue-${pulse.actor}`);
  for (const [name, radius] of pulse.isFaint
    ? ([["pulse-halo", 3]] as const)
    : ([
        ["pulse-halo", 9],
        ["pulse", 4],
      ] as const)) {
    const circle = document.createElementNS(SVG, "circle");
    circle.setAttribute("r", String(radius));
    circle.classList.add(name);
    dot.append(circle);
  }
  return dot;
}
