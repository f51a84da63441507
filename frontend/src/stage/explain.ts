/** “Explain this trace”: it in sentences, each with its evidence. A click on one shows that write. */

import { html, nothing, type TemplateResult } from "lit";
import { outcome } from "../layout/outcome";
import { actorOf, nameOf } from "../layout/waterfall";
import type { Sentence, Tree } from "../wire";
import { StageElement } from "./element";

const MOST = 120;
const LINKS = 5;

export class ExplainElement extends StageElement {
  static override properties = { tree: { attribute: false }, isOpen: { state: true } };
  declare tree: Tree;
  declare isOpen: boolean;

  constructor() {
    super();
    this.isOpen = false;
  }

  async open(): Promise<void> {
    this.isOpen = true;
    await this.updateComplete;
    const dialog = this.querySelector("dialog");
    if (!dialog?.open) dialog?.showModal();
  }

  protected override render(): TemplateResult {
    if (!this.isOpen) return html``;
    const { sentences } = this.tree;
    const hidden = sentences.length - MOST;
    return html`<dialog class="explain" aria-labelledby="explain-title" @close=${this.closed}>
      <h2 id="explain-title">${nameOf(this.tree.writes[0]?.component ?? ":")} ${this.tree.text}</h2>
      <p class="sub">${outcome(this.tree)}</p>
      <ol>${sentences.slice(0, MOST).map((sentence) => this.drawSentence(sentence))}</ol>
      ${hidden > 0 ? html`<p>and ${hidden} more: the table has them all.</p>` : nothing}
      <form method="dialog"><button class="button">Close</button></form>
    </dialog>`;
  }

  private drawSentence(sentence: Sentence): TemplateResult {
    const writes = this.tree.writes.filter((write) => sentence.seqs.includes(write.seq));
    const [first] = writes;
    const hidden = writes.length - LINKS;
    return html`<li class="hue-${first ? actorOf(first.component) : "unknown"}">
      <p>${first ? html`<button class="link" @click=${() => this.show(first)}>${sentence.text}</button>` : sentence.text}</p>
      <div class="evidence ${sentence.certainty}"><b>${sentence.certainty}</b> · ${sentence.why}</div>
      ${
        writes.length > 1
          ? html`<div class="links">${writes.slice(0, LINKS).map((write) => html`<button class="link" @click=${() => this.show(write)}>${write.text}</button> `)}${hidden > 0 ? `and ${hidden} more` : nothing}</div>`
          : nothing
      }
    </li>`;
  }

  private show(what: { readonly ref: string; readonly seq: number }): void {
    this.querySelector("dialog")?.close();
    this.select(what.ref, what.seq);
  }

  private closed(): void {
    this.isOpen = false;
  }
}

customElements.define("orrery-explain", ExplainElement);
