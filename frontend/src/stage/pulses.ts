/**
 * Pulses: a dot that runs along an edge for each write, on to etcd, and then to the components that the write wakes.
 *
 * At most a few at a time: beyond that the edges' rates say it. Where less motion is wanted there are none, and the edges
 * and cards that light up say it alone.
 */

const AT_MOST = 24;
const LABELS_AT_MOST = 4;
const WAKES_AT_MOST = 6;
const WAY_MS = 620;
const ETCD_MS = 260;
const WAKE_MS = 520;
const SVG = "http://www.w3.org/2000/svg";

export interface Pulse {
  readonly actor: string;
  /** What it carries: `+ Pod`. */
  readonly label: string;
  /** The way from the writer to the API server; undefined for one that is not drawn. */
  readonly path: string | undefined;
  readonly toEtcd: string;
  /** The ways of those that the write wakes, each from the component to the API server: run backwards. */
  readonly wakes: readonly { readonly actor: string; readonly path: string }[];
  readonly isFaint: boolean;
}

interface Way {
  readonly path: SVGPathElement;
  readonly length: number;
  readonly ms: number;
  readonly isBackwards: boolean;
}

interface Running {
  readonly dot: SVGGElement;
  readonly ways: readonly Way[];
  /** What follows when it has arrived. */
  readonly onwards: readonly (() => Running)[];
  readonly isLabelled: boolean;
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
    if (pulse.path) ways.push(makeWay(pulse.path, WAY_MS, false));
    if (!pulse.isFaint) ways.push(makeWay(pulse.toEtcd, ETCD_MS, false));
    if (ways.length === 0) return;
    const isLabelled =
      !pulse.isFaint && this.running.filter((running) => running.isLabelled).length < LABELS_AT_MOST;
    const onwards = pulse.isFaint
      ? []
      : pulse.wakes.slice(0, WAKES_AT_MOST).map((wake) => () => ({
          dot: makeDot(wake.actor, 2.4, 6, ""),
          ways: [makeWay(wake.path, WAKE_MS, true)],
          onwards: [],
          isLabelled: false,
          startedMs: performance.now(),
          way: 0,
        }));
    const dot = pulse.isFaint
      ? makeDot(pulse.actor, 0, 3, "")
      : makeDot(pulse.actor, 4, 9, isLabelled ? pulse.label : "");
    this.run({ dot, ways, onwards, isLabelled, startedMs: performance.now(), way: 0 });
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.move());
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    for (const { dot } of this.running) dot.remove();
    this.running = [];
  }

  private run(running: Running): void {
    this.group?.append(running.dot);
    this.running.push(running);
    advance(running, performance.now());
  }

  private move(): void {
    const now = performance.now();
    const arrived: Running[] = [];
    this.running = this.running.filter((pulse) => {
      const goesOn = advance(pulse, now);
      if (!goesOn) arrived.push(pulse);
      return goesOn;
    });
    for (const pulse of arrived) for (const next of pulse.onwards) this.run(next());
    this.frame = this.running.length > 0 ? requestAnimationFrame(() => this.move()) : 0;
  }
}

/** Move one pulse; false when it has arrived and is gone. */
function advance(pulse: Running, now: number): boolean {
  let way = pulse.ways[pulse.way];
  while (way && now - pulse.startedMs >= way.ms) {
    pulse.startedMs += way.ms;
    pulse.way++;
    // The API server shows from here on what it carried.
    for (const part of pulse.dot.querySelectorAll(".pulse-box, .pulse-text")) part.remove();
    way = pulse.ways[pulse.way];
  }
  if (!way) {
    pulse.dot.remove();
    return false;
  }
  const share = Math.max(0, now - pulse.startedMs) / way.ms;
  const eased = share < 0.5 ? 2 * share * share : 1 - (2 - 2 * share) ** 2 / 2;
  const { x, y } = way.path.getPointAtLength(way.length * (way.isBackwards ? 1 - eased : eased));
  pulse.dot.setAttribute("transform", `translate(${x} ${y})`);
  return true;
}

function makeWay(d: string, ms: number, isBackwards: boolean): Way {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", d);
  return { path, length: path.getTotalLength(), ms, isBackwards };
}

function makeDot(actor: string, radius: number, halo: number, label: string): SVGGElement {
  const dot = document.createElementNS(SVG, "g");
  dot.classList.add(`hue-${actor}`);
  for (const [name, size] of [
    ["pulse-halo", halo],
    ["pulse", radius],
  ] as const) {
    if (size === 0) continue;
    const circle = document.createElementNS(SVG, "circle");
    circle.setAttribute("r", String(size));
    circle.classList.add(name);
    dot.append(circle);
  }
  if (label) dot.append(...makeLabel(label));
  return dot;
}

function makeLabel(label: string): SVGElement[] {
  const box = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({
    x: 11,
    y: -10,
    width: label.length * 6 + 14,
    height: 19,
    rx: 9.5,
  }))
    box.setAttribute(name, String(value));
  box.classList.add("pulse-box");
  const text = document.createElementNS(SVG, "text");
  text.setAttribute("x", "18");
  text.setAttribute("y", "3.5");
  text.classList.add("pulse-text");
  text.textContent = label;
  return [box, text];
}
