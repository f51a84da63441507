/** A probe as a small state machine: three states in a row, the ways between them, and its past as a strip. Pure. */

import type { ProbeFacts, Spell } from "../wire";

export const WIDTH = 266;
export const HEIGHT = 82;
const BOX = { width: 66, height: 32, y: 18 } as const;
const GAP = (WIDTH - 3 * BOX.width) / 2;
const MOST_DOTS = 8;

/** How a state is drawn: by colour and sign, never by one alone. */
export type Tone = "ok" | "warn" | "bad" | "idle";

export interface Box {
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** The state that the probe is in. */
  readonly isLit: boolean;
  readonly tone: Tone;
  /** How many failures count and how many are known, where they are counted in this state. */
  readonly dots: { readonly known: number; readonly of: number } | undefined;
}

export interface Way {
  readonly path: string;
  /** The tip of its arrow, as a path of its own. */
  readonly tip: string;
  readonly label: string;
  readonly labelX: number;
  readonly labelY: number;
  /** The way that a failure takes. */
  readonly isFailure: boolean;
  readonly isLit: boolean;
}

export interface Machine {
  readonly boxes: readonly [Box, Box, Box];
  readonly ways: readonly Way[];
}

type Kind = ProbeFacts["kind"];
type State = ProbeFacts["state"];

const NAMES: Readonly<Record<Kind, readonly [string, string, string]>> = {
  startup: ["waits", "probing", "passed"],
  liveness: ["waits", "passing", "failed"],
  readiness: ["waits", "not ready", "ready"],
};
/** In which box a probe of each kind is; undefined: in none. */
const PLACES: Readonly<Record<Kind, Readonly<Partial<Record<State, 0 | 1 | 2>>>>> = {
  startup: { waits: 0, probing: 1, failed: 1, passing: 2 },
  liveness: { waits: 0, held: 0, passing: 1, failing: 1, failed: 2 },
  readiness: { waits: 0, held: 0, failed: 1, passing: 2, failing: 2 },
};
/** Where failures are counted. */
const COUNTED: Readonly<Record<Kind, 0 | 1 | 2>> = { startup: 1, liveness: 1, readiness: 2 };

/** How each state is drawn. */
export const TONES: Readonly<Record<State, Tone>> = {
  waits: "idle",
  held: "idle",
  probing: "idle",
  passing: "ok",
  failing: "warn",
  failed: "bad",
  over: "idle",
  unknown: "idle",
};

/** The sign of each tone. */
export const SIGNS: Readonly<Record<Tone, string>> = { ok: "●", warn: "▲", bad: "✕", idle: "○" };

/** What a state is called, for readers of the strip and of the table. */
export function nameOf(kind: Kind, state: State): string {
  if (state === "held") return "held back";
  if (state === "over") return "not probed any more";
  if (state === "failing") return "failing, too seldom to count";
  const place = PLACES[kind][state];
  if (kind === "startup" && state === "failed") return "failed";
  return place === undefined ? "not known" : NAMES[kind][place];
}

export function layMachine(probe: ProbeFacts): Machine {
  const place = PLACES[probe.kind][probe.state];
  const boxes = [0, 1, 2].map((index) => layBox(probe, index as 0 | 1 | 2, place === index));
  return { boxes: boxes as unknown as Machine["boxes"], ways: layWays(probe) };
}

function layBox(probe: ProbeFacts, index: 0 | 1 | 2, isLit: boolean): Box {
  const isCounted = index === COUNTED[probe.kind];
  return {
    label: index === 0 && probe.state === "held" ? "held back" : NAMES[probe.kind][index],
    x: index * (BOX.width + GAP),
    y: BOX.y,
    width: BOX.width,
    height: BOX.height,
    isLit,
    tone: isLit ? TONES[probe.state] : "idle",
    dots: isCounted ? { known: isLit ? probe.failures : 0, of: probe.failureThreshold } : undefined,
  };
}

/** Whether so many are drawn as dots; more are written. */
export function areDots(threshold: number): boolean {
  return threshold <= MOST_DOTS;
}

function layWays(probe: ProbeFacts): Way[] {
  const failures = `✕ ${probe.failureThreshold} × ${probe.period} s`;
  const successes =
    probe.successThreshold === 1 ? "✓ once" : `✓ ${probe.successThreshold} × ${probe.period} s`;
  const start = probe.initialDelay > 0 ? `after ${probe.initialDelay} s` : "runs";
  const isFailed = probe.state === "failed";
  if (probe.kind === "startup")
    return [
      forward(0, start),
      forward(1, successes),
      back(1, 0, `${failures}: ends the container`, isFailed),
    ];
  if (probe.kind === "liveness")
    return [
      forward(0, start),
      { ...forward(1, failures), isFailure: true, isLit: isFailed },
      back(2, 0, "ends the container", isFailed),
    ];
  return [forward(0, start), forward(1, successes), back(2, 1, failures, isFailed && probe.failures > 0)];
}

function forward(from: number, label: string): Way {
  const begin = from * (BOX.width + GAP) + BOX.width;
  const end = begin + GAP;
  const y = BOX.y + BOX.height / 2;
  return {
    path: `M${begin + 2} ${y}H${end - 4}`,
    tip: `M${end - 8} ${y - 3.5}L${end - 2} ${y}L${end - 8} ${y + 3.5}`,
    label,
    labelX: begin + GAP / 2,
    labelY: BOX.y - 7,
    isFailure: false,
    isLit: false,
  };
}

/** The way back, below the boxes. */
function back(from: number, to: number, label: string, isLit: boolean): Way {
  const middle = (index: number) => index * (BOX.width + GAP) + BOX.width / 2;
  const [begin, end, top, low] = [middle(from), middle(to), BOX.y + BOX.height, BOX.y + BOX.height + 14];
  return {
    path: `M${begin} ${top + 2}V${low - 6}Q${begin} ${low} ${begin - 6} ${low}H${end + 6}Q${end} ${low} ${end} ${low - 6}V${top + 4}`,
    tip: `M${end - 3.5} ${top + 8}L${end} ${top + 2}L${end + 3.5} ${top + 8}`,
    label,
    labelX: (begin + end) / 2,
    labelY: low + 14,
    isFailure: true,
    isLit,
  };
}

/** One stretch of the strip. */
export interface Stretch {
  readonly x: number;
  readonly width: number;
  readonly spell: Spell;
  readonly tone: Tone;
}

const NARROWEST = 2;

/** The spells along a line of this width, in proportion to time; what is very short keeps a width that can be seen. */
export function layStrip(spells: readonly Spell[], width: number): Stretch[] {
  const [first, last] = [spells[0], spells.at(-1)];
  if (!first || !last) return [];
  const span = last.end - first.begin;
  const scale = span > 0 ? (width - NARROWEST * spells.length) / span : 0;
  let x = 0;
  return spells.map((spell) => {
    const wide =
      span > 0 ? NARROWEST + Math.max(0, (spell.end - spell.begin) * scale) : width / spells.length;
    const stretch = { x, width: wide, spell, tone: TONES[spell.state] };
    x += wide;
    return stretch;
  });
}
