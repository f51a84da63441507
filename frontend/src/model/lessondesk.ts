/**
 * The lesson of the log on the stage: what it tells, how far the reader is, and what is played for it.
 *
 * It moves the viewer and nothing else: which address a chapter has is said to whoever holds the address.
 */

import {
  isWithin,
  type Lesson,
  type LessonChapter,
  type LessonStage,
  type LessonTold,
  nextStop,
} from "./lesson";
import { NO_TRY, noProgress, type Progress, readProgress, type Tried, writeProgress } from "./progress";
import type { Viewer } from "./viewer";

export class LessonDesk {
  /** What is told of it; undefined before that is known, and where the log has none. */
  told: LessonTold | undefined;
  isLoaded = false;
  progress: Progress = noProgress(0);
  /** What an editor shows in its place. */
  preview: Lesson | undefined;
  private readonly viewer: Viewer;
  private readonly log: string;
  private readonly changed: () => void;

  constructor(viewer: Viewer, log: string, changed: () => void) {
    this.viewer = viewer;
    this.log = log;
    this.changed = changed;
  }

  get lesson(): Lesson | undefined {
    return this.preview ?? this.told?.lesson;
  }

  async load(): Promise<void> {
    try {
      this.told = await this.viewer.origin.lesson(this.log);
    } catch {
      this.told = undefined; // the server does not answer; the stage says so already
    }
    this.isLoaded = true;
    const version = this.told?.version ?? 0;
    const known = readProgress(this.log);
    this.progress = known?.version === version ? known : noProgress(version);
    this.changed();
  }

  /** Show what an editor has in the place of the log's lesson; undefined: that again. */
  show(preview: Lesson | undefined): void {
    this.preview = preview;
    this.changed();
  }

  chapter(number: number): LessonChapter | undefined {
    return this.lesson?.chapters[number - 1];
  }

  /** How many steps there are: the introduction, the chapters, and how it went. */
  get last(): number {
    return (this.lesson?.chapters.length ?? 0) + 1;
  }

  /** The reader is at this chapter. */
  enter(number: number): void {
    const { farthest, isDone } = this.progress;
    this.keep({
      ...this.progress,
      chapter: number,
      farthest: Math.max(farthest, number),
      isDone: isDone || number === this.last,
    });
  }

  tried(chapter: number, question: number): Tried {
    return this.progress.tried[`${chapter}.${question}`] ?? NO_TRY;
  }

  /** An answer was given. A prediction has only one. */
  answer(chapter: number, question: number, answer: number): void {
    const before = this.tried(chapter, question);
    this.setTried(chapter, question, { ...before, answers: [...before.answers, answer] });
    const asked = this.chapter(chapter)?.questions[question - 1];
    if (asked?.kind === "predict") this.play(asked.stage);
  }

  restart(): void {
    this.keep(noProgress(this.progress.version));
  }

  /** Play a stage from where the reader is in it, else from its beginning, to the next stop. */
  play(stage: LessonStage): void {
    const seq = this.viewer.place?.seq ?? 0;
    const isIn = seq >= stage.at && seq < stage.until;
    if (!isIn) this.viewer.seek(stage.at);
    const stop = nextStop(stage, isIn ? seq : stage.at);
    if (stop !== undefined) this.viewer.play(stage.speed, stop);
  }

  /** Where playing is to stop, for a reader of this chapter who plays by the timeline. */
  stopOf(number: number | undefined): { readonly seq: number; readonly speed: number } | undefined {
    const chapter = number === undefined ? undefined : this.chapter(number);
    const seq = this.viewer.place?.seq ?? 0;
    if (!chapter || !isWithin(chapter, seq)) return undefined;
    for (const stage of [chapter.stage, ...chapter.questions.map((question) => question.stage)]) {
      const stop = seq >= stage.at ? nextStop(stage, seq) : undefined;
      if (stop !== undefined) return { seq: stop, speed: stage.speed };
    }
    return undefined;
  }

  /** See whether a prediction's play has told by now. */
  follow(number: number | undefined): void {
    const { place } = this.viewer;
    const chapter = number === undefined ? undefined : this.chapter(number);
    if (!place || !chapter || number === undefined) return;
    chapter.questions.forEach((question, index) => {
      const tried = this.tried(number, index + 1);
      const isDue = question.kind === "predict" && tried.answers.length > 0 && !tried.isTold;
      if (isDue && place.seq >= question.stage.until)
        this.setTried(number, index + 1, { ...tried, isTold: true });
    });
  }

  private setTried(chapter: number, question: number, tried: Tried): void {
    this.keep({ ...this.progress, tried: { ...this.progress.tried, [`${chapter}.${question}`]: tried } });
  }

  private keep(progress: Progress): void {
    this.progress = progress;
    if (!this.preview) writeProgress(this.log, progress);
    this.changed();
  }
}
