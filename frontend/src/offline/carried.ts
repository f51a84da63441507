/**
 * What a file carries: the parts that visualizer/offline puts into the page, unpacked when they are first needed.
 *
 * Each part is JSON, compressed with gzip and written as base64, in a script element that is no script.
 */

import type { LessonTold } from "../model/lesson";
import type { TimelineData } from "../model/origin";
import type { Hello, TableData } from "../wire";

/** Rows by table. */
export type TablesData = Readonly<Record<string, TableData>>;

export interface Start {
  readonly hello: Hello;
  readonly openingTs: number;
  readonly timeline: TimelineData;
  readonly intro: string;
  /** The recording's lesson; null where it has none. */
  readonly lesson: LessonTold | null;
}

/** A frame: when it was seen, what it is to stepping, and the rows that it altered, by diagram or `matches FILTER`. */
export type FrameData = readonly [ts: number, kind: number, altered: Readonly<Record<string, TablesData>>];

export interface Pictures {
  readonly opening: Readonly<Record<string, TablesData>>;
  /** The frames after the opening, in order. */
  readonly frames: readonly FrameData[];
  /** The filters whose matches are carried, and what is wrong with each. */
  readonly filters: Readonly<Record<string, readonly string[]>>;
}

export interface Tape {
  readonly places: readonly number[];
  readonly answers: readonly number[];
}

export interface Answers {
  readonly pool: readonly unknown[];
  readonly tapes: Readonly<Record<string, Tape>>;
}

export interface Carried {
  readonly start: () => Promise<Start>;
  readonly pictures: () => Promise<Pictures>;
  readonly answers: () => Promise<Answers>;
}

/** The parts of this page. */
export function partsOf(page: Document): Carried {
  const part = <Kind>(id: string): (() => Promise<Kind>) => {
    let unpacked: Promise<Kind> | undefined;
    return () => {
      unpacked ??= unpack<Kind>(page.getElementById(id)?.textContent ?? "");
      return unpacked;
    };
  };
  return { start: part("start"), pictures: part("pictures"), answers: part("answers") };
}

async function unpack<Kind>(text: string): Promise<Kind> {
  const letters = atob(text);
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text()) as Kind;
}
