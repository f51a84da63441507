/** What became of an object up to this moment: its versions and the Events that tell of them, in one column. */

import { html, nothing, type TemplateResult } from "lit";
import { type JoinedEvent, type JoinRule, joinHistory, type Moment } from "../layout/history";
import { ago, count, exact, parseTime, seenAt } from "../model/format";
import type { Viewer } from "../model/viewer";
import type { Inspection, Version } from "../wire";
import { StageElement } from "./element";
import type { Inspected } from "./parts";
import { writerName } from "./writername";
import "./comparison";

const HOW: Readonly<Record<JoinRule, readonly [string, string]>> = {
  "event-version": ["observed", "the Event names this version"],
  "event-reason": ["inferred", "it came at this time, and this version altered what its reason is about"],
  "event-time": ["inferred", "this version was the latest when it came"],
  none: ["unknown", "it came before the versions that are told here"],
};

export function drawHistory({ viewer, object }: Inspected): TemplateResult {
  return html`<orrery-history .viewer=${viewer} .object=${object} .now=${viewer.place?.ts ?? object.ts}></orrery-history>`;
}

export class HistoryElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    object: { attribute: false },
    now: { attribute: false },
    chosen: { state: true },
  };
  declare viewer: Viewer;
  declare object: Inspection;
  declare now: number;
  /** The frames of the versions to compare, in the order in which they were chosen; two at most. */
  declare chosen: readonly number[];
  private shown = "";

  constructor() {
    super();
    this.chosen = [];
  }

  protected override willUpdate(): void {
    if (this.object.ref !== this.shown) this.chosen = [];
    this.shown = this.object.ref;
  }

  protected override render(): TemplateResult {
    const { object } = this;
    return html`
      <p class="hint">${object.versions.length > 1 ? "Choose two versions to see what differs between them." : "The log has one version of it up to this moment."}</p>
      ${this.drawComparison()}
      <ol class="history">${joinHistory(object).map((moment) => this.drawMoment(moment))}</ol>
      ${object.moreVersions ? html`<p class="hint">The log has older versions, which are not told here.</p>` : nothing}
      ${object.events.length === 0 ? html`<p class="hint">No Event tells of it up to this moment.</p>` : nothing}`;
  }

  private drawComparison(): TemplateResult | typeof nothing {
    const [first, second] = this.chosen;
    if (first === undefined || second === undefined) return nothing;
    return html`<orrery-comparison .viewer=${this.viewer} .object=${this.object} .older=${Math.min(first, second)} .newer=${Math.max(first, second)}
      @closed=${this.clear}></orrery-comparison>`;
  }

  private clear(): void {
    this.chosen = [];
  }

  private drawMoment({ version, events }: Moment): TemplateResult {
    return html`<li class="moment">
      ${version ? this.drawVersion(version) : html`<div class="version">before that</div>`}
      ${events.map((joined) => this.drawEvent(joined))}
    </li>`;
  }

  private drawVersion(version: Version): TemplateResult {
    const when = seenAt(version.ts, version.since);
    const paths = version.changes.map(({ path }) => path);
    return html`<div class="version">
      <input type="checkbox" .checked=${this.chosen.includes(version.seq)} aria-label="Compare the version of ${when}"
        ?hidden=${this.object.versions.length < 2} @change=${() => this.choose(version.seq)} />
      <div><button class="link" aria-current=${version.seq === this.object.seq} @click=${() => this.select(this.object.ref, version.seq)}
        title=${exact(version.ts)}>${when}</button>
      ${version.type === "LISTED" ? "as the log found it" : html`${version.type.toLowerCase()} by <span class="who hue-${version.writer.actor}">${writerName(version.writer)}</span>`}
      ${paths.length > 0 ? html`<div class="hint paths" title=${paths.join("\n")}>${count(paths.length, "field")}: ${paths.slice(0, 3).join(", ")}${paths.length > 3 ? " …" : ""}</div>` : nothing}</div>
    </div>`;
  }

  private drawEvent({ event, rule }: JoinedEvent): TemplateResult {
    const seen = parseTime(event.lastSeen);
    const [certainty, words] = HOW[rule];
    return html`<div class="evidence ${certainty} event" title="${certainty}: ${words}">
      <b class=${event.type === "Warning" ? "event-warning" : ""}>${event.type === "Warning" ? "▲ " : ""}${event.reason}</b>
      ${event.count > 1 ? `×${event.count}` : ""} · ${event.component}
      ${seen === undefined ? nothing : html`· <span title=${event.lastSeen}>${ago(seen, this.now)}</span>`}
      <div>${event.message}</div>
      <div class="hint">${certainty} · ${words}</div>
    </div>`;
  }

  /** A third takes the place of the one that was chosen first. */
  private choose(seq: number): void {
    this.chosen = this.chosen.includes(seq)
      ? this.chosen.filter((each) => each !== seq)
      : [...this.chosen, seq].slice(-2);
  }
}

customElements.define("orrery-history", HistoryElement);
