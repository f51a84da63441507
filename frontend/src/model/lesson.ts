/**
 * A lesson as the server (or the file it is in) tells it, and what follows from it for the stage. Plain data.
 *
 * Chapters are counted from 1. Chapter 0 is the introduction, and one after the last tells how it went.
 */

import { type Address, readAddress, writeAddress } from "./address";

export interface LessonPause {
  readonly seq: number;
  /** What is said there; empty: nothing. HTML that the server made. */
  readonly html: string;
}

export interface LessonStage {
  readonly at: number;
  /** Where its play ends; the same as `at` where nothing is played. */
  readonly until: number;
  readonly pauses: readonly LessonPause[];
  /** How fast it plays. */
  readonly speed: number;
  /** The stage's address, field by field; what is not named is as when the page opens. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface LessonAnswer {
  readonly html: string;
  readonly explanation: string;
  readonly isRight: boolean;
}

export interface LessonQuestion {
  readonly kind: "choose" | "predict";
  readonly html: string;
  readonly answers: readonly LessonAnswer[];
  readonly told: string;
  readonly stage: LessonStage;
}

export interface LessonChapter {
  readonly title: string;
  readonly html: string;
  readonly stage: LessonStage;
  readonly questions: readonly LessonQuestion[];
}

export interface Lesson {
  readonly title: string;
  readonly subject: string;
  readonly minutes: number;
  readonly summary: string;
  readonly intro: string;
  readonly chapters: readonly LessonChapter[];
}

export interface LessonTold {
  readonly lesson: Lesson;
  readonly version: number;
  /** The course's next lesson; null after its last. */
  readonly next: { readonly slug: string; readonly title: string } | null;
}

/** The address that a chapter's stage sets. What is about the reader and not about the picture stays. */
export function addressOf(stage: LessonStage, chapter: number, before: Address): Address {
  const set = readAddress(`?${new URLSearchParams({ ...stage.fields })}`);
  return { ...set, at: stage.at, lesson: chapter, presenter: before.presenter };
}

/** The address that a link in the text leads to: the fields it names, and the others as they are. */
export function followLink(query: string, before: Address): Address {
  const fields = new URLSearchParams(writeAddress(before));
  const named = new URLSearchParams(query);
  if (named.has("selected")) fields.delete("version");
  for (const [name, value] of named) fields.set(name, value);
  return { ...readAddress(`?${fields}`), lesson: before.lesson, presenter: before.presenter };
}

/** Where the next play of this stage stops for a reader who stands at `seq`; undefined where it has ended. */
export function nextStop(stage: LessonStage, seq: number): number | undefined {
  return [...stage.pauses.map((pause) => pause.seq), stage.until].find((stop) => stop > seq);
}

/** Whether somebody who stands at `seq` is between a chapter's beginning and the end of all that it plays. */
export function isWithin(chapter: LessonChapter, seq: number): boolean {
  const stages = [chapter.stage, ...chapter.questions.map((question) => question.stage)];
  return (
    seq >= Math.min(...stages.map((stage) => stage.at)) &&
    seq <= Math.max(...stages.map((stage) => stage.until))
  );
}

/** Whether the picture is another than the chapter's. What is looked at closer does not matter. */
export function isElsewhere(chapter: LessonChapter, number: number, address: Address): boolean {
  const its = addressOf(chapter.stage, number, address);
  const narrowed = (of: Address): string =>
    writeAddress({
      ...of,
      at: undefined,
      selected: "",
      version: undefined,
      part: its.part,
      trace: its.trace,
      table: its.table,
    });
  return narrowed(its) !== narrowed(address);
}
