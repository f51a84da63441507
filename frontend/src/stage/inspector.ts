/** The inspector: what an object is, who wrote it, what that altered, its versions, Events and family. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Cluster } from "../model/clusters";
import { ago, clock, clockSeconds, count, exact, parseTime, seenAt } from "../model/format";
import type { Traces } from "../model/traces";
import type { Answer, Viewer } from "../model/viewer";
import type { Attribution, EventRecord, Inspection, Related, Version } from "../wire";
import { drawCauses } from "./causes";
import { StageElement } from "./element";
import { drawReading } from "./reading";
import { ruleWords } from "./rules";
import { drawWaiting } from "./waiting";
import "./yaml";

export class InspectorElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    selected: { attribute: false },
    version: { attribute: false },
    intro: { attribute: false },
    cluster: { attribute: false },
    traces: { attribute: false },
    tick: { attribute: false },
    answer: { state: true },
  };
  declare viewer: Viewer;
  declare selected: string;
  declare version: number | undefined;
  declare intro: string;
  declare cluster: Cluster | undefined;
  declare traces: Traces;
  declare tick: number;
  declare answer: Answer | undefined;
  private askedFor = "";

  protected override willUpdate(_changed: PropertyValues): void {
    this.classList.toggle("intro", !this.selected);
    if (!this.selected) {
      if (this.answer !== undefined) this.tellInspected(undefined);
      this.answer = undefined;
      this.askedFor = "";
      return;
    }
    const seq = this.viewer.place?.seq;
    if (this.viewer.status !== "open" || seq === undefined) return;
    const question = `${this.selected} ${this.version ?? ""} ${this.stateOfSelected()}`;
    if (question !== this.askedFor) void this.ask(question);
  }

  protected override render(): TemplateResult {
    if (!this.selected) return this.drawIntro();
    const close = html`<button class="close" aria-label="Close the inspector" @click=${() => this.select("")}>×</button>`;
    if (this.answer === undefined)
      return html`${close}<h2>${this.selected.split(":")[1]}</h2><p role="status">Reading it from the log…</p>`;
    if ("problem" in this.answer) {
      return html`${close}<h2>${this.selected.split(":")[1]}</h2><div class="sub">${this.selected.split(":")[0]}</div>
        <p role="status">${this.answer.problem}</p><p>Go to a moment when it is there, or choose something else.</p>`;
    }
    return html`${close}${this.drawAnswer(this.answer)}`;
  }

  /** Something that alters when the selected object may have altered: then it is asked for again. */
  private stateOfSelected(): string {
    const place = this.viewer.place;
    return place?.mode === "paused" ? String(place.seq) : String(Math.floor((place?.seq ?? 0) / 20));
  }

  private async ask(question: string): Promise<void> {
    this.askedFor = question;
    const answer = await this.viewer.inspect(this.selected, this.version);
    if (this.askedFor !== question) return;
    this.answer = answer;
    this.tellInspected("problem" in answer || answer.versions[0]?.type === "LISTED" ? undefined : answer.seq);
  }

  private tellInspected(seq: number | undefined): void {
    this.dispatchEvent(new CustomEvent("inspected", { detail: { seq }, bubbles: true }));
  }

  private drawIntro(): TemplateResult {
    return html`<h2>${this.viewer.hello?.title ?? ""}</h2>
      <div class="sub">Kubernetes ${this.viewer.hello?.serverVersion ?? ""}</div>
      <p>${this.intro}</p>
      ${this.cluster ? drawReading(this.cluster) : nothing}
      <h3>How to read it</h3>
      <p>Every change in a cluster is a write to the <b>API server</b>, which keeps it in <b>etcd</b>. A dot runs from the component that wrote to the API server. Who watches that kind then acts in turn.</p>
      <div class="evidence">solid · <b>observed</b>: the object itself names who wrote it</div>
      <div class="evidence inferred">dashed · <b>inferred</b>: a rule tells who it must have been</div>
      <div class="evidence unknown">dotted · <b>unknown</b>: nothing here tells</div>
      <h3>What to do</h3>
      <p>Press <kbd>space</kbd> to play, <kbd>→</kbd> to step to the next write, or drag the timeline. Click any pod, node, write or pill to see it here. <kbd>?</kbd> lists all keys.</p>`;
  }

  private drawAnswer(object: Inspection): TemplateResult {
    const version = object.versions[0];
    const where = object.namespace ? `in ${object.namespace}` : "cluster-scoped";
    return html`
      <h2>${object.kind} ${object.name}</h2>
      <div class="sub"><span title=${exact(object.ts)}>${clock(object.ts)}</span> · ${where} · frame ${object.seq}</div>
      ${object.exists ? nothing : html`<p role="status"><b>It is not there at this moment.</b> ${absence(object)}</p>`}
      ${this.version === undefined ? nothing : html`<p><button class="link" @click=${() => this.select(this.selected)}>Back to this moment’s version</button></p>`}
      ${object.waiting ? drawWaiting(object.waiting, this.viewer.place?.ts ?? object.ts, (ref) => this.select(ref)) : nothing}
      ${version ? this.drawWriter(version) : nothing}
      ${version && version.type !== "LISTED" ? this.drawCauses(version.seq) : nothing}
      <h3>${version?.type === "MODIFIED" ? "The write" : "The object"}</h3>
      <orrery-yaml .object=${object}></orrery-yaml>
      ${object.owners.length > 0 ? html`<h3>Owned by</h3>${this.drawRelated(object.owners)}` : nothing}
      ${object.owned.length > 0 ? html`<h3>Owns</h3>${this.drawRelated(object.owned)}` : nothing}
      <h3>Events</h3>
      ${object.events.length > 0 ? this.drawEvents(object.events) : html`<p>No Events about it.</p>`}
      <h3>Versions</h3>
      ${this.drawVersions(object)}
    `;
  }

  private drawWriter(version: Version): TemplateResult {
    const { writer } = version;
    const verb = { ADDED: "created it", MODIFIED: "wrote this version", DELETED: "deleted it", LISTED: "" }[
      version.type
    ];
    if (version.type === "LISTED") {
      return html`<h3>Who wrote it</h3><p>It was there when the log began. Who wrote it before is not in this log.</p>`;
    }
    return html`<h3>Who wrote it</h3>
      <p><span class="who hue-${writer.actor}">${nameOf(writer)}</span> ${verb}</p>
      ${version.since === 0 ? nothing : html`<p>This cluster is listed, not watched: it was written between ${clockSeconds(version.since)} and ${clockSeconds(version.ts)}, and perhaps more than once.</p>`}
      <div class="evidence ${writer.certainty}"><b>${writer.certainty}</b> · ${ruleWords(writer.rule)}</div>`;
  }

  private drawCauses(seq: number): TemplateResult {
    const row = this.viewer.pictures.flow.table("writes").get(String(seq));
    return drawCauses(this.traces.look(seq), seq, row, (ref, version) => this.select(ref, version));
  }

  private drawRelated(related: readonly Related[]): TemplateResult {
    return html`<ul>${related.map(
      (other) =>
        html`<li>${other.kind} ${
          other.exists
            ? html`<button class="link" @click=${() => this.select(other.ref)}>${other.name}</button>`
            : html`<b>${other.name}</b> · not there`
        }</li>`,
    )}</ul>`;
  }

  private drawEvents(events: readonly EventRecord[]): TemplateResult {
    const now = this.viewer.place?.ts ?? 0;
    return html`<ul>${events.map((event) => {
      const seen = parseTime(event.lastSeen ?? "");
      return html`<li>
        <b class=${event.type === "Warning" ? "event-warning" : ""}>${event.type === "Warning" ? "▲ " : ""}${event.reason}</b>
        ${event.count > 1 ? `×${event.count}` : ""} · ${event.component}
        ${seen === undefined ? "" : html`· <span title=${event.lastSeen}>${ago(seen, now)}</span>`}<br />${event.message}
      </li>`;
    })}</ul>`;
  }

  private drawVersions(object: Inspection): TemplateResult {
    return html`<ul>${object.versions.map(
      (version) => html`<li>
        <button class="link" aria-current=${version.seq === object.seq} @click=${() => this.select(this.selected, version.seq)}
          title=${exact(version.ts)}>${seenAt(version.ts, version.since)}</button>
        ${version.type.toLowerCase()} by ${version.type === "LISTED" ? "—" : nameOf(version.writer)}
        ${version.changes.length > 0 ? `· ${count(version.changes.length, "field")}` : ""}
      </li>`,
    )}</ul>
    ${object.moreVersions ? html`<p>The log has older ones.</p>` : nothing}`;
  }
}

function nameOf(writer: Attribution): string {
  if (writer.actor === "unknown") return "unknown writer";
  if (writer.client) return writer.client;
  return writer.node ? `${writer.component} on ${writer.node}` : writer.component;
}

customElements.define("orrery-inspector", InspectorElement);

/** What is shown of an object that is not there. */
function absence(object: Inspection): string {
  return object.versions[0]?.type === "DELETED"
    ? "This is its last state."
    : `This is how frame ${object.seq} wrote it.`;
}
