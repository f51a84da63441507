/** Search: a dialog over the stage. Arrows choose, Enter goes to the object, Tab takes the first completion. */

import { html, nothing, type TemplateResult } from "lit";
import type { View } from "../model/address";
import type { SearchReply, Viewer } from "../model/viewer";
import type { SearchAnswer } from "../wire";
import { StageElement } from "./element";

type Hit = SearchAnswer["hits"][number];

const EXAMPLES: readonly (readonly [string, string])[] = [
  ["kind:pod ready:false", "Pods that are not ready"],
  ["restarts>0", "what was restarted"],
  ["app=web", "by a label"],
  ["owner:web", "what an object owns"],
  ["node:node-2", "Pods on a node"],
];

export interface Sought {
  readonly ref: string;
  readonly namespace: string;
}

export class SearchElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    text: { state: true },
    reply: { state: true },
    chosen: { state: true },
  };
  declare viewer: Viewer;
  declare text: string;
  declare reply: SearchReply | undefined;
  declare chosen: number;
  private isAsking = false;

  constructor() {
    super();
    this.text = "";
    this.chosen = 0;
  }

  open(): void {
    const dialog = this.querySelector("dialog");
    if (!dialog || document.querySelector("dialog[open]")) return;
    dialog.showModal();
    this.querySelector("input")?.select();
    void this.ask();
  }

  protected override render(): TemplateResult {
    const { answer } = this;
    const hits = this.hits;
    return html`<dialog aria-label="Search" closedby="any">
      <input type="text" role="combobox" aria-label="Search objects" aria-expanded=${hits.length > 0} aria-controls="found"
        aria-autocomplete="list" aria-activedescendant=${hits.length > 0 ? `found-${this.chosen}` : nothing} autocomplete="off" spellcheck="false"
        placeholder="name, label, address, image, owner · kind:pod node:node-2 ready:false" maxlength="500"
        .value=${this.text} @input=${this.type} @keydown=${this.press} />
      <div class="line"><div class="told" role="status">${this.told}</div>
        ${this.completions.map((text, index) => html`<button class="chip" tabindex="-1" @click=${() => this.take(text)}>${text.slice(this.stem)}${index === 0 ? html` <kbd>Tab</kbd>` : nothing}</button>`)}</div>
      ${answer && !this.text.trim() ? this.drawExamples() : nothing}
      <div class="found" id="found" role="listbox" aria-label="Objects">${this.drawHits(hits)}</div>
      <div class="foot"><kbd>↑</kbd> <kbd>↓</kbd> choose · <kbd>Enter</kbd> go there · <kbd>Escape</kbd> close</div>
    </dialog>`;
  }

  private get answer(): SearchAnswer | undefined {
    return this.reply && "hits" in this.reply ? this.reply : undefined;
  }

  /** What was found, kind by kind, the kind of the best first. */
  private get hits(): readonly Hit[] {
    const found = this.answer?.hits ?? [];
    const kinds = [...new Set(found.map((hit) => hit.kind))];
    return kinds.flatMap((kind) => found.filter((hit) => hit.kind === kind));
  }

  private get completions(): readonly string[] {
    return this.answer?.completions ?? [];
  }

  /** Where the term begins that is being typed. */
  private get stem(): number {
    return this.text.lastIndexOf(" ") + 1;
  }

  private get told(): string {
    if (this.reply && "problem" in this.reply) return this.reply.problem;
    const { answer } = this;
    if (!answer) return "";
    if (!this.text.trim()) return "For example:";
    if (answer.problems.length > 0) return answer.problems.join(" ");
    if (answer.total === 0) return "Nothing here at this moment meets this.";
    const count = answer.total === 1 ? "1 object" : `${answer.total.toLocaleString("en")} objects`;
    if (answer.isFuzzy) return `Nothing has these words; ${count} with their letters in this order`;
    return answer.total > answer.hits.length ? `${count}, the first ${answer.hits.length} shown` : count;
  }

  private drawExamples(): TemplateResult {
    return html`<dl>${EXAMPLES.map(
      ([text, what]) =>
        html`<dt><button class="chip" @click=${() => this.take(text)}>${text}</button></dt><dd>${what}</dd>`,
    )}</dl>`;
  }

  private drawHits(hits: readonly Hit[]): TemplateResult[] {
    const kinds = [...new Set(hits.map((hit) => hit.kind))];
    return kinds.map(
      (kind) => html`<div role="group" aria-label=${kind}>
        <div class="kind" aria-hidden="true">${kind}</div>
        ${hits.map((hit, index) => (hit.kind === kind ? this.drawHit(hit, index) : nothing))}
      </div>`,
    );
  }

  private drawHit(hit: Hit, index: number): TemplateResult {
    return html`<div role="option" id="found-${index}" class="hit" aria-selected=${index === this.chosen} @click=${() => this.go(hit)}>
      <b>${hit.name}</b> <span class="where">${hit.namespace}</span>
      ${hit.field ? html`<span class="why">${hit.field} <code>${hit.value}</code></span>` : nothing}</div>`;
  }

  private type(event: Event): void {
    this.take((event.target as HTMLInputElement).value);
  }

  private take(text: string): void {
    this.text = text;
    this.querySelector("input")?.focus();
    void this.ask();
  }

  /** One question at a time; of what is typed meanwhile only the last is asked. */
  private async ask(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    let asked: string | undefined;
    while (asked !== this.text) {
      asked = this.text;
      this.reply = await this.viewer.search(asked);
      this.chosen = 0;
    }
    this.isAsking = false;
  }

  private press(event: KeyboardEvent): void {
    const { hits } = this;
    const [completion] = this.completions;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const hit = hits[this.chosen];
    if (step && hits.length > 0) {
      this.chosen = (this.chosen + step + hits.length) % hits.length;
      void this.updateComplete.then(() =>
        this.querySelector(`#found-${this.chosen}`)?.scrollIntoView({ block: "nearest" }),
      );
    } else if (event.key === "Tab" && !event.shiftKey && completion) this.take(completion);
    else if (event.key === "Enter" && !event.isComposing && hit && !this.isAsking) this.go(hit);
    else return;
    event.preventDefault();
  }

  private go(hit: Hit): void {
    this.querySelector("dialog")?.close();
    const detail: Sought = { ref: hit.ref, namespace: hit.namespace };
    this.dispatchEvent(new CustomEvent<Sought>("sought", { detail, bubbles: true }));
  }
}

/** The diagram in which an object is seen best; the present one where none has more to say. */
export function viewOf(ref: string, present: View): View {
  const resource = ref.slice(0, ref.indexOf(":"));
  if (/^v1\/(pods|nodes)$/.test(resource)) return "nodes";
  if (resource.startsWith("rbac.authorization.k8s.io/") || resource === "v1/serviceaccounts") return "rbac";
  if (/^(v1\/services|discovery\.k8s\.io\/|gateway\.networking\.k8s\.io\/)/.test(resource)) return "routing";
  return present === "health" ? "flow" : present;
}

customElements.define("orrery-search", SearchElement);
