/** Copy as manifest: an object as one would apply it elsewhere, and what that leaves out. Asked for when it is opened. */

import { html, nothing, type TemplateResult } from "lit";
import { count } from "../model/format";
import type { ManifestReply, Viewer } from "../model/viewer";
import type { Inspection } from "../wire";
import { StageElement } from "./element";
import "./copy";

export class ManifestElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    object: { attribute: false },
    isOpen: { state: true },
    reply: { state: true },
  };
  declare viewer: Viewer;
  declare object: Inspection;
  declare isOpen: boolean;
  declare reply: ManifestReply | undefined;
  private asked = "";

  constructor() {
    super();
    this.isOpen = false;
  }

  protected override willUpdate(): void {
    const question = `${this.object.ref} ${this.object.seq}`;
    if (this.isOpen && question !== this.asked) void this.ask(question);
  }

  private async ask(question: string): Promise<void> {
    this.asked = question;
    this.reply = undefined;
    const reply = await this.viewer.askManifest(this.object.ref, this.object.seq);
    if (this.asked === question) this.reply = reply;
  }

  protected override render(): TemplateResult {
    return html`<details class="manifest" @toggle=${this.toggle}><summary>Copy as manifest</summary>
      ${this.isOpen ? this.drawManifest() : nothing}</details>`;
  }

  private toggle(event: Event): void {
    this.isOpen = (event.target as HTMLDetailsElement).open;
  }

  private drawManifest(): TemplateResult {
    const { reply } = this;
    if (reply === undefined) return html`<p role="status">Reading it from the log…</p>`;
    if ("problem" in reply) return html`<p role="status">${reply.problem}</p>`;
    return html`<p>What one would <code>kubectl apply</code> elsewhere to have it there.</p>
      ${reply.notes.map((note) => html`<p>▲ ${note}</p>`)}
      <orrery-copy .text=${reply.yaml} .label=${"Copy the manifest"} .isHidden=${true}></orrery-copy>
      <details><summary>${count(reply.removed.length, "field")} left out</summary>
        <ul>${reply.removed.map(({ path, why }) => html`<li><b>${path}</b>: ${why}</li>`)}</ul></details>`;
  }
}

customElements.define("orrery-manifest", ManifestElement);
