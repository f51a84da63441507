/**
 * The lesson's editor: its text, what is wrong with it by line, and how it plays, beside the picture it speaks of.
 *
 * It is a plain text area. The text is a page of Markdown, and what helps its writer (problems by line, the moment on
 * the stage as a block, a preview that is the player itself) needs no more.
 */

import { html, nothing, type TemplateResult } from "lit";
import type { Address } from "../model/address";
import type { LessonDesk } from "../model/lessondesk";
import {
  chapterAt,
  type LessonText,
  LessonTexts,
  lineAt,
  lineOf,
  type Mistake,
  stageBlock,
} from "../model/lessontext";
import type { Viewer } from "../model/viewer";
import { StageElement } from "./element";

const PAUSE_MS = 400;

export class LessonEditorElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    desk: { attribute: false },
    address: { attribute: false },
    log: { attribute: false },
    kept: { state: true },
    mistakes: { state: true },
    said: { state: true },
    isBad: { state: true },
    isSaving: { state: true },
  };
  declare viewer: Viewer;
  declare desk: LessonDesk;
  declare address: Address;
  declare log: string;
  /** What the server keeps; undefined before that has come. */
  declare kept: LessonText | undefined;
  declare mistakes: readonly Mistake[];
  declare said: string;
  declare isBad: boolean;
  declare isSaving: boolean;
  private text = "";
  private timer: number | undefined;
  private tried = 0;
  private texts!: LessonTexts;
  private readonly onLeave = (event: BeforeUnloadEvent) => {
    if (this.isAltered) event.preventDefault();
  };

  constructor() {
    super();
    this.mistakes = [];
    this.said = "";
    this.isBad = false;
    this.isSaving = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.texts = new LessonTexts(this.log);
    window.addEventListener("beforeunload", this.onLeave);
    void this.act(async () => {
      this.take(await this.texts.read());
      await this.updateComplete;
      this.goTo(lineOf(this.text, this.address.lesson ?? 0));
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("beforeunload", this.onLeave);
    window.clearTimeout(this.timer);
    this.tried++;
    this.desk.show(undefined);
  }

  /** Whether there is text that would be lost. */
  get isAltered(): boolean {
    return this.kept !== undefined && (this.text !== this.kept.text || this.kept.version === 0);
  }

  protected override render(): TemplateResult {
    const { kept } = this;
    if (!kept)
      return html`<p class="editor-said ${this.isBad ? "bad" : ""}" role="status">${this.said || "Reading the lesson’s text…"}</p>`;
    const isNew = kept.version === 0;
    return html`
      <div class="editor-tools" role="toolbar" aria-label="The lesson’s text">
        <button class="button primary" ?disabled=${!this.isAltered || this.isSaving} @click=${this.save}>Save</button>
        <button class="button" @click=${this.preview} title="Play the chapter in which the cursor stands">Preview</button>
        <button class="button" @click=${this.insertMoment} title="Insert a stage block for what is shown now">Use this moment</button>
        <button class="button ghost" @click=${this.download}>Download</button>
        <label class="button ghost">Upload…<input class="visually-hidden" type="file" accept=".md,text/markdown,text/plain" @change=${this.upload}></label>
        ${isNew || !(kept.is_edited || !kept.is_shipped) ? nothing : html`<button class="button ghost" @click=${this.revert}>${kept.is_shipped ? "Revert" : "Delete"}</button>`}
        <button class="button ghost" @click=${this.close}>Close</button>
      </div>
      <textarea class="editor-text" aria-label="The lesson’s text" aria-describedby="editor-mistakes" spellcheck="false" wrap="soft" .value=${this.text} @input=${this.type}></textarea>
      <div class="editor-mistakes" id="editor-mistakes">${this.drawMistakes()}</div>
      <p class="editor-said ${this.isBad ? "bad" : ""}" role="status">${this.said}</p>`;
  }

  private drawMistakes(): TemplateResult {
    if (this.mistakes.length === 0) return html`<p class="hint">Nothing wrong with it.</p>`;
    return html`<ul>${this.mistakes.map(
      (mistake) => html`<li class=${mistake.severity}>
        <button class="link" @click=${() => this.goTo(mistake.line)}>line ${mistake.line}</button>
        <span class="visually-hidden">${mistake.severity}:</span> ${mistake.text}</li>`,
    )}</ul>`;
  }

  private get area(): HTMLTextAreaElement | null {
    return this.querySelector("textarea");
  }

  private take(kept: LessonText): void {
    this.kept = kept;
    this.setText(kept.text);
  }

  private setText(text: string): void {
    this.text = text;
    this.requestUpdate();
    void this.attempt();
  }

  private readonly type = (): void => {
    this.text = this.area?.value ?? this.text;
    this.said = "";
    this.requestUpdate();
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.attempt(), PAUSE_MS);
  };

  /** Ask what is wrong with the text, and how it would play. Of several answers the latest question's counts. */
  private async attempt(): Promise<void> {
    const number = ++this.tried;
    await this.act(async () => {
      const { lesson, mistakes } = await this.texts.attempt(this.text);
      if (number !== this.tried) return;
      this.mistakes = mistakes;
      this.desk.show(lesson);
    });
  }

  private readonly save = (): void => {
    void this.act(async () => {
      this.isSaving = true;
      const { text } = this;
      this.kept = await this.texts.save(text, this.kept?.version ?? 0);
      this.said = "Saved.";
      await this.desk.load();
    }).finally(() => {
      this.isSaving = false;
    });
  };

  private readonly revert = (): void => {
    const { kept } = this;
    if (!kept) return;
    const question = kept.is_shipped
      ? "Go back to the text that was shipped? What was written here is lost."
      : "Delete this lesson? The recording stays.";
    if (!window.confirm(question)) return;
    void this.act(async () => {
      const back = await this.texts.revert(kept.version);
      await this.desk.load();
      this.take(back ?? (await this.texts.read()));
      this.said = back
        ? "This is the shipped text again."
        : "The lesson is deleted. This is an outline for another.";
    });
  };

  private readonly preview = (): void => {
    const number = chapterAt(this.text, this.area?.selectionStart ?? 0);
    void this.attempt().then(() => this.wish("preview", number));
  };

  private readonly close = (): void => {
    if (this.isAltered && this.kept?.text !== this.text && !window.confirm("Close without saving?")) return;
    this.wish("close", 0);
  };

  private readonly insertMoment = (): void => {
    const { area } = this;
    const seq = this.viewer.place?.seq;
    if (!area || seq === undefined) return;
    const before = this.text.slice(0, area.selectionStart);
    const lead = before === "" || before.endsWith("\n") ? "" : "\n";
    area.setRangeText(
      `${lead}${stageBlock(this.address, seq)}\n`,
      area.selectionStart,
      area.selectionEnd,
      "end",
    );
    area.focus();
    this.type();
  };

  private readonly download = (): void => {
    const url = URL.createObjectURL(new Blob([this.text], { type: "text/markdown" }));
    const link = Object.assign(document.createElement("a"), { href: url, download: "lesson.md" });
    link.click();
    URL.revokeObjectURL(url);
  };

  private readonly upload = (event: Event): void => {
    const field = event.target as HTMLInputElement;
    const file = field.files?.[0];
    field.value = "";
    if (!file) return;
    void this.act(async () => {
      if (file.size > 1 << 20) throw new Error("This file is larger than a lesson may be.");
      this.setText(await file.text());
      this.said = `This is ${file.name}. It is not saved yet.`;
    });
  };

  private goTo(line: number): void {
    const { area } = this;
    if (!area) return;
    const [start, end] = lineAt(this.text, line);
    area.focus();
    area.setSelectionRange(start, end);
    const height = Number.parseFloat(getComputedStyle(area).lineHeight) || 18;
    area.scrollTop = Math.max(0, (line - 4) * height);
  }

  private async act(work: () => Promise<void>): Promise<void> {
    try {
      this.isBad = false;
      await work();
    } catch (error) {
      this.isBad = true;
      this.said = error instanceof Error ? error.message : String(error);
    }
  }

  private wish(name: "preview" | "close", value: number): void {
    this.dispatchEvent(new CustomEvent("editor", { detail: { name, value }, bubbles: true }));
  }
}

customElements.define("orrery-lesson-editor", LessonEditorElement);
