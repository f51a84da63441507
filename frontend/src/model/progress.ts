/** How far a reader is in a lesson. It stays in this browser, and is nobody else's business. */

import type { Lesson } from "./lesson";

/** How one question went. */
export interface Tried {
  /** The answers that were given, in their order, by their place among the answers. */
  readonly answers: readonly number[];
  /** Whether a prediction's play has told. */
  readonly isTold: boolean;
}

export interface Progress {
  /** The lesson's version: of another one the answers do not count. */
  readonly version: number;
  /** The chapter that was last open, and the farthest one. */
  readonly chapter: number;
  readonly farthest: number;
  readonly isDone: boolean;
  /** By `chapter.question`, both from 1. */
  readonly tried: Readonly<Record<string, Tried>>;
}

const KEY = "orrery-lesson-";
export const NO_TRY: Tried = { answers: [], isTold: false };

export function noProgress(version: number): Progress {
  return { version, chapter: 0, farthest: 0, isDone: false, tried: {} };
}

/** What this browser remembers of a log's lesson; undefined: nothing, or nothing that can be read. */
export function readProgress(log: string): Progress | undefined {
  try {
    return progressOf(JSON.parse(localStorage.getItem(KEY + log) ?? "null"));
  } catch {
    return undefined; // no storage here, or not ours
  }
}

export function writeProgress(log: string, progress: Progress): void {
  try {
    localStorage.setItem(KEY + log, JSON.stringify(progress));
  } catch {
    // a page from a disk, or a browser that keeps nothing: then it is not remembered
  }
}

export function progressOf(value: unknown): Progress | undefined {
  if (!isRecord(value)) return undefined;
  const { version, chapter, farthest, isDone, tried } = value;
  if (!isCount(version) || !isCount(chapter) || !isCount(farthest) || !isRecord(tried)) return undefined;
  const known = Object.entries(tried).flatMap(([name, each]): [string, Tried][] => {
    if (!isRecord(each) || !Array.isArray(each.answers)) return [];
    return [[name, { answers: each.answers.filter(isCount), isTold: each.isTold === true }]];
  });
  return { version, chapter, farthest, isDone: isDone === true, tried: Object.fromEntries(known) };
}

/** How many questions there are, how many are answered, and how many of those at first try. */
export function scoreOf(
  lesson: Lesson,
  progress: Progress,
): { readonly asked: number; readonly answered: number; readonly first: number } {
  let [asked, answered, first] = [0, 0, 0];
  lesson.chapters.forEach((chapter, of) => {
    chapter.questions.forEach((question, number) => {
      const { answers } = progress.tried[`${of + 1}.${number + 1}`] ?? NO_TRY;
      asked++;
      if (answers.length > 0) answered++;
      if (question.answers[answers[0] ?? -1]?.isRight) first++;
    });
  });
  return { asked, answered, first };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}
