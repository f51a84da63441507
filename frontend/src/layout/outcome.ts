/** What a trace came to, in a few words: `1.42 s to 3 ready Pods · 27 writes`. */

import { count, duration } from "../model/format";
import type { Span, Tree } from "../wire";

export function outcome(tree: Tree): string {
  const writes = count(tree.writesInAll, "write");
  const open = tree.unfinished > 0 ? ` · ${tree.unfinished} on their way` : "";
  const [words, end] = goal(tree) ?? ["", tree.last];
  return `${exactDuration(end - tree.started)}${words} · ${writes}${open}`;
}

function goal(tree: Tree): [string, number] | undefined {
  const ready = reached(tree.spans, "becoming ready");
  if (ready.length > 0) return [` to ${count(ready.length, "ready Pod")}`, lastOf(ready)];
  const gone = reached(tree.spans, "ending").filter((span) => span.kind === "Pod");
  return gone.length > 0
    ? [` until ${count(gone.length, "Pod")} ${gone.length === 1 ? "was" : "were"} gone`, lastOf(gone)]
    : undefined;
}

function reached(spans: readonly Span[], phase: string): Span[] {
  return spans.filter((span) => span.phase === phase && span.toSeq !== 0);
}

function lastOf(spans: readonly Span[]): number {
  return Math.max(...spans.map((span) => span.toTs));
}

/** With two digits behind the point below ten seconds: 1.42 s. */
function exactDuration(seconds: number): string {
  return seconds >= 1 && seconds < 10 ? `${seconds.toFixed(2)} s` : duration(seconds);
}
