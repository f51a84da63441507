/**
 * Where a stage has from what it shows: a server, or (offline/) the file that it is in.
 *
 * Nothing else on the stage knows which it is, but for what only a server can do: that is not offered where `isFile`.
 */

import type { ClientMessage } from "../wire";
import { Connection, type Listener } from "./connection";
import type { LessonTold } from "./lesson";

/** What carries the messages of one viewer. */
export interface Line {
  open(): void;
  send(message: ClientMessage): void;
  close(): void;
}

export interface LogName {
  readonly slug: string;
  readonly title: string;
  readonly is_live: boolean;
}

export interface Note {
  readonly seq: number;
  readonly ts: number;
  readonly text: string;
  readonly command: string | null;
}

export interface TimelineData {
  readonly begin_ts: number;
  readonly first_ts: number;
  readonly last_ts: number;
  readonly opening_ts: number;
  readonly counts: readonly number[];
  readonly notes: readonly Note[];
}

export interface Origin {
  /** Whether all of it is in one file, with no server behind it. */
  readonly isFile: boolean;
  /** A line to this log, which is still to be opened. */
  connect(log: string, listener: Listener): Line;
  /** What the timeline draws: so many buckets, of the whole log or (of a live one) of so many of its last seconds. */
  timeline(log: string, buckets: number, last: number | undefined): Promise<TimelineData>;
  /** Every log that may be gone to from here; undefined where that is not told just now. */
  logs(): Promise<readonly LogName[] | undefined>;
  /** The log's lesson; undefined where it has none. */
  lesson(log: string): Promise<LessonTold | undefined>;
  /** The fields of the page's address, as a query. */
  readQuery(): string;
  /** The page's address with this query instead. */
  addressOf(query: string): string;
}

export const SERVER: Origin = {
  isFile: false,
  connect(log, listener) {
    const scheme = window.location.protocol === "https:" ? "wss" : "ws";
    return new Connection(`${scheme}://${window.location.host}/ws/logs/${log}/`, listener);
  },
  async timeline(log, buckets, last) {
    const part = last === undefined ? "" : `&last=${last}`;
    const response = await fetch(`/api/logs/${encodeURIComponent(log)}/timeline?buckets=${buckets}${part}`);
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return (await response.json()) as TimelineData;
  },
  async logs() {
    const response = await fetch("/api/logs");
    return response.ok ? ((await response.json()) as LogName[]) : undefined;
  },
  async lesson(log) {
    const response = await fetch(`/api/logs/${encodeURIComponent(log)}/lesson`);
    return response.status === 200 ? ((await response.json()) as LessonTold) : undefined;
  },
  readQuery: () => window.location.search,
  addressOf: (query) => `${window.location.pathname}${query}`,
};
