/** The stretch of a live log that is to be kept as a recording: how much of it, its name, and what came of it. */

import { html, nothing, type TemplateResult } from "lit";
import { Refused, send, tokenOfCookie } from "../model/changes";
import { clockSeconds, duration } from "../model/format";
import { StageElement } from "./element";

/** Two places on the timeline, in unix seconds. */
export interface Marks {
  readonly from: number;
  readonly to: number;
}

interface Kept {
  readonly slug: string;
  readonly title: string;
}

const LENGTHS: readonly { readonly seconds: number; readonly name: string }[] = [
  { seconds: 60, name: "last minute" },
  { seconds: 600, name: "last 10 min" },
  { seconds: 3_600, name: "last hour" },
];

export class RecordElement extends StageElement {
  static override properties = {
    log: {},
    title: { attribute: false },
    marks: { attribute: false },
    begin: { attribute: false },
    end: { attribute: false },
    now: { attribute: false },
    name: { state: true },
    isKeeping: { state: true },
    problem: { state: true },
    kept: { state: true },
  };
  declare log: string;
  declare title: string;
  declare marks: Marks;
  /** Where the log begins and ends, and where the viewer stands. */
  declare begin: number;
  declare end: number;
  declare now: number;
  declare name: string;
  declare isKeeping: boolean;
  declare problem: string;
  declare kept: Kept | undefined;

  constructor() {
    super();
    this.name = "";
    this.isKeeping = false;
    this.problem = "";
  }

  protected override render(): TemplateResult {
    if (this.kept) return this.drawKept(this.kept);
    const from = Math.max(this.marks.from, this.begin);
    const { to } = this.marks;
    return html`<form class="record" aria-label="Keep a stretch as a recording" @submit=${this.keep}>
      <span class="lengths">${LENGTHS.map(({ seconds, name }) => html`<button type="button" class="button ghost" @click=${() => this.mark(this.end - seconds, this.end)}>${name}</button>`)}</span>
      <button type="button" class="button ghost" title="It begins where the playhead is" @click=${() => this.mark(this.now, Math.max(to, this.now))}>[ from here</button>
      <button type="button" class="button ghost" title="It ends where the playhead is" @click=${() => this.mark(Math.min(from, this.now), this.now)}>to here ]</button>
      <span class="stretch" role="status">${clockSeconds(from)} to ${clockSeconds(to)} · ${duration(Math.max(0, to - from))}</span>
      <input type="text" maxlength="200" aria-label="What the recording is to be called" placeholder="${this.title}, ${clockSeconds(from)} to ${clockSeconds(to)}"
        .value=${this.name} @input=${this.rename}>
      <button class="button primary" type="submit" ?disabled=${this.isKeeping || to < from}>${this.isKeeping ? "Keeping…" : "Keep it"}</button>
      <button type="button" class="button ghost" aria-label="Keep nothing" @click=${() => this.tellMarks(undefined)}>×</button>
      ${this.problem ? html`<span class="bad" role="alert">${this.problem}</span>` : nothing}
    </form>`;
  }

  private drawKept(kept: Kept): TemplateResult {
    return html`<div class="record" role="status">
      <span>✓ Kept as <a href="/logs/${kept.slug}/">${kept.title}</a>. It is among the recordings on the first page, and is
      <a href="/api/logs/${kept.slug}/recording" download>a file</a> too.</span>
      <button type="button" class="button ghost" @click=${() => this.tellMarks(undefined)}>Close</button>
    </div>`;
  }

  private readonly rename = (event: Event): void => {
    this.name = (event.target as HTMLInputElement).value;
  };

  private mark(from: number, to: number): void {
    this.problem = "";
    this.tellMarks({ from: Math.max(from, this.begin), to: Math.min(to, this.end) });
  }

  private tellMarks(marks: Marks | undefined): void {
    this.dispatchEvent(new CustomEvent<Marks | undefined>("marks", { detail: marks }));
  }

  private readonly keep = async (event: Event): Promise<void> => {
    event.preventDefault();
    this.isKeeping = true;
    this.problem = "";
    const { from, to } = this.marks;
    const body = { from_ts: Math.max(from, this.begin), to_ts: to, title: this.name };
    try {
      const address = `/api/logs/${encodeURIComponent(this.log)}/recordings`;
      this.kept = await send<Kept>("POST", address, body, tokenOfCookie());
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.problem = error.message;
    } finally {
      this.isKeeping = false;
    }
  };
}

customElements.define("orrery-record", RecordElement);
