/**
 * The waterfall of one trace: lanes by component, marks for writes, bars for spans, lines from cause to effect.
 *
 * It is drawn anew when the trace, the view or what is pointed at alters, and not for each moment that passes.
 */

import { scaleLinear } from "d3-scale";
import { html, nothing, type PropertyValues, type SVGTemplateResult, svg, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import {
  type Bar,
  type Direction,
  follow,
  kinOf,
  layOutWaterfall,
  type Mark,
  pan,
  reveal,
  type View,
  type Waterfall,
  wholeOf,
  zoom,
} from "../layout/waterfall";
import { cut, duration, exact, lag } from "../model/format";
import type { Matches } from "../model/matches";
import type { Note } from "../model/origin";
import type { Viewer } from "../model/viewer";
import type { FieldChange, Tree } from "../wire";
import { StageElement } from "./element";
import { causeWords, ruleWords } from "./rules";

const WIDE_NAMES = 154;
const NARROW_NAMES = 104;
const AXIS = 18;
const EDGES_AT_MOST = 160;
const DIFF_LINES = 5;
const STEP = 1.6;

export class WaterfallElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    tree: { attribute: false },
    notes: { attribute: false },
    current: { attribute: false },
    now: { attribute: false },
    met: { attribute: false },
    metVersion: { attribute: false },
    width: { state: true },
    view: { state: true },
    hovered: { state: true },
    cursor: { state: true },
    difference: { state: true },
  };
  declare viewer: Viewer;
  declare tree: Tree;
  declare notes: readonly Note[];
  /** The write that is inspected, by its frame. */
  declare current: number | undefined;
  /** The moment that is looked at, in whole pixels' worth of seconds, so that not every frame draws this anew. */
  declare now: number;
  /** What meets the filter, and what tells that it altered. Marks of the rest are faded. */
  declare met: Matches | undefined;
  declare metVersion: number | undefined;
  declare width: number;
  declare view: View;
  declare hovered: number | undefined;
  declare cursor: number | undefined;
  declare difference: readonly FieldChange[] | undefined;
  private waterfall: Waterfall | undefined;
  private drag: { readonly x: number; readonly view: View } | undefined;
  private isFitted = true;
  private readonly differences = new Map<number, readonly FieldChange[]>();
  private readonly observer = new ResizeObserver(([entry]) => {
    this.width = Math.max(240, Math.floor(entry?.contentRect.width ?? 916));
  });

  constructor() {
    super();
    this.width = 916;
  }

  override firstUpdated(): void {
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer.disconnect();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("tree")) {
      const isOther = changed.get("tree")?.seq !== this.tree.seq;
      this.waterfall = layOutWaterfall(this.tree);
      if (isOther) {
        this.isFitted = true;
        this.hovered = undefined;
        this.cursor = undefined;
      }
      if (this.isFitted) this.view = wholeOf(this.waterfall);
    }
    if (changed.has("current") && this.current !== undefined && this.waterfall?.bySeq.has(this.current))
      this.cursor = this.current;
  }

  protected override updated(): void {
    const tip = this.querySelector<HTMLElement>(".trace-tip");
    const mark = this.waterfall?.bySeq.get(this.hovered ?? -1);
    if (!tip || !mark) return;
    // By script and not by an attribute: the policy of the page forbids styles in markup.
    const x = Math.min(this.width - tip.offsetWidth - 8, Math.max(0, this.xOf(mark.at) + 12));
    tip.style.left = `${x}px`;
    const scrolled = this.querySelector(".falls")?.scrollTop ?? 0;
    tip.style.bottom = `${this.clientHeight - (mark.y + AXIS - scrolled) + 10}px`;
  }

  protected override render(): TemplateResult {
    const { waterfall } = this;
    if (!waterfall) return html``;
    const kin = kinOf(waterfall, this.hovered ?? this.cursor);
    return html`<div class="falls" @wheel=${this.roll} @pointerdown=${this.startDrag} @pointermove=${this.moveDrag} @pointerup=${this.endDrag} @pointercancel=${this.endDrag}>
      <svg width=${this.width} height=${waterfall.height + AXIS + 2} role="listbox" tabindex="0" aria-label="The writes of this trace, in order"
        aria-activedescendant=${this.cursor === undefined ? nothing : `write-${this.cursor}`} @keydown=${this.handleKey} @focus=${this.begin}>
        ${this.drawAxis(waterfall)}
        <g transform="translate(0 ${AXIS})" role="presentation">
          ${waterfall.lanes.map(
            (
              lane,
            ) => svg`<g role="presentation"><text class="lane-name" x="0" y=${lane.y + lane.height / 2 + 3.5}>${cut(lane.name, Math.floor(this.names / 6.1))}<title>${lane.name}</title></text>
            <line class="lane-line" x1=${this.names} x2=${this.width} y1=${lane.y + lane.height - 0.5} y2=${lane.y + lane.height - 0.5}></line></g>`,
          )}
          <svg x=${this.names} width=${this.width - this.names} height=${waterfall.height} role="presentation"><g transform="translate(${-this.names} 0)" role="presentation">
            ${waterfall.bars.map((bar) => this.drawBar(bar))}
            ${this.drawEdges(waterfall, kin)}
            ${repeat(
              this.visible(waterfall),
              (mark) => mark.write.seq,
              (mark) => this.drawMark(mark, kin),
            )}
            ${this.drawNow(waterfall)}
          </g></svg>
        </g>
      </svg>
      ${this.drawTip(waterfall)}
      <p class="visually-hidden" role="status">${this.tellCursor(waterfall)}</p>
    </div>`;
  }

  /** How much of the width the names of the lanes take. */
  private get names(): number {
    return this.width < 560 ? NARROW_NAMES : WIDE_NAMES;
  }

  private xOf(at: number): number {
    return this.names + ((at - this.view.from) / (this.view.to - this.view.from)) * (this.width - this.names);
  }

  private timeAt(x: number): number {
    return this.view.from + ((x - this.names) / (this.width - this.names)) * (this.view.to - this.view.from);
  }

  /** The marks in view; of those that would be painted on one another, the last that meets the filter. */
  private visible(waterfall: Waterfall): Mark[] {
    const painted = new Map<string, Mark>();
    for (const mark of waterfall.marks) {
      const x = this.xOf(mark.at);
      if (x < this.names - 6 || x > this.width + 6) continue;
      const isChosen = mark.write.seq === this.cursor || mark.write.seq === this.current;
      const place = isChosen ? `chosen ${mark.write.seq}` : `${mark.y} ${Math.round(x)}`;
      const under = painted.get(place);
      if (!under || this.isMet(mark.write.ref) || !this.isMet(under.write.ref)) painted.set(place, mark);
    }
    return [...painted.values()];
  }

  private drawAxis(waterfall: Waterfall): SVGTemplateResult {
    const scale = scaleLinear([this.view.from, this.view.to], [this.names, this.width]);
    const notes = this.notes.filter(({ ts }) => ts >= this.tree.started - 1 && ts <= this.tree.last + 1);
    return svg`<g class="axis" role="presentation" aria-hidden="true">
      ${scale
        .ticks(Math.max(2, Math.floor((this.width - this.names) / 110)))
        .filter((tick) => tick >= 0)
        .map(
          (
            tick,
          ) => svg`<line class="lane-line" x1=${scale(tick)} x2=${scale(tick)} y1="14" y2=${waterfall.height + AXIS}></line>
          <text class="tick" x=${scale(tick)} y="10">${tick === 0 ? "0" : `+${duration(tick)}`}</text>`,
        )}
      ${notes.map((note) => {
        const x = this.xOf(note.ts - this.tree.started);
        return x < this.names || x > this.width
          ? nothing
          : svg`<path class="note-mark" d="M${x} 13 l4 5 h-8 z"><title>${note.text}</title></path>`;
      })}
    </g>`;
  }

  private drawNow(waterfall: Waterfall): SVGTemplateResult {
    const x = this.xOf(this.now - this.tree.started);
    return svg`<line class="trace-now" x1=${x} x2=${x} y1="0" y2=${waterfall.height}></line>`;
  }

  private drawBar(bar: Bar): SVGTemplateResult {
    const from = Math.max(this.names - 4, this.xOf(bar.from));
    const to = Math.min(this.width + 4, this.xOf(bar.to));
    if (to < this.names || from > this.width) return svg``;
    const { span } = bar;
    const open = span.toSeq === 0 ? ", not over yet" : "";
    return svg`<rect class="trace-bar hue-${bar.actor} ${span.phase.replaceAll(" ", "-")} ${open ? "open" : ""} ${this.isMet(span.ref) ? "" : "unmet"}" x=${from} y=${bar.y}
      width=${Math.max(2, to - from)} height=${bar.height} rx="2.5"><title>${span.kind} ${span.name}: ${span.phase}, ${duration(bar.to - bar.from)}${open}</title></rect>`;
  }

  private drawEdges(waterfall: Waterfall, kin: ReadonlySet<number>): SVGTemplateResult[] {
    const isSmall = waterfall.marks.length <= EDGES_AT_MOST;
    return waterfall.marks.flatMap((mark) => {
      const cause = waterfall.bySeq.get(mark.write.parent);
      const isLit = kin.has(mark.write.seq) && kin.has(mark.write.parent);
      if (!cause || !(isSmall || isLit)) return [];
      const [x1, x2] = [this.xOf(cause.at), this.xOf(mark.at)];
      if (x2 < this.names - 40 || x1 > this.width + 40) return [];
      const [y1, y2] = [cause.y + cause.height / 2, mark.y + mark.height / 2];
      const bend = Math.min(14, Math.max(3, Math.abs(x2 - x1) / 2));
      return [
        svg`<path class="trace-edge ${mark.write.certainty} ${isLit ? "lit" : ""}" d="M${x1} ${y1} C ${x1 + bend} ${y1}, ${x2 - bend} ${y1}, ${x2} ${y2}"></path>`,
      ];
    });
  }

  private drawMark(mark: Mark, kin: ReadonlySet<number>): SVGTemplateResult {
    const { write } = mark;
    const isCursor = write.seq === this.cursor;
    const classes = `trace-mark hue-${mark.actor} ${write.whoCertainty} ${isCursor ? "cursor" : ""} ${write.seq === this.current ? "current" : ""} ${kin.has(write.seq) ? "kin" : ""} ${this.isMet(write.ref) ? "" : "unmet"}`;
    return svg`<g class=${classes} id="write-${write.seq}" role="option" aria-selected=${write.seq === this.current} aria-label=${this.tell(mark)} data-write=${write.seq}
        @click=${() => this.inspect(mark)} @pointerenter=${() => this.hover(mark)} @pointerleave=${() => this.leave()}>
      <rect class="reach" x=${this.xOf(mark.at) - 5} y=${mark.y - 2} width="10" height=${mark.height + 4}></rect>
      <rect class="shape" x=${this.xOf(mark.at) - 2.5} y=${mark.y} width="5" height=${mark.height} rx="2"></rect>
    </g>`;
  }

  private isMet(ref: string): boolean {
    return this.met?.has(ref) ?? true;
  }

  private drawTip(waterfall: Waterfall): TemplateResult | typeof nothing {
    const mark = waterfall.bySeq.get(this.hovered ?? -1);
    if (!mark) return nothing;
    const { write } = mark;
    const cause = waterfall.bySeq.get(write.parent);
    return html`<div class="trace-tip" role="tooltip">
      <b>${write.text}</b>
      <div><span class="who hue-${mark.actor}">${laneName(waterfall, write.component)}</span> · <span title=${exact(write.ts)}>+${duration(mark.at)}</span> · ${write.whoCertainty}</div>
      ${
        cause
          ? html`<div class="evidence ${write.certainty}">${lag(write.lagS)} after <b>${cause.write.text}</b> · ${write.certainty}</div>`
          : html`<div class="evidence ${write.certainty}">${causeWords(this.tree, write)}</div>`
      }
      ${drawDifference(this.difference)}
    </div>`;
  }

  private tell({ write, at }: Mark): string {
    return `${write.text}, by ${write.component.split(":")[1]}, ${duration(at)} in`;
  }

  private tellCursor(waterfall: Waterfall): string {
    const mark = waterfall.bySeq.get(this.cursor ?? -1);
    if (!mark || this.hovered !== undefined) return "";
    const cause = waterfall.bySeq.get(mark.write.parent);
    const why = cause
      ? `, ${lag(mark.write.lagS)} after ${cause.write.text}, ${mark.write.certainty}: ${causeWords(this.tree, mark.write)}`
      : `, ${causeWords(this.tree, mark.write)}`;
    return `${this.tell(mark)}${why}; the writer is ${mark.write.whoCertainty}: ${ruleWords(mark.write.whoRule)}`;
  }

  private begin(): void {
    if (this.cursor === undefined) this.cursor = this.waterfall?.marks[0]?.write.seq;
  }

  private inspect(mark: Mark): void {
    this.cursor = mark.write.seq;
    this.select(mark.write.ref, mark.write.seq);
  }

  private hover(mark: Mark): void {
    const { seq, ref } = mark.write;
    this.hovered = seq;
    this.difference = this.differences.get(seq);
    if (this.difference === undefined) void this.askDifference(ref, seq);
  }

  private leave(): void {
    this.hovered = undefined;
  }

  private async askDifference(ref: string, seq: number): Promise<void> {
    // A pointer on its way passes many marks: only where it rests is asked about.
    await new Promise((resolve) => window.setTimeout(resolve, 120));
    if (this.hovered !== seq) return;
    const answer = await this.viewer.inspect(ref, seq);
    const version = "problem" in answer ? undefined : answer.versions[0];
    if (!version) return;
    this.differences.set(seq, version.changes);
    if (this.hovered === seq) this.difference = version.changes;
  }

  private handleKey(event: KeyboardEvent): void {
    const action = this.actionOf(event);
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  private actionOf(event: KeyboardEvent): (() => void) | undefined {
    const { waterfall } = this;
    if (!waterfall) return undefined;
    const whole = wholeOf(waterfall);
    const mark = waterfall.bySeq.get(this.cursor ?? -1);
    const middle = mark?.at ?? (this.view.from + this.view.to) / 2;
    const aside = (this.view.to - this.view.from) / 5;
    switch (event.key) {
      case "ArrowRight":
        return event.shiftKey ? () => this.look(pan(this.view, whole, aside)) : () => this.step("next");
      case "ArrowLeft":
        return event.shiftKey ? () => this.look(pan(this.view, whole, -aside)) : () => this.step("previous");
      case "ArrowDown":
        return () => this.step("effect");
      case "ArrowUp":
        return () => this.step("cause");
      case "+":
        return () => this.look(zoom(this.view, whole, middle, STEP));
      case "-":
        return () => this.look(zoom(this.view, whole, middle, 1 / STEP));
      case "0":
        return () => this.look(whole);
      case "Enter":
        return mark && (() => this.inspect(mark));
      default:
        return undefined;
    }
  }

  private step(direction: Direction): void {
    const { waterfall } = this;
    const seq = waterfall && follow(waterfall, this.cursor, direction);
    const mark = waterfall?.bySeq.get(seq ?? -1);
    if (!waterfall || !mark) return;
    this.cursor = seq;
    this.view = reveal(this.view, wholeOf(waterfall), mark.at);
  }

  private look(view: View): void {
    this.view = view;
    const whole = this.waterfall && wholeOf(this.waterfall);
    this.isFitted = whole !== undefined && view.to - view.from >= (whole.to - whole.from) * 0.999;
  }

  private roll(event: WheelEvent): void {
    const { waterfall } = this;
    if (!waterfall) return;
    event.preventDefault();
    const whole = wholeOf(waterfall);
    const sideways = event.shiftKey ? event.deltaY : event.deltaX;
    if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
      const perPixel = (this.view.to - this.view.from) / (this.width - this.names);
      this.look(pan(this.view, whole, sideways * perPixel));
      return;
    }
    const x = event.clientX - this.getBoundingClientRect().left;
    this.look(zoom(this.view, whole, this.timeAt(Math.max(this.names, x)), 1.0016 ** -event.deltaY));
  }

  private startDrag(event: PointerEvent): void {
    if (event.button !== 0 || (event.target as Element).closest("[data-write]")) return;
    this.drag = { x: event.clientX, view: this.view };
  }

  private moveDrag(event: PointerEvent): void {
    if (!this.drag || !this.waterfall) return;
    const { x, view } = this.drag;
    const perPixel = (view.to - view.from) / (this.width - this.names);
    this.look(pan(view, wholeOf(this.waterfall), (x - event.clientX) * perPixel));
  }

  private endDrag(): void {
    this.drag = undefined;
  }
}

function laneName(waterfall: Waterfall, component: string): string {
  return waterfall.lanes.find((lane) => lane.component === component)?.name ?? component;
}

function drawDifference(changes: readonly FieldChange[] | undefined): TemplateResult | typeof nothing {
  if (!changes || changes.length === 0) return nothing;
  const hidden = changes.length - DIFF_LINES;
  return html`<div class="tip-diff">${changes
    .slice(0, DIFF_LINES)
    .map(
      (change) =>
        html`<div><span>${cut(change.path, 44)}</span> ${change.old === null ? nothing : html`<del>${oneLine(change.old)}</del>`} ${change.new === null ? nothing : html`<ins>${oneLine(change.new)}</ins>`}</div>`,
    )}${hidden > 0 ? html`<div>and ${hidden} more</div>` : nothing}</div>`;
}

function oneLine(text: string): string {
  return cut(text.replaceAll(/\s+/g, " "), 42);
}

customElements.define("orrery-waterfall", WaterfallElement);
