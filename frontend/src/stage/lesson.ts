/** The lesson beside the diagram: its chapters, their text and play, their questions, and how it went. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import { count } from "../model/format";
import type { Lesson, LessonChapter, LessonPause, LessonStage } from "../model/lesson";
import { nextStop } from "../model/lesson";
import type { LessonDesk } from "../model/lessondesk";
import { scoreOf } from "../model/progress";
import type { Viewer } from "../model/viewer";
import { StageElement } from "./element";
import { drawQuestion } from "./question";

/** What a reader of a lesson asks of the stage. */
export type LessonWish =
  | { readonly name: "chapter"; readonly value: number }
  | { readonly name: "link"; readonly value: string }
  | { readonly name: "back" }
  | { readonly name: "leave" }
  | { readonly name: "inspect" }
  | { readonly name: "edit" };

export class LessonElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    desk: { attribute: false },
    number: { attribute: false },
    isAway: { attribute: false },
    selected: { attribute: false },
    mayEdit: { attribute: false },
    tick: { attribute: false },
  };
  declare viewer: Viewer;
  declare desk: LessonDesk;
  /** Which chapter is shown: 0 for the introduction, one more than there are for how it went. */
  declare number: number;
  /** Whether the picture is another than the chapter's. */
  declare isAway: boolean;
  declare selected: string;
  declare mayEdit: boolean;
  declare tick: number;
  private shown: number | undefined;

  protected override render(): TemplateResult | typeof nothing {
    const { lesson } = this.desk;
    if (!lesson) return nothing;
    return html`
      ${this.drawHead(lesson)}
      <div class="lesson-text" tabindex="0" role="region" aria-label="Lesson" @click=${this.followLink}>${this.drawStep(lesson)}</div>
      ${this.drawFoot(lesson)}`;
  }

  /** A new chapter begins at its top, and the keyboard with it. */
  protected override updated(_changed: PropertyValues): void {
    if (this.shown === this.number || !this.desk.lesson) return;
    const isFirst = this.shown === undefined;
    this.shown = this.number;
    const text = this.querySelector<HTMLElement>(".lesson-text");
    text?.scrollTo(0, 0);
    if (!isFirst) text?.querySelector("h2")?.focus({ preventScroll: true });
  }

  private drawHead(lesson: Lesson): TemplateResult {
    const { farthest } = this.desk.progress;
    return html`<header class="lesson-head">
      <div class="lesson-name"><span>${lesson.title}</span>
        ${this.mayEdit ? html`<button class="link" @click=${() => this.wish({ name: "edit" })}>Edit</button>` : nothing}
        <button class="close" aria-label="Leave the lesson" title="Leave the lesson" @click=${() => this.wish({ name: "leave" })}>×</button></div>
      <nav class="lesson-steps" aria-label="Chapters">${lesson.chapters.map((chapter, index) => {
        const number = index + 1;
        const state = number === this.number ? "here" : number <= farthest ? "seen" : "";
        return html`<button class=${state} aria-current=${number === this.number ? "step" : nothing} title="${number}. ${chapter.title}"
          aria-label="Chapter ${number}: ${chapter.title}" @click=${() => this.go(number)}></button>`;
      })}</nav>
      ${
        this.isAway
          ? html`<button class="lesson-back" @click=${() => this.wish({ name: "back" })}><span aria-hidden="true">◂</span> Back to the lesson’s picture</button>`
          : nothing
      }
    </header>`;
  }

  private drawStep(lesson: Lesson): TemplateResult {
    const chapter = this.desk.chapter(this.number);
    if (chapter) return this.drawChapter(lesson, chapter);
    return this.number === 0 ? this.drawIntro(lesson) : this.drawEnd(lesson);
  }

  private drawIntro(lesson: Lesson): TemplateResult {
    const { farthest } = this.desk.progress;
    return html`
      <div class="lesson-eyebrow">${lesson.subject}${lesson.minutes ? ` · about ${lesson.minutes} min` : ""}</div>
      <h2 tabindex="-1">${lesson.title}</h2>
      <p class="lesson-summary">${lesson.summary}</p>
      <div class="prose">${unsafeHTML(lesson.intro)}</div>
      <h3>Chapters</h3>
      <ol class="lesson-list">${lesson.chapters.map(
        (chapter, index) =>
          html`<li class=${index + 1 <= farthest ? "seen" : ""}><button class="link" @click=${() => this.go(index + 1)}>${chapter.title}</button></li>`,
      )}</ol>`;
  }

  private drawChapter(lesson: Lesson, chapter: LessonChapter): TemplateResult {
    return html`
      <div class="lesson-eyebrow">Chapter ${this.number} of ${lesson.chapters.length}</div>
      <h2 tabindex="-1">${chapter.title}</h2>
      <div class="prose">${unsafeHTML(chapter.html)}</div>
      ${this.drawSelected()} ${this.drawPlay(chapter.stage)}
      ${chapter.questions.map((question, index) =>
        drawQuestion({
          question,
          tried: this.desk.tried(this.number, index + 1),
          isPlaying: this.viewer.place?.mode === "playing",
          answer: (answer) => this.desk.answer(this.number, index + 1, answer),
          play: () => this.desk.play(question.stage),
          skip: () => this.viewer.seek(question.stage.until),
        }),
      )}`;
  }

  private drawSelected(): TemplateResult | typeof nothing {
    if (!this.selected) return nothing;
    const name = this.selected.slice(this.selected.lastIndexOf("/") + 1).replace(/^.*:/, "");
    return html`<p class="lesson-selected">Marked in the picture: <button class="link" @click=${() => this.wish({ name: "inspect" })}>${name}</button></p>`;
  }

  private drawPlay(stage: LessonStage): TemplateResult | typeof nothing {
    if (stage.until <= stage.at) return nothing;
    const { place } = this.viewer;
    const seq = place?.seq ?? 0;
    const said = stage.pauses.find((pause) => pause.seq === seq && pause.html);
    const isPlaying = place?.mode === "playing";
    const isBefore = seq <= stage.at;
    const isOver = seq >= stage.until;
    const more = nextStop(stage, seq) === stage.until ? "Play on" : "Play on to the next stop";
    return html`
      ${said && !isPlaying ? drawSaid(said) : nothing}
      <div class="lesson-play">
        ${
          isPlaying
            ? html`<button class="button" @click=${() => this.viewer.pause()}><span aria-hidden="true">❚❚</span> Pause</button>`
            : html`<button class="button ${isOver ? "" : "primary"}" @click=${() => this.desk.play(stage)}><span aria-hidden="true">${isOver ? "↺" : "▶"}</span> ${
                isOver ? "Play it again" : isBefore ? "Play this" : more
              }</button>`
        }
        ${isOver || isPlaying ? nothing : html`<button class="link" @click=${() => this.viewer.seek(stage.until)}>skip to its end</button>`}
        ${isPlaying ? html`<span class="hint">${place?.speed}× · watch the picture</span>` : nothing}
      </div>`;
  }

  private drawEnd(lesson: Lesson): TemplateResult {
    const { asked, answered, first } = scoreOf(lesson, this.desk.progress);
    const next = this.desk.told?.next;
    return html`
      <div class="lesson-eyebrow">That was</div>
      <h2 tabindex="-1">${lesson.title}</h2>
      ${
        asked > 0
          ? html`<p class="lesson-score"><b>${first} of ${asked}</b> at first try</p>
        ${answered < asked ? html`<p>${count(asked - answered, "question")} you have not answered yet.</p>` : nothing}`
          : nothing
      }
      <p>The recording is yours now: click anything, play any of it again, turn it back.</p>
      ${
        next
          ? html`<p class="lesson-next"><a class="button primary" href="/logs/${encodeURIComponent(next.slug)}/?lesson=0">Next lesson: ${next.title} <span aria-hidden="true">▸</span></a></p>`
          : nothing
      }
      <p>${this.viewer.origin.isFile ? nothing : html`<a href="/">All lessons</a> · `}<button class="link" @click=${this.restart}>Take it again</button></p>
      <p><orrery-takeaway .viewer=${this.viewer} .log=${this.viewer.hello?.slug ?? ""} .words=${"Take it with you: one HTML file"} .tick=${this.viewer.place?.seq ?? 0}></orrery-takeaway></p>`;
  }

  private drawFoot(lesson: Lesson): TemplateResult {
    const { number } = this;
    const isEnd = number > lesson.chapters.length;
    const words =
      number === 0 ? "Start" : number === lesson.chapters.length ? "How did it go?" : "Next chapter";
    return html`<footer class="lesson-foot">
      <button class="button" ?disabled=${number === 0} @click=${() => this.go(number - 1)} title="p"><span aria-hidden="true">◂</span> Back</button>
      <span class="hint">${number === 0 ? "" : isEnd ? "" : `${number} / ${lesson.chapters.length}`}</span>
      ${isEnd ? nothing : html`<button class="button ${this.isNextDue ? "primary" : ""}" @click=${() => this.go(number + 1)} title="n">${words} <span aria-hidden="true">▸</span></button>`}
    </footer>`;
  }

  /** Whether the chapter has nothing more to be done: all is played and answered. */
  private get isNextDue(): boolean {
    const chapter = this.desk.chapter(this.number);
    if (!chapter) return this.number === 0;
    const seq = this.viewer.place?.seq ?? 0;
    const isPlayed = chapter.stage.until <= chapter.stage.at || seq >= chapter.stage.until;
    return (
      isPlayed &&
      chapter.questions.every((question, index) => {
        const { answers, isTold } = this.desk.tried(this.number, index + 1);
        return question.kind === "predict"
          ? isTold
          : answers.some((answer) => question.answers[answer]?.isRight);
      })
    );
  }

  private readonly restart = (): void => {
    this.desk.restart();
    this.go(0);
  };

  private readonly followLink = (event: MouseEvent): void => {
    const link = (event.target as HTMLElement).closest<HTMLAnchorElement>("a[data-stage]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.wish({ name: "link", value: link.getAttribute("href") ?? "" });
  };

  private go(value: number): void {
    this.wish({ name: "chapter", value });
  }

  private wish(detail: LessonWish): void {
    this.dispatchEvent(new CustomEvent<LessonWish>("lesson", { detail, bubbles: true }));
  }
}

customElements.define("orrery-lesson", LessonElement);

function drawSaid(pause: LessonPause): TemplateResult {
  return html`<div class="lesson-said prose" role="status">${unsafeHTML(pause.html)}</div>`;
}
