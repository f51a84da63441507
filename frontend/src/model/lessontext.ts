/** A lesson's text, as its editor reads, tries and keeps it. */

import { type Address, writeAddress } from "./address";
import { send, tokenOfCookie } from "./changes";
import type { Lesson } from "./lesson";

export interface LessonText {
  readonly text: string;
  /** 0 where the log has no lesson yet: then the text is an outline. */
  readonly version: number;
  /** Whether it is another than the one that was shipped with the log. */
  readonly is_edited: boolean;
  readonly is_shipped: boolean;
}

export interface Mistake {
  readonly line: number;
  readonly text: string;
  readonly severity: "error" | "warning";
}

export interface Trial {
  readonly lesson: Lesson;
  readonly mistakes: readonly Mistake[];
}

/** The calls of the API for one log. All reject with `Refused`. */
export class LessonTexts {
  private readonly base: string;

  constructor(log: string) {
    this.base = `/api/logs/${encodeURIComponent(log)}/lesson`;
  }

  read(): Promise<LessonText> {
    return send("GET", `${this.base}/text`, undefined, tokenOfCookie());
  }

  attempt(text: string): Promise<Trial> {
    return send("POST", `${this.base}/preview`, { text }, tokenOfCookie());
  }

  save(text: string, version: number): Promise<LessonText> {
    return send("PUT", this.base, { text, version }, tokenOfCookie());
  }

  /** Back to what was shipped; undefined where nothing was, and the log has no lesson any more. */
  revert(version: number): Promise<LessonText | undefined> {
    return send("DELETE", `${this.base}?version=${version}`, undefined, tokenOfCookie());
  }
}

/** A stage block that says what this address does, for a reader who stands after frame `seq`. */
export function stageBlock(address: Address, seq: number): string {
  const fields = new URLSearchParams(
    writeAddress({ ...address, at: undefined, lesson: undefined, presenter: false }),
  );
  fields.delete("view");
  const lines = [...fields].map(([name, value]) => `${name}: ${scalar(value)}`);
  return ["```stage", `at: ${seq}`, `view: ${address.view}`, ...lines, "```"].join("\n");
}

/** The chapter that a place in the text is in: 0 for what stands before the first. */
export function chapterAt(text: string, offset: number): number {
  return headings(text.slice(0, offset)).length;
}

/** The line (from 1) on which a chapter begins; the text's first for the introduction. */
export function lineOf(text: string, chapter: number): number {
  return headings(text)[chapter - 1] ?? 1;
}

/** The lines on which chapters begin. What stands in a block of code begins none. */
function headings(text: string): number[] {
  let isCode = false;
  return text.split("\n").flatMap((line, index) => {
    if (/^ {0,3}(```|~~~)/.test(line)) isCode = !isCode;
    return !isCode && /^ {0,3}##(\s|$)/.test(line) ? [index + 1] : [];
  });
}

/** Where a line (from 1) begins and ends in the text. */
export function lineAt(text: string, line: number): readonly [number, number] {
  const lines = text.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  return [start, start + (lines[line - 1]?.length ?? 0)];
}

/** A value as YAML reads it back: between quotes where it would not be a plain text. */
function scalar(value: string): string {
  const isPlain = /^[\p{L}\p{N}/]/u.test(value) && !/: |:$| #|\s$|[\n\t]/.test(value);
  return isPlain ? value : JSON.stringify(value);
}
