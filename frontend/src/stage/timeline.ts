/** The timeline: how much happened when, the notes, the playhead, and the keys of the transport. */

import { html, nothing, type PropertyValues, svg, type TemplateResult } from "lit";
import { clock, clockSeconds, cut, duration, exact } from "../model/format";
import type { Note, TimelineData } from "../model/origin";
import type { Viewer } from "../model/viewer";
import { StageElement } from "./element";
import "./record";
import type { Marks } from "./record";
import "./takeaway";

export const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 25, 50, 100] as const;
const BUCKETS = 156;
const LETTER_WIDTH = 5.6;
const LABELS = 5;
/** How often the timeline of a live log is read anew. */
const REFRESH_MS = 5_000;
const SPANS: readonly { readonly seconds: number; readonly name: string }[] = [
  { seconds: 600, name: "last 10 min" },
  { seconds: 3_600, name: "last hour" },
  { seconds: 21_600, name: "last 6 h" },
  { seconds: 86_400, name: "last day" },
  { seconds: 0, name: "all that is kept" },
];
const FIRST_SPAN = 3_600;

export class TimelineElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    log: { attribute: false },
    speed: { attribute: false },
    tick: { attribute: false },
    data: { state: true },
    failure: { state: true },
    width: { state: true },
    span: { state: true },
    marks: { state: true },
  };
  declare viewer: Viewer;
  declare log: string;
  declare speed: number;
  declare tick: number;
  declare data: TimelineData | undefined;
  declare failure: string;
  declare width: number;
  /** How many of the latest seconds of a live log are shown; 0: all. */
  declare span: number;
  /** The stretch that is about to be kept as a recording; undefined where none is. */
  declare marks: Marks | undefined;
  private timer: number | undefined;
  private readonly observer = new ResizeObserver(([entry]) => {
    this.width = Math.max(200, Math.floor(entry?.contentRect.width ?? 1248));
  });
  private dragging: number | undefined;
  private sought = 0;

  constructor() {
    super();
    this.width = 1248;
    this.failure = "";
    this.span = FIRST_SPAN;
  }

  override firstUpdated(_changed: PropertyValues): void {
    this.observer.observe(this);
    void this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer.disconnect();
    window.clearTimeout(this.timer);
  }

  get isLoaded(): boolean {
    return this.data !== undefined || this.failure !== "";
  }

  protected override render(): TemplateResult {
    const place = this.viewer.place;
    const playing = place?.mode === "playing";
    return html`
      <div class="transport">
        <button class="button ghost" @click=${() => this.command("start")} title="To the start (Home)" aria-label="To the start">|◂</button>
        <button class="button ghost" @click=${() => this.command("back")} title="One write back (←)" aria-label="One write back">◂| <span class="wide">back</span></button>
        <button class="button" @click=${() => this.command(playing ? "pause" : "play")} title="Play or pause (space)">${playing ? "❚❚ pause" : "▶ play"}</button>
        <button class="button ghost" @click=${() => this.command("step")} title="To the next write (→)" aria-label="Step to the next write">step ▸|</button>
        <select aria-label="Speed" @change=${this.changeSpeed}>
          ${SPEEDS.map((speed) => html`<option value=${speed} ?selected=${speed === this.speed}>${speed}×</option>`)}
        </select>
        ${this.drawCaption()}
        ${
          this.viewer.hello?.isLive
            ? this.drawLive()
            : html`<orrery-takeaway class="end" .viewer=${this.viewer} .log=${this.log} .tick=${this.tick}></orrery-takeaway>`
        }
      </div>
      ${
        this.marks && this.data
          ? html`<orrery-record .log=${this.log} .title=${this.viewer.hello?.title ?? ""} .marks=${this.marks} .begin=${this.data.begin_ts} .end=${this.end}
        .now=${this.now} @marks=${this.setMarks}></orrery-record>`
          : nothing
      }
      ${this.drawScore()} ${this.drawTimes()}
    `;
  }

  private drawLive(): TemplateResult {
    return html`<span class="end">
      <select class="span" aria-label="How much of the log the timeline shows" @change=${this.changeSpan}>
        ${SPANS.map(({ seconds, name }) => html`<option value=${seconds} ?selected=${seconds === this.span}>${name}</option>`)}
      </select>
      <button class="button ghost" aria-pressed=${this.marks !== undefined} title="Keep a stretch as a recording (r)" @click=${() => this.toggleRecord()}>◉ record</button>
      <button class="button ghost" @click=${() => this.command("live")}>back to live ●</button></span>`;
  }

  /** Begin to choose a stretch to keep, the last ten minutes at first, or leave it. */
  toggleRecord(): void {
    this.marks = this.marks ? undefined : { from: this.end - 600, to: this.end };
  }

  private readonly setMarks = (event: CustomEvent<Marks | undefined>): void => {
    this.marks = event.detail;
  };

  private changeSpan(event: Event): void {
    this.span = Number((event.target as HTMLSelectElement).value);
    void this.load();
  }

  /** Where the log ends, as far as is known here. */
  private get end(): number {
    return Math.max(this.data?.last_ts ?? 0, this.viewer.place?.lastTs ?? 0);
  }

  private command(name: string): void {
    this.dispatchEvent(new CustomEvent("transport", { detail: name, bubbles: true }));
  }

  private async load(): Promise<void> {
    window.clearTimeout(this.timer);
    try {
      this.data = await this.viewer.origin.timeline(this.log, BUCKETS, this.lastShown());
      this.failure = "";
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
    this.timer = window.setTimeout(() => this.refresh(), REFRESH_MS);
    this.dispatchEvent(new CustomEvent("loaded", { bubbles: true }));
  }

  /** A live log grows; a hand on the timeline is not disturbed. */
  private refresh(): void {
    const isWanted = this.viewer.hello?.isLive === true && !document.hidden && this.dragging === undefined;
    if (isWanted) void this.load();
    else this.timer = window.setTimeout(() => this.refresh(), REFRESH_MS);
  }

  /** The part of the log that is asked for: what was chosen, or more where the viewer stands before that. */
  private lastShown(): number | undefined {
    const { place, hello } = this.viewer;
    if (hello && !hello.isLive) return undefined;
    const behind = place && place.mode !== "live" ? place.lastTs - place.ts : 0;
    return this.span === 0
      ? undefined
      : SPANS.find(({ seconds }) => seconds >= Math.max(this.span, behind))?.seconds;
  }

  private changeSpeed(event: Event): void {
    const speed = Number((event.target as HTMLSelectElement).value);
    this.dispatchEvent(new CustomEvent("speed", { detail: speed, bubbles: true }));
  }

  private get now(): number {
    return this.dragging ?? this.viewer.place?.ts ?? this.data?.opening_ts ?? 0;
  }

  private xOf(ts: number): number {
    const data = this.data;
    if (!data || data.last_ts <= data.first_ts) return 0;
    return Math.min(1, Math.max(0, (ts - data.first_ts) / (data.last_ts - data.first_ts))) * this.width;
  }

  private drawCaption(): TemplateResult {
    const seq = this.viewer.place?.seq ?? 0;
    const notes = this.data?.notes ?? [];
    const note = notes.findLast((candidate) => candidate.seq <= seq);
    if (note) {
      const command = note.command?.split("\n")[0] ?? "";
      return html`<span class="caption" role="status" title="${note.text}${note.command ? `\n${note.command}` : ""}">${note.text}${command ? html`<code>${command}</code>` : nothing}</span>`;
    }
    const next = notes[0];
    if (!next) return html`<span class="caption" role="status"></span>`;
    return html`<span class="caption" role="status">Before it begins. First, in ${duration(Math.max(0, next.ts - this.now))}: ${next.text}</span>`;
  }

  private drawScore(): TemplateResult {
    const data = this.data;
    if (!data)
      return html`<div class="score" role="status">${this.failure ? `The timeline cannot be shown: ${this.failure}.` : ""}</div>`;
    const most = Math.max(1, ...data.counts);
    const step = this.width / data.counts.length;
    const head = this.xOf(this.now);
    const seconds = this.now - data.first_ts;
    return html`<div class="score" role="slider" tabindex="0" aria-label="Place in the log" aria-valuemin="0"
        aria-valuemax=${Math.round(data.last_ts - data.first_ts)} aria-valuenow=${Math.max(0, Math.round(seconds))}
        aria-valuetext="${duration(Math.max(0, seconds))} of ${duration(data.last_ts - data.first_ts)}, ${clock(this.now)}"
        @pointerdown=${this.startDrag} @pointermove=${this.drag} @pointerup=${this.endDrag} @pointercancel=${this.endDrag}>
      <svg viewBox="0 0 ${this.width} 56" preserveAspectRatio="none" aria-hidden="true">
        ${data.counts.map((number, index) => {
          const height = number === 0 ? 1.5 : 3 + 33 * Math.sqrt(number / most);
          const past = (index + 0.5) * step <= head;
          return svg`<rect class=${past ? "bar-past" : "bar-future"} x=${index * step + 1} y=${54 - height} width=${Math.max(1, step - 2.5)} height=${height} rx="1.5"></rect>`;
        })}
        ${this.drawMarks()} ${this.drawNotes(data.notes, head)}
        <line class="playhead" x1=${head} x2=${head} y1="0" y2="56"></line>
        <circle class="playhead-knob" cx=${head} cy="4" r="4"></circle>
      </svg>
    </div>`;
  }

  private drawMarks(): unknown {
    if (!this.marks) return nothing;
    const [from, to] = [this.xOf(this.marks.from), this.xOf(this.marks.to)];
    return svg`<rect class="kept" x=${from} y="0" width=${Math.max(2, to - from)} height="56"></rect>
      <path class="kept-edge" d="M${from + 6} 1 h-5 v54 h5"></path><path class="kept-edge" d="M${to - 6} 1 h5 v54 h-5"></path>`;
  }

  private drawNotes(notes: readonly Note[], head: number): unknown {
    return notes.map((note, index) => {
      const x = this.xOf(note.ts);
      const next = notes[index + 1];
      const room = Math.floor(((next ? this.xOf(next.ts) - 12 : this.width) - x) / LETTER_WIDTH) - 2;
      const label = room < 6 ? "" : cut(note.text.split(/[:,]/)[0] ?? "", Math.min(room, 26));
      return svg`<g class="note ${x <= head ? "past" : ""}"><path class="note-mark" d="M${x} 2 l5 6 h-10 z"></path>
        ${label ? svg`<text class="note-text" x=${x + 9} y="10">${label}</text>` : nothing}</g>`;
    });
  }

  private drawTimes(): TemplateResult {
    const data = this.data;
    if (!data) return html`<div class="times"></div>`;
    const span = data.last_ts - data.first_ts;
    return html`<div class="times" aria-hidden="true">
      ${Array.from({ length: LABELS }, (_, index) => {
        const ts = data.first_ts + (span * index) / (LABELS - 1);
        return html`<span title=${exact(ts)}>${clockSeconds(ts)}</span>`;
      })}
    </div>`;
  }

  private timeAt(event: PointerEvent): number {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const data = this.data;
    return data ? data.first_ts + share * (data.last_ts - data.first_ts) : 0;
  }

  private startDrag(event: PointerEvent): void {
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.go(this.timeAt(event));
  }

  private drag(event: PointerEvent): void {
    if (this.dragging !== undefined) this.go(this.timeAt(event));
  }

  private endDrag(): void {
    if (this.dragging === undefined) return;
    this.viewer.seekTime(this.dragging);
    this.dragging = undefined;
    this.command("dragged");
  }

  /** Move the playhead at once, and the picture as fast as it follows, at most ten times a second. */
  private go(ts: number): void {
    this.dragging = ts;
    const now = performance.now();
    if (now - this.sought > 100) {
      this.sought = now;
      this.viewer.seekTime(ts);
    }
    this.requestUpdate();
  }
}

customElements.define("orrery-timeline", TimelineElement);
