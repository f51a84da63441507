/** What a trace came to, in a few words: `1.42 s to 3 ready Pods · 27 writes`. */

import { count, duration } from "../model/format";
import type { Tree } from "../wire";

export function outcome(tree: Tree): string {
  const writes = count(tree.writesInAll, "write");
  const open = tree.unfinished > 0 ? ` · ${tree.unfinished} on their way` : "";
  const [words, end] = goal(tree) ?? ["", tree.last];
  return `${exactDuration(end - tree.started)}${words} · ${writes}${open}`;
}

function goal(tree: Tree): [string, number] | undefined {
  const ready = reached(tree, "ready");
  if (ready.size > 0) return [` to ${count(ready.size, "ready Pod")}`, Math.max(...ready.values())];
  const gone = reached(tree, "gone");
  const were = gone.size === 1 ? "was" : "were";
  return gone.size > 0
    ? [` until ${count(gone.size, "Pod")} ${were} gone`, Math.max(...gone.values())]
    : undefined;
}

/** The Pods that a write of the trace brought so far, and when it first did. */
function reached(tree: Tree, mark: string): Map<string, number> {
  const pods = new Map<string, number>();
  for (const write of tree.writes)
    if (write.kind === "Pod" && write.marks.includes(mark) && !pods.has(write.ref))
      pods.set(write.ref, write.ts);
  return pods;
}

/** With two digits behind the point below ten seconds: 1.42 s. */
function exactDuration(seconds: number): string {
  return seconds >= 1 && seconds < 10 ? `${seconds.toFixed(2)} s` : duration(seconds);
}
