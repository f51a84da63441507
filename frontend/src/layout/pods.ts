/** Pods for drawing: grouped by node, and in which of a few states each is. A state has a colour and a shape. */

import type { PodRow } from "../wire";

export type PodState = "ready" | "starting" | "unready" | "failed" | "done" | "leaving";

export const UNSCHEDULED = "";

export const STATE_WORDS: Readonly<Record<PodState, string>> = {
  ready: "ready",
  starting: "starting",
  unready: "not ready",
  failed: "failing",
  done: "completed",
  leaving: "terminating",
};

const FAILING_WORDS = /BackOff|Err|Error|Failed|OOMKilled|Evicted|Invalid|Unknown|NodeLost/;

/** There are few statuses and many pods. */
const failing = new Map<string, boolean>();

function isFailing(status: string): boolean {
  let known = failing.get(status);
  if (known === undefined) {
    known = FAILING_WORDS.test(status);
    if (failing.size < 1000) failing.set(status, known);
  }
  return known;
}

export function stateOf(pod: PodRow): PodState {
  if (pod.is_terminating) return "leaving";
  if (pod.phase === "Succeeded") return "done";
  if (pod.phase === "Failed" || isFailing(pod.status)) return "failed";
  if (pod.is_ready) return "ready";
  return pod.phase === "Pending" ? "starting" : "unready";
}

/** The ids of the pods on each node, in order of id; pods without one are under UNSCHEDULED. */
export function groupByNode(pods: Iterable<PodRow>, namespace: string): Map<string, PodRow[]> {
  const groups = new Map<string, PodRow[]>();
  for (const pod of pods) {
    if (namespace && pod.namespace !== namespace) continue;
    const group = groups.get(pod.node);
    if (group) group.push(pod);
    else groups.set(pod.node, [pod]);
  }
  for (const group of groups.values()) group.sort((a, b) => (a.id < b.id ? -1 : 1));
  return groups;
}

/** What a person hears of a pod: `shop/web-1, Running, ready, 2 restarts`. */
export function describe(pod: PodRow): string {
  const restarts = pod.restarts > 0 ? `, ${pod.restarts} ${pod.restarts === 1 ? "restart" : "restarts"}` : "";
  return `${pod.id}, ${pod.status}, ${STATE_WORDS[stateOf(pod)]}${restarts}`;
}

/** How many pods are in each state, the states that have any. */
export function countStates(pods: Iterable<PodRow>): Map<PodState, number> {
  const counts = new Map<PodState, number>();
  for (const pod of pods) {
    const state = stateOf(pod);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return counts;
}
