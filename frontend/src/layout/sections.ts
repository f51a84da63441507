/** The sections of an object's YAML, one for each field at its top: a sign, what it is, and who writes it. */

import type { Line } from "./margin";

export interface Section {
  /** The first of its lines. */
  readonly from: number;
  readonly sign: string;
  readonly words: string;
  /** Who owns fields in it, or wrote them, most lines first. */
  readonly writers: readonly string[];
}

interface Meaning {
  readonly sign: string;
  readonly words: string;
}

const TYPE: Meaning = { sign: "∷", words: "of which API and kind it is" };
const CONTENT: Meaning = { sign: "≡", words: "what it holds" };
const GRANT: Meaning = { sign: "§", words: "what it grants, and to whom" };
const OWN: Meaning = { sign: "·", words: "a field of this kind’s own" };
/** https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#objects */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ["apiVersion", TYPE],
  ["kind", TYPE],
  ["metadata", { sign: "#", words: "its name, place and labels; the API server fills part of it in" }],
  ["spec", { sign: "◇", words: "what is wanted" }],
  ["status", { sign: "◉", words: "what is, as those say who act on it" }],
  ["data", CONTENT],
  ["binaryData", CONTENT],
  ["stringData", CONTENT],
  ["rules", GRANT],
  ["roleRef", GRANT],
  ["subjects", GRANT],
]);
const WRITERS_AT_MOST = 3;

/** By their first line. Fields that mean the same and follow each other are one section. */
export function readSections(lines: readonly Line[]): ReadonlyMap<number, Section> {
  const sections = new Map<number, Section>();
  let meaning: Meaning | undefined;
  let counts = new Map<string, number>();
  const close = (from: number | undefined) => {
    if (from === undefined || meaning === undefined) return;
    const writers = [...counts.entries()].sort((a, b) => b[1] - a[1]).map(([name]) => name);
    sections.set(from, { from, ...meaning, writers: writers.slice(0, WRITERS_AT_MOST) });
  };
  let begun: number | undefined;
  for (const line of lines) {
    const key = /^([^\s#-][^:]*):/.exec(line.text)?.[1];
    const next = key === undefined ? meaning : (MEANINGS.get(key) ?? OWN);
    if (key !== undefined && (next !== meaning || next === OWN)) {
      close(begun);
      begun = line.number;
      meaning = next;
      counts = new Map();
    }
    if (line.name && line.actor !== "apiserver") counts.set(line.name, (counts.get(line.name) ?? 0) + 1);
  }
  close(begun);
  return sections;
}
