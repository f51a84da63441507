/** Two versions of an object and what differs: as one text, or side by side over the page. */

import { html, nothing, type TemplateResult } from "lit";
import { type DiffRow, readDiff } from "../layout/diff";
import { clockSeconds, count } from "../model/format";
import type { ComparisonReply, Viewer } from "../model/viewer";
import type { Comparison, Inspection } from "../wire";
import { StageElement } from "./element";

export class ComparisonElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    object: { attribute: false },
    older: { attribute: false },
    newer: { attribute: false },
    reply: { state: true },
  };
  declare viewer: Viewer;
  declare object: Inspection;
  declare older: number;
  declare newer: number;
  declare reply: ComparisonReply | undefined;
  private asked = "";

  protected override willUpdate(): void {
    const question = `${this.object.ref} ${this.older} ${this.newer}`;
    if (question !== this.asked) void this.ask(question);
  }

  private async ask(question: string): Promise<void> {
    this.asked = question;
    const reply = await this.viewer.compareVersions(this.object.ref, this.older, this.newer);
    if (this.asked === question) this.reply = reply;
  }

  protected override render(): TemplateResult {
    const { reply } = this;
    if (reply === undefined) return html`<p role="status">Comparing…</p>`;
    if ("problem" in reply) return html`<p role="status">${reply.problem}</p>`;
    const isLaid = (reply.stretches ?? []).length > 0;
    return html`<section aria-label="What differs">
      <h3>${this.tellTime(reply.older)} → ${this.tellTime(reply.newer)}</h3>
      <p role="status">${count(reply.changes.length, "field")} ${reply.changes.length === 1 ? "differs" : "differ"}.</p>
      <div class="choices">
        ${isLaid ? html`<button class="button" @click=${this.open}>Side by side</button>` : nothing}
        <button class="button" @click=${this.close}>Done comparing</button>
      </div>
      ${isLaid ? html`<div class="diff" tabindex="0" role="group" aria-label="Both versions as one text">${readDiff(reply).map(drawUnified)}</div>` : drawChanges(reply)}
      <dialog class="sides" aria-label="Two versions side by side">
        <form method="dialog"><b>${this.object.kind} ${this.object.name}</b> <button class="button">Close</button></form>
        <div class="diff two" tabindex="0"><div class="hint">${this.tellTime(reply.older)}</div><div class="hint">${this.tellTime(reply.newer)}</div>${readDiff(reply).map(drawSides)}</div>
      </dialog>
    </section>`;
  }

  private tellTime(seq: number): string {
    const version = this.object.versions.find((each) => each.seq === seq);
    return version ? clockSeconds(version.ts) : `frame ${seq}`;
  }

  private open(): void {
    this.querySelector("dialog")?.showModal();
  }

  private close(): void {
    this.dispatchEvent(new CustomEvent("closed"));
  }
}

/** Where the texts are too long to be laid side by side: the fields alone. */
function drawChanges({ changes }: Comparison): TemplateResult {
  return html`<p class="hint">The object is too long to be laid side by side. These fields differ:</p>
    <ul>${changes.map(({ path, old, new: now }) => html`<li><b>${path}</b><br /><del>${cut(old)}</del> → ${cut(now)}</li>`)}</ul>`;
}

function cut(text: string | null): string {
  if (text === null) return "nothing";
  return text.length > 200 ? `${text.slice(0, 200)} …` : text;
}

function drawUnified(row: DiffRow): unknown {
  if (row.kind === "fold") return html`<span class="hint">⋯ ${count(row.count, "line")} the same</span>`;
  if (row.kind === "same") return html`<code>${`  ${row.text}`}</code>`;
  return html`${row.old === undefined ? nothing : html`<del>${`− ${row.old}`}</del>`}${row.new === undefined ? nothing : html`<ins>${`+ ${row.new}`}</ins>`}`;
}

function drawSides(row: DiffRow): unknown {
  if (row.kind === "fold") return html`<span class="hint both">⋯ ${count(row.count, "line")} the same</span>`;
  if (row.kind === "same") return html`<code>${row.text}</code><code>${row.text}</code>`;
  return html`${row.old === undefined ? html`<code></code>` : html`<del>${row.old}</del>`}${row.new === undefined ? html`<code></code>` : html`<ins>${row.new}</ins>`}`;
}

customElements.define("orrery-comparison", ComparisonElement);
