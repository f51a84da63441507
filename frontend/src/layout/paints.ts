/**
 * What the colour of a pod tells. Each colouring puts a pod under an entry of its legend; each entry has a colour and,
 * wherever there is room for one, a second sign: a shape, a letter or a number.
 */

import { parseTime } from "../model/format";
import type { Colour } from "../model/look";
import type { OwnerRow, PodRow } from "../wire";
import { type PodState, STATE_WORDS, stateOf } from "./pods";

export interface Paint {
  /** A CSS colour: of a pod that is a few pixels large, and of its filling where it is larger. */
  readonly colour: string;
  /** A letter or number in it; empty for none. */
  readonly text: string;
  /** Drawn as this state is, with its outline and shape, instead. */
  readonly state?: PodState;
}

/** An entry of the legend. */
export interface Entry {
  readonly key: string;
  readonly label: string;
  readonly paint: Paint;
}

export interface Colouring {
  /** The legend's entries in its order; undefined where they are as many as there are, the most frequent first. */
  readonly fixed: readonly string[] | undefined;
  /** Whether a pod comes under another entry as time goes by. */
  readonly isOfTime: boolean;
  /** Under which entry a pod comes at this moment (unix seconds). */
  keyOf(pod: PodRow, now: number): string;
  entryOf(key: string): Entry;
}

/** A pod's colour where it is too small for a shape. */
const STATE_COLOURS: Readonly<Record<PodState, string>> = {
  ready: "var(--kubelet)",
  starting: "color-mix(in srgb, var(--kubelet) 48%, var(--panel))",
  unready: "var(--warn)",
  failed: "var(--bad)",
  done: "color-mix(in srgb, var(--ink-3) 50%, var(--panel))",
  leaving: "var(--ink-2)",
};

const STATES = Object.keys(STATE_WORDS) as PodState[];

export const PHASES: Colouring = {
  fixed: STATES,
  isOfTime: false,
  keyOf: stateOf,
  entryOf: (key) => {
    const state = STATES.find((each) => each === key) ?? "unready";
    return { key, label: STATE_WORDS[state], paint: { colour: STATE_COLOURS[state], text: "", state } };
  },
};

const READINESS: Readonly<Record<string, readonly [string, PodState]>> = {
  ready: ["ready", "ready"],
  unready: ["not ready", "unready"],
  ended: ["ended, never ready again", "done"],
};

const OF_READINESS: Colouring = {
  fixed: Object.keys(READINESS),
  isOfTime: false,
  keyOf: (pod) =>
    pod.is_ready ? "ready" : pod.phase === "Succeeded" || pod.phase === "Failed" ? "ended" : "unready",
  entryOf: (key) => {
    const [label, state] = READINESS[key] ?? ["", "unready" as const];
    return { key, label, paint: { colour: STATE_COLOURS[state], text: "", state } };
  },
};

const KINDS: Readonly<Record<string, readonly [string, string]>> = {
  Deployment: ["--controller", "D"],
  ReplicaSet: ["--apiserver", "R"],
  StatefulSet: ["--etcd", "S"],
  DaemonSet: ["--proxy", "d"],
  Job: ["--scheduler", "J"],
  CronJob: ["--warn", "C"],
  ReplicationController: ["--apiserver", "r"],
  Node: ["--client", "N"],
  "": ["--ink-3", ""],
};

const HUES = [
  "--controller",
  "--apiserver",
  "--client",
  "--etcd",
  "--scheduler",
  "--kubelet",
  "--proxy",
  "--warn",
];

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
/** Up to which age, the legend's words, the sign, and how much of the accent is in the colour. */
const AGES: readonly (readonly [number, string, string, number])[] = [
  [MINUTE, "under a minute", "s", 100],
  [HOUR, "under an hour", "m", 76],
  [DAY, "under a day", "h", 54],
  [7 * DAY, "under a week", "d", 36],
  [Number.POSITIVE_INFINITY, "a week or older", "w", 20],
];

const OF_AGE: Colouring = {
  fixed: [...AGES.map(([, , sign]) => sign), "?"],
  isOfTime: true,
  keyOf: (pod, now) => {
    const created = parseTime(pod.created);
    return created === undefined ? "?" : (AGES.find(([until]) => now - created < until)?.[2] ?? "?");
  },
  entryOf: (key) => {
    const found = AGES.find(([, , sign]) => sign === key);
    if (!found) return { key, label: "of unknown age", paint: { colour: "var(--ink-3)", text: "?" } };
    const colour = `color-mix(in srgb, var(--client) ${found[3]}%, var(--apiserver))`;
    return { key, label: found[1], paint: { colour: key === "w" ? "var(--apiserver)" : colour, text: key } };
  },
};

/** From so many restarts on; the last that fits is taken. */
const RESTARTS: readonly (readonly [number, string, string])[] = [
  [0, "never restarted", "color-mix(in srgb, var(--kubelet) 45%, var(--panel))"],
  [1, "1 to 4 restarts", "color-mix(in srgb, var(--warn) 62%, var(--panel))"],
  [5, "5 to 19", "var(--warn)"],
  [20, "20 or more", "var(--bad)"],
];

const OF_RESTARTS: Colouring = {
  fixed: RESTARTS.map(([from]) => String(from)),
  isOfTime: false,
  keyOf: ({ restarts }) => String(restarts < 1 ? 0 : restarts < 5 ? 1 : restarts < 20 ? 5 : 20),
  entryOf: (key) => {
    const [from, label, colour] = RESTARTS.find((each) => String(each[0]) === key) ?? [0, "", "var(--ink-3)"];
    return { key, label, paint: { colour, text: from === 0 ? "" : from === 20 ? "20" : String(from) } };
  },
};

/** What a colour tells; owners are looked up among these, at the top of their tree. */
export function makeColouring(colour: Colour, owners: ReadonlyMap<string, OwnerRow>): Colouring {
  if (colour === "readiness") return OF_READINESS;
  if (colour === "age") return OF_AGE;
  if (colour === "restarts") return OF_RESTARTS;
  if (colour === "kind") return ofKind(owners);
  if (colour === "owner") return ofOwner(owners);
  return PHASES;
}

function ofKind(owners: ReadonlyMap<string, OwnerRow>): Colouring {
  return {
    fixed: undefined,
    isOfTime: false,
    keyOf: (pod) => topOf(pod, owners)?.kind ?? "",
    entryOf: (key) => {
      const [hue, text] = KINDS[key] ?? ["--unknown", key.slice(0, 1)];
      const label = key === "Node" ? "static, of its node" : key || "no owner";
      return { key, label, paint: { colour: `var(${hue})`, text } };
    },
  };
}

function ofOwner(owners: ReadonlyMap<string, OwnerRow>): Colouring {
  return {
    fixed: undefined,
    isOfTime: false,
    keyOf: (pod) => topOf(pod, owners)?.id ?? "",
    entryOf: (key) => {
      const owner = owners.get(key);
      if (!owner) return { key, label: "no owner", paint: { colour: "var(--ink-3)", text: "" } };
      const hue = HUES[hash(key) % HUES.length];
      const text = owner.name.slice(0, 1).toUpperCase();
      return { key, label: `${owner.name} · ${owner.namespace}`, paint: { colour: `var(${hue})`, text } };
    },
  };
}

/** What in the end made the pod: the Deployment and not its ReplicaSet. */
export function topOf(pod: PodRow, owners: ReadonlyMap<string, OwnerRow>): OwnerRow | undefined {
  let top = owners.get(pod.owner);
  for (let steps = 0; top && steps < 16; steps++) {
    const above = owners.get(top.owner);
    if (!above) return top;
    top = above;
  }
  return top;
}

/** An owner with all that it made, and these made, and so on: whose owner is among them was made by it. */
export function madeBy(owner: string, owners: ReadonlyMap<string, OwnerRow>): ReadonlySet<string> {
  const made = new Set([owner]);
  let before = 0;
  while (made.size > before) {
    before = made.size;
    for (const row of owners.values()) if (made.has(row.owner)) made.add(row.id);
  }
  return made;
}

/** The same number for the same text, in every browser (FNV-1a). */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}
