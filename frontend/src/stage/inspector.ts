/** The inspector: one object at one moment, part by part. parts.ts has the parts. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { PART_NAMES, type PartName, type View } from "../model/address";
import type { Cluster } from "../model/clusters";
import { clock, exact } from "../model/format";
import type { Traces } from "../model/traces";
import type { Answer, Viewer } from "../model/viewer";
import type { Inspection } from "../wire";
import { StageElement } from "./element";
import { drawHowToRead } from "./intro";
import { PARTS } from "./parts";
import { drawReading } from "./reading";

export class InspectorElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    view: { attribute: false },
    selected: { attribute: false },
    version: { attribute: false },
    chosenPart: { attribute: false },
    intro: { attribute: false },
    cluster: { attribute: false },
    traces: { attribute: false },
    tick: { attribute: false },
    answer: { state: true },
  };
  declare viewer: Viewer;
  declare view: View;
  declare selected: string;
  declare version: number | undefined;
  declare chosenPart: PartName;
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
      ${drawHowToRead(this.view)}`;
  }

  private drawAnswer(object: Inspection): TemplateResult {
    const where = object.namespace ? `in ${object.namespace}` : "cluster-scoped";
    return html`
      <h2>${object.kind} ${object.name}</h2>
      <div class="sub"><span title=${exact(object.ts)}>${clock(object.ts)}</span> · ${where} · frame ${object.seq}</div>
      ${object.exists ? nothing : html`<p role="status"><b>It is not there at this moment.</b> ${absence(object)}</p>`}
      ${this.version === undefined ? nothing : html`<p><button class="link" @click=${() => this.select(this.selected)}>Back to this moment’s version</button></p>`}
      ${this.drawParts(object)}
    `;
  }

  private drawParts(object: Inspection): TemplateResult {
    const names = PART_NAMES.filter((name) => PARTS[name].isFor(object));
    const shown = names.find((name) => name === this.chosenPart) ?? "object";
    const { viewer, version, traces } = this;
    const select = (ref: string, seq?: number) => this.select(ref, seq);
    return html`
      <div class="tabs parts" role="tablist" aria-label="Part of the inspector">${names.map(
        (
          name,
        ) => html`<button role="tab" id="part-${name}" aria-selected=${name === shown} aria-controls="part"
          @click=${() => this.tellPart(name)}>${PARTS[name].name}</button>`,
      )}</div>
      <div id="part" class="part" role="tabpanel" aria-labelledby="part-${shown}">${PARTS[shown].draw({ viewer, object, version, traces, select })}</div>`;
  }

  private tellPart(value: PartName): void {
    this.dispatchEvent(new CustomEvent("bar", { detail: { name: "part", value }, bubbles: true }));
  }
}

customElements.define("orrery-inspector", InspectorElement);

/** What is shown of an object that is not there. */
function absence(object: Inspection): string {
  return object.versions[0]?.type === "DELETED"
    ? "This is its last state."
    : `This is how frame ${object.seq} wrote it.`;
}
