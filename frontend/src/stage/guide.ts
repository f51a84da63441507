/** The guide: leads a reader through the log's lesson, and lets them wander off and come back at any time. */

import { html, nothing, type TemplateResult } from "lit";
import type { Address } from "../model/address";
import { addressOf, followLink, isElsewhere, isWithin, type LessonChapter } from "../model/lesson";
import { LessonDesk } from "../model/lessondesk";
import type { Viewer } from "../model/viewer";
import "./lesson";
import "./lessoneditor";
import type { LessonWish } from "./lesson";

/** What a guide needs of the stage. */
export interface Guided {
  readonly viewer: Viewer;
  readonly address: Address;
  /** Show this address, and go to its place. */
  show(address: Address, how: "enter" | "rewrite"): void;
  redraw(): void;
}

export class LessonGuide {
  readonly desk: LessonDesk;
  /** Whether the lesson's text is being written. */
  isEditing = false;
  /** What is in front, where there is no room for all: the lesson, what is looked at closer, or the lesson's text. */
  private front: "lesson" | "beside" | "text" = "lesson";
  /** Whether it is known what lesson there is, and the stage is set for it. */
  isBegun = false;
  private readonly stage: Guided;
  private readonly log: string;

  constructor(stage: Guided, log: string) {
    this.stage = stage;
    this.log = log;
    this.desk = new LessonDesk(stage.viewer, log, () => stage.redraw());
    void this.desk.load().then(() => this.follow());
  }

  /** The chapter that is open; undefined: no lesson is shown. */
  get number(): number | undefined {
    const { lesson } = this.stage.address;
    return this.desk.lesson && lesson !== undefined ? Math.min(lesson, this.desk.last) : undefined;
  }

  /** Whether the reader looks at something closer. */
  get isLooking(): boolean {
    return this.front === "beside";
  }

  private get chapter(): LessonChapter | undefined {
    return this.number === undefined ? undefined : this.desk.chapter(this.number);
  }

  /** Whether the picture or the place is another than the chapter's. */
  get isAway(): boolean {
    const { chapter, number } = this;
    const { place } = this.stage.viewer;
    if (!chapter || number === undefined || !place) return false;
    return isElsewhere(chapter, number, this.stage.address) || !isWithin(chapter, place.seq);
  }

  /** Something altered: begin, once all that takes is known, and see what a prediction's play has told. */
  follow(): void {
    const { address, viewer } = this.stage;
    if (!this.isBegun && this.desk.isLoaded && viewer.hello && viewer.place) {
      this.isBegun = true;
      if (this.number !== undefined) this.begin(address);
      this.stage.redraw();
    }
    if (viewer.isIdle && viewer.place?.mode === "paused") this.desk.follow(this.number);
  }

  /** A link that names a chapter and nothing else sets its stage; one that says more is shown as it is. */
  private begin(address: Address): void {
    const { number, chapter } = this;
    if (number === undefined) return;
    this.desk.enter(number);
    const isBare = isSame(address, { ...addressOf(NOTHING, number, address), at: undefined });
    if (chapter && isBare) this.stage.show(addressOf(chapter.stage, number, address), "rewrite");
    else this.look(address.selected !== "" && address.selected !== chapter?.stage.fields.selected);
  }

  /** Open the lesson where the reader left it, or leave it. */
  toggle(): void {
    if (this.number !== undefined) this.leave();
    else this.enter(this.desk.progress.isDone ? 0 : this.desk.progress.chapter);
  }

  enter(number: number): void {
    if (number < 0 || number > this.desk.last) return;
    const { stage } = this;
    this.front = "lesson";
    this.desk.enter(number);
    const chapter = this.desk.chapter(number);
    const bare = { ...stage.address, lesson: number, selected: "", version: undefined };
    stage.show(chapter ? addressOf(chapter.stage, number, stage.address) : bare, "enter");
  }

  /** What the reader looks at closer comes to the front, or the lesson does again. */
  look(isLooking: boolean): void {
    const isShown = this.number !== undefined || this.isEditing;
    this.bring(isLooking && isShown ? "beside" : this.isEditing && this.front === "text" ? "text" : "lesson");
  }

  /** Write the log's lesson, beside the picture. */
  edit(): void {
    this.isEditing = true;
    this.bring("text");
  }

  private bring(front: LessonGuide["front"]): void {
    this.front = front;
    this.stage.redraw();
  }

  private readonly handleEditor = (
    event: CustomEvent<{ readonly name: string; readonly value: number }>,
  ): void => {
    const { name, value } = event.detail;
    if (name === "preview") {
      this.enter(Math.min(value, this.desk.last - 1));
      return;
    }
    this.isEditing = false;
    this.bring("lesson");
    void this.desk.load();
  };

  readonly handle = (event: CustomEvent<LessonWish>): void => {
    const wish = event.detail;
    const { address } = this.stage;
    if (wish.name === "chapter") this.enter(wish.value);
    else if (wish.name === "leave") this.leave();
    else if (wish.name === "inspect") this.look(true);
    else if (wish.name === "edit") this.edit();
    else if (wish.name === "back") this.goBack();
    else {
      const next = followLink(wish.value, address);
      this.look(new URLSearchParams(wish.value).has("selected"));
      this.stage.show(next, "enter");
    }
  };

  private leave(): void {
    this.front = "lesson";
    this.stage.show({ ...this.stage.address, lesson: undefined }, "enter");
  }

  /** The chapter's picture again: where the reader was in it, else at its beginning. */
  private goBack(): void {
    const { chapter, number, stage } = this;
    if (!chapter || number === undefined) return;
    const its = addressOf(chapter.stage, number, stage.address);
    const seq = stage.viewer.place?.seq ?? its.at ?? 0;
    this.front = "lesson";
    stage.show({ ...its, at: isWithin(chapter, seq) ? seq : its.at }, "enter");
  }

  /** The lesson, with what else there is to see beside it (`name`), or behind it where there is no room. */
  draw(name: string, beside: TemplateResult | undefined, mayEdit: boolean, tick: number): TemplateResult {
    const { stage, desk, isEditing } = this;
    const front = this.front === "beside" && !beside ? (isEditing ? "text" : "lesson") : this.front;
    const choose = (word: string, which: LessonGuide["front"]) => html`<button aria-pressed=${front === which}
      @click=${() => this.bring(which)}>${word}</button>`;
    return html`<aside class="lesson-aside ${FRONTS[front]}" aria-label="Lesson and inspector" @lesson=${this.handle} @editor=${this.handleEditor}>
      ${
        beside || isEditing
          ? html`<div class="aside-tabs">${isEditing ? choose("Text", "text") : nothing}${choose(isEditing ? "Preview" : "◂ Lesson", "lesson")}${
              beside ? choose(name, "beside") : nothing
            }</div>`
          : nothing
      }
      ${isEditing ? html`<orrery-lesson-editor .viewer=${stage.viewer} .desk=${desk} .address=${stage.address} .log=${this.log}></orrery-lesson-editor>` : nothing}
      <orrery-lesson .viewer=${stage.viewer} .desk=${desk} .number=${this.number ?? 0} .isAway=${this.isAway}
        .selected=${stage.address.selected} .mayEdit=${mayEdit && !isEditing} .tick=${tick}></orrery-lesson>
      ${beside ? html`<div class="beside">${beside}</div>` : nothing}
    </aside>`;
  }
}

/** What the style sheet calls that which is in front. */
const FRONTS = { lesson: "", beside: "looking", text: "writing" } as const;

const NOTHING = { at: 0, until: 0, pauses: [], speed: 1, fields: {} };

function isSame(one: Address, other: Address): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
