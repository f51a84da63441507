/**
 * A trace as a waterfall: lanes by component, a mark for each write, bars for the spans, from cause to completion.
 *
 * Pure functions of the trace; times are seconds since its root. What is wider than the view is for whoever draws.
 */

import type { Span, TracedWrite, Tree } from "../wire";

export interface Lane {
  readonly component: string;
  readonly actor: string;
  readonly name: string;
  readonly y: number;
  readonly height: number;
}

export interface Mark {
  readonly write: TracedWrite;
  readonly at: number;
  readonly y: number;
  readonly height: number;
  readonly actor: string;
}

export interface Bar {
  readonly span: Span;
  readonly actor: string;
  readonly from: number;
  readonly to: number;
  readonly y: number;
  readonly height: number;
}

export interface Waterfall {
  readonly lanes: readonly Lane[];
  /** In the order in which the writes were made. */
  readonly marks: readonly Mark[];
  readonly bars: readonly Bar[];
  readonly bySeq: ReadonlyMap<number, Mark>;
  readonly duration: number;
  readonly height: number;
}

/** A stretch of time that is looked at, in seconds since the root. */
export interface View {
  readonly from: number;
  readonly to: number;
}

const LANE = 16;
const ROW = 6;
const ROWS_AT_MOST = 4;
const MARK = 11;
const SHORTEST_VIEW = 0.0005;
/** A trace of one write is drawn as if it had taken this long, in seconds. */
const SHORTEST = 0.05;

export function layOutWaterfall(tree: Tree): Waterfall {
  const spans = tree.spans.filter((span) => span.phase !== "life");
  const names = [...new Set(tree.writes.map((write) => write.component))];
  for (const span of spans) if (!names.includes(span.component)) names.push(span.component);
  const rowOf = new Map<Span, number>();
  const rows = new Map(
    names.map((name) => [
      name,
      packRows(
        spans.filter((span) => span.component === name),
        rowOf,
      ),
    ]),
  );
  let y = 0;
  const lanes: Lane[] = names.map((component) => {
    const height = Math.max(LANE, (rows.get(component) ?? 0) * ROW + 4);
    const lane = { component, actor: actorOf(component), name: nameOf(component), y, height };
    y += height;
    return lane;
  });
  const byName = new Map(lanes.map((lane) => [lane.component, lane]));
  const marks = tree.writes.flatMap((write) => {
    const lane = byName.get(write.component);
    if (!lane) return [];
    return [
      {
        write,
        at: write.ts - tree.started,
        y: lane.y + (lane.height - MARK) / 2,
        height: MARK,
        actor: lane.actor,
      },
    ];
  });
  const bars = spans.flatMap((span) => {
    const lane = byName.get(span.component);
    if (!lane) return [];
    const count = Math.max(1, rows.get(span.component) ?? 1);
    const height = count === 1 ? 9 : ROW - 1;
    const top = lane.y + (lane.height - (count === 1 ? 9 : count * ROW - 1)) / 2;
    const from = span.fromTs - tree.started;
    const to = span.toTs - tree.started;
    return [{ span, actor: lane.actor, from, to, y: top + (rowOf.get(span) ?? 0) * ROW, height }];
  });
  const bySeq = new Map(marks.map((mark) => [mark.write.seq, mark]));
  const duration = Math.max(SHORTEST, tree.last - tree.started, ...bars.map((bar) => bar.to));
  return { lanes, marks, bars, bySeq, duration, height: y };
}

/** Give spans that overlap rows of their own, as far as there are any; how many rows that takes. */
function packRows(spans: readonly Span[], rowOf: Map<Span, number>): number {
  const ends: number[] = [];
  for (const span of spans) {
    const free = ends.findIndex((end) => end <= span.fromTs + 1e-9);
    const row = free >= 0 ? free : Math.min(ends.length, ROWS_AT_MOST - 1);
    ends[row] = Math.max(ends[row] ?? 0, span.toTs);
    rowOf.set(span, row);
  }
  return ends.length;
}

export function actorOf(component: string): string {
  return component.slice(0, component.indexOf(":"));
}

/** `kubelet node-2`, `replicaset-controller`. */
export function nameOf(component: string): string {
  const actor = actorOf(component);
  const name = component.slice(actor.length + 1);
  if (actor === "unknown") return "unknown writer";
  if (actor === "kubelet") return `kubelet ${name}`;
  return actor === "proxy" ? `kube-proxy ${name}` : name;
}

/** The whole trace, with a little room at both ends. */
export function wholeOf(waterfall: Waterfall): View {
  const room = waterfall.duration * 0.02;
  return { from: -room, to: waterfall.duration + room };
}

/** The view made so many times narrower around a time that keeps its place. It is never wider than the whole trace. */
export function zoom(view: View, whole: View, around: number, times: number): View {
  const width = Math.min(whole.to - whole.from, Math.max(SHORTEST_VIEW, (view.to - view.from) / times));
  const share = (around - view.from) / (view.to - view.from);
  return hold({ from: around - share * width, to: around + (1 - share) * width }, whole);
}

export function pan(view: View, whole: View, seconds: number): View {
  return hold({ from: view.from + seconds, to: view.to + seconds }, whole);
}

/** The view moved, where it is not, so that this time is well in it. */
export function reveal(view: View, whole: View, at: number): View {
  const width = view.to - view.from;
  if (at >= view.from + width * 0.03 && at <= view.to - width * 0.03) return view;
  return hold({ from: at - width / 2, to: at + width / 2 }, whole);
}

function hold(view: View, whole: View): View {
  const width = view.to - view.from;
  const from = Math.min(Math.max(view.from, whole.from), whole.to - width);
  return { from, to: from + width };
}

export type Direction = "next" | "previous" | "cause" | "effect";

/** Where a step along the trace leads: in the order of making, or to what woke a write, or to the first that it woke. */
export function follow(
  waterfall: Waterfall,
  seq: number | undefined,
  direction: Direction,
): number | undefined {
  const { marks } = waterfall;
  const index = marks.findIndex((mark) => mark.write.seq === seq);
  const here = marks[index];
  if (!here) return marks[0]?.write.seq;
  switch (direction) {
    case "next":
      return marks[index + 1]?.write.seq;
    case "previous":
      return marks[index - 1]?.write.seq;
    case "cause":
      return waterfall.bySeq.get(here.write.parent)?.write.seq;
    case "effect":
      return marks.find((mark) => mark.write.parent === seq)?.write.seq;
    default:
      return direction satisfies never;
  }
}

/** The writes that led to this one, and those that it woke. */
export function kinOf(waterfall: Waterfall, seq: number | undefined): ReadonlySet<number> {
  const kin = new Set<number>();
  for (let mark = waterfall.bySeq.get(seq ?? 0); mark && !kin.has(mark.write.seq); ) {
    kin.add(mark.write.seq);
    mark = waterfall.bySeq.get(mark.write.parent);
  }
  if (seq) for (const { write } of waterfall.marks) if (write.parent === seq) kin.add(write.seq);
  return kin;
}
