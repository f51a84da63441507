/**
 * Traces: what this page knows of them. A trace is asked for when somebody wants to draw it, and again when it has grown.
 *
 * Several parts of the screen ask for the same trace by different writes of it; they share one answer.
 */

import type { TraceRow, Tree, WriteRow } from "../wire";
import { namespaceOf } from "./format";
import type { Matches } from "./matches";
import type { Viewer } from "./viewer";

export type TraceLook =
  | { readonly kind: "tree"; readonly tree: Tree }
  | { readonly kind: "problem"; readonly text: string }
  | { readonly kind: "asked" };

interface Known {
  readonly look: TraceLook;
  readonly writes: ReadonlySet<number>;
  readonly state: string;
}

const KEPT = 8;
const ASKED: TraceLook = { kind: "asked" };

export class Traces {
  private readonly viewer: Viewer;
  private known = new Map<number, Known>();
  private following: number | undefined;
  private readonly asking = new Set<number>();

  constructor(viewer: Viewer) {
    this.viewer = viewer;
  }

  /** The trace that the write of this frame belongs to, as it was last told. It is asked for where it may have grown. */
  look(seq: number): TraceLook {
    const known = this.find(seq);
    if (this.viewer.status === "open" && this.viewer.place && known?.state !== this.stateOf(known))
      void this.ask(seq);
    return known?.look ?? ASKED;
  }

  /** The trace to show at this moment where nobody chose one, in one namespace or (empty) in any. */
  followed(now: number, namespace = ""): number | undefined {
    this.following = chooseTrace(this.rows(namespace), now, this.following)?.seq;
    return this.following;
  }

  /** The latest traces in one namespace or (empty) in any; with a filter, those that have to do with what meets it. */
  rows(namespace: string): TraceRow[] {
    const { flow } = this.viewer.pictures;
    const rows = [...flow.table("traces").values()];
    const own = namespace ? rows.filter((row) => [namespace, ""].includes(namespaceOf(row.ref))) : rows;
    const { matches } = this.viewer;
    return matches ? tracesMet(own, flow.table("writes").values(), matches) : own;
  }

  private find(seq: number): Known | undefined {
    const own = this.known.get(seq);
    if (own?.look.kind === "tree") return own;
    for (const known of this.known.values()) if (known.writes.has(seq)) return known;
    return own;
  }

  /** Something that alters when the trace may have: its row, or, where it has none any more, the place. */
  private stateOf(known: Known | undefined): string {
    const { place, pictures } = this.viewer;
    const row =
      known?.look.kind === "tree"
        ? pictures.flow.table("traces").get(String(known.look.tree.seq))
        : undefined;
    if (row) return `${row.writes} ${row.last_seq} ${row.unfinished}`;
    return place?.mode === "paused" ? `at ${place.seq}` : `near ${Math.floor((place?.seq ?? 0) / 50)}`;
  }

  private async ask(seq: number): Promise<void> {
    if (this.asking.size > 0) return;
    this.asking.add(seq);
    const answer = await this.viewer.trace(seq);
    this.asking.delete(seq);
    const look: TraceLook =
      "problem" in answer ? { kind: "problem", text: answer.problem } : { kind: "tree", tree: answer.trace };
    const writes = new Set(look.kind === "tree" ? look.tree.writes.map((write) => write.seq) : []);
    const known = { look, writes, state: "" };
    this.known.delete(seq);
    this.known.set(seq, { ...known, state: this.stateOf(known) });
    for (const old of [...this.known.keys()].slice(0, -KEPT)) this.known.delete(old);
    this.viewer.dispatchEvent(new CustomEvent("change"));
  }
}

/** Those traces whose root, or one of the latest writes of which, is of an object that meets the filter. */
export function tracesMet(
  rows: readonly TraceRow[],
  writes: Iterable<WriteRow>,
  matches: Pick<Matches, "has">,
): TraceRow[] {
  const met = new Set<number>();
  for (const write of writes) if (write.trace > 0 && matches.has(write.ref)) met.add(write.trace);
  return rows.filter((row) => met.has(row.seq) || matches.has(row.ref));
}

/** How long a trace that has come to rest stays chosen before a later one takes its place, in seconds of the log. */
const REST_SECONDS = 3;

/** Roots that somebody would ask about: what was commanded, what came due, and what went wrong. */
const NEWS: ReadonlySet<string> = new Set(["command", "schedule", "metrics", "node-silent", "kubelet-saw"]);

/**
 * Which of the latest traces to show where nobody chose one: the latest that is news, and no other before it has come to
 * rest. Without any, the one that grew last.
 */
export function chooseTrace(
  rows: Iterable<TraceRow>,
  now: number,
  current: number | undefined,
): TraceRow | undefined {
  const all = [...rows].filter((row) => row.ts <= now + 0.001);
  const kept = all.find((row) => row.seq === current);
  if (kept && NEWS.has(kept.rule) && (kept.unfinished > 0 || now - kept.last_ts < REST_SECONDS)) return kept;
  const news = all.filter((row) => NEWS.has(row.rule) && (row.rule === "command" || row.writes > 1));
  const latest = (some: readonly TraceRow[], key: "seq" | "last_seq") =>
    some.reduce<TraceRow | undefined>((best, row) => (best && best[key] >= row[key] ? best : row), undefined);
  return latest(news, "seq") ?? kept ?? latest(all, "last_seq");
}
