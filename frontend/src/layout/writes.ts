/** What the latest writes come to: pills in the API server, lanes below the diagram, and a rate when there are too many. */

import type { ComponentRow, WriteRow } from "../wire";

export interface Pill {
  readonly key: string;
  readonly component: string;
  readonly text: string;
  readonly newest: WriteRow;
}

const SIGNS: Readonly<Record<WriteRow["verb"], string>> = {
  created: "+",
  updated: "~",
  deleted: "−",
  listed: "·",
};

/** The writes of the last so many seconds that are no routine, alike ones together: `+ Pod ×3`. Newest last. */
export function pillsOf(writes: Iterable<WriteRow>, now: number, seconds: number, most: number): Pill[] {
  const groups = new Map<string, WriteRow[]>();
  for (const write of writes) {
    if (write.routine || write.ts < now - seconds || write.ts > now + 0.001) continue;
    const who = write.component.startsWith("kubelet:") ? "kubelet" : write.component;
    const key = `${who} ${write.verb} ${write.kind} ${write.subresource}`;
    const group = groups.get(key);
    if (group) group.push(write);
    else groups.set(key, [write]);
  }
  const pills: Pill[] = [];
  for (const [key, group] of groups) {
    const newest = group.at(-1);
    if (!newest) continue;
    const times = group.length > 1 ? ` ×${group.length}` : "";
    pills.push({ key, component: newest.component, text: `${labelOf(newest)}${times}`, newest });
  }
  pills.sort((a, b) => a.newest.seq - b.newest.seq);
  return pills.slice(-most);
}

/** Of the writes told: how many a component made, how many of those meet the filter, and when the last of these was. */
export interface Tally {
  readonly all: number;
  readonly met: number;
  readonly lastTs: number;
}

/** What each component wrote of late, routine writes left out. */
export function tallyOf(
  writes: Iterable<WriteRow>,
  isMet: (write: WriteRow) => boolean,
): ReadonlyMap<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const write of writes) {
    if (write.routine) continue;
    const { all, met, lastTs } = tallies.get(write.component) ?? { all: 0, met: 0, lastTs: 0 };
    const isOne = isMet(write);
    tallies.set(write.component, {
      all: all + 1,
      met: met + (isOne ? 1 : 0),
      lastTs: isOne ? Math.max(lastTs, write.ts) : lastTs,
    });
  }
  return tallies;
}

export interface Lane {
  readonly component: ComponentRow;
  readonly marks: readonly { readonly write: WriteRow; readonly x: number }[];
}

/** The components that wrote in the last so many seconds, busiest first by name, with each write at 0 (then) to 1 (now). */
export function lanesOf(
  components: ReadonlyMap<string, ComponentRow>,
  writes: Iterable<WriteRow>,
  now: number,
  seconds: number,
  most: number,
): Lane[] {
  const byComponent = new Map<string, WriteRow[]>();
  for (const write of writes) {
    if (write.routine || write.ts < now - seconds || write.ts > now + 0.001) continue;
    const group = byComponent.get(write.component);
    if (group) group.push(write);
    else byComponent.set(write.component, [write]);
  }
  const lanes: Lane[] = [];
  for (const [id, group] of byComponent) {
    const component = components.get(id);
    if (!component) continue;
    lanes.push({ component, marks: group.map((write) => ({ write, x: 1 - (now - write.ts) / seconds })) });
  }
  const rank = ["client", "unknown", "apiserver", "controller", "scheduler", "kubelet", "etcd", "proxy"];
  lanes.sort(
    (a, b) =>
      rank.indexOf(a.component.actor) - rank.indexOf(b.component.actor) ||
      (a.component.id < b.component.id ? -1 : 1),
  );
  return lanes.slice(0, most);
}

/** Writes per second of each component over the last so many seconds, routine ones left out. */
export function ratesOf(writes: Iterable<WriteRow>, now: number, seconds: number): Map<string, number> {
  const rates = new Map<string, number>();
  for (const write of writes) {
    if (write.routine || write.ts <= now - seconds || write.ts > now) continue;
    rates.set(write.component, (rates.get(write.component) ?? 0) + 1 / seconds);
  }
  return rates;
}

/** How many of the latest writes the server tells (`KEPT` in visualizer/flow/writes.py). */
const TOLD = 200;

/** Over how many of the last so many seconds all writes are told: fewer, where there were more writes than are kept. */
export function toldSeconds(writes: ReadonlyMap<string, WriteRow>, now: number, seconds: number): number {
  if (writes.size < TOLD) return seconds;
  let oldest = now;
  for (const write of writes.values()) if (write.ts < oldest) oldest = write.ts;
  return Math.min(seconds, Math.max(0.05, now - oldest));
}

/** The components that saw a write of the last so many seconds: `kubelet:*` stands for each node's. */
export function wokenBy(writes: Iterable<WriteRow>, now: number, seconds: number): Set<string> {
  const woken = new Set<string>();
  for (const write of writes) {
    if (write.routine || write.ts <= now - seconds || write.ts > now) continue;
    for (const component of write.wakes) woken.add(component);
  }
  return woken;
}

/** A write in a pulse's few letters: `+ Pod`, `~ Pod status`. */
export function labelOf(write: WriteRow): string {
  const what = write.subresource ? `${write.kind} ${write.subresource}` : write.kind;
  return `${SIGNS[write.verb]} ${what}`;
}

/** Writes per second over the last so many seconds, routine ones left out. */
export function rateOf(writes: Iterable<WriteRow>, now: number, seconds: number): number {
  let count = 0;
  for (const write of writes) if (!write.routine && write.ts > now - seconds && write.ts <= now) count++;
  return count / seconds;
}
