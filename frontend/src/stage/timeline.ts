/** The timeline: how much happened when, the notes, the playhead, and the keys of the transport. */

import { html, nothing, type PropertyValues, svg, type TemplateResult } from "lit";
import { clock, clockSeconds, cut, duration, exact } from "../model/format";
import type { Viewer } from "../model/viewer";
import { StageElement } from "./element";

export interface Note {
  readonly seq: number;
  readonly ts: number;
  readonly text: string;
  readonly command: string | null;
}

export interface TimelineData {
  readonly first_ts: number;
  readonly last_ts: number;
  readonly opening_ts: number;
  readonly counts: readonly number[];
  readonly notes: readonly Note[];
}

export const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 25, 50, 100] as const;
const BUCKETS = 156;
const LETTER_WIDTH = 5.6;
const LABELS = 5;

export class TimelineElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    log: { attribute: false },
    speed: { attribute: false },
    tick: { attribute: false },
    data: { state: true },
    failure: { state: true },
    width: { state: true },
  };
  declare viewer: Viewer;
  declare log: string;
  declare speed: number;
  declare tick: number;
  declare data: TimelineData | undefined;
  declare failure: string;
  declare width: number;
  private readonly observer = new ResizeObserver(([entry]) => {
    this.width = Math.max(200, Math.floor(entry?.contentRect.width ?? 1248));
  });
  private dragging: number | undefined;
  private sought = 0;

  constructor() {
    super();
    this.width = 1248;
    this.failure = "";
  }

  override firstUpdated(_changed: PropertyValues): void {
    this.observer.observe(this);
    void this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer.disconnect();
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
        <span class="end">${this.viewer.hello?.isLive ? html`<button class="button ghost" @click=${() => this.command("live")}>back to live ●</button>` : nothing}</span>
      </div>
      ${this.drawScore()} ${this.drawTimes()}
    `;
  }

  private command(name: string): void {
    this.dispatchEvent(new CustomEvent("transport", { detail: name, bubbles: true }));
  }

  private async load(): Promise<void> {
    try {
      const response = await fetch(`/api/logs/${encodeURIComponent(this.log)}/timeline?buckets=${BUCKETS}`);
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      this.data = (await response.json()) as TimelineData;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
    this.dispatchEvent(new CustomEvent("loaded", { bubbles: true }));
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
        ${this.drawNotes(data.notes, head)}
        <line class="playhead" x1=${head} x2=${head} y1="0" y2="56"></line>
        <circle class="playhead-knob" cx=${head} cy="4" r="4"></circle>
      </svg>
    </div>`;
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
