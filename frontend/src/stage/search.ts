/**
 * Search: a dialog over the stage. Arrows choose, Enter goes to the object, Tab takes the first completion, and Shift-Enter
 * filters by what is typed.
 */

import { html, nothing, type TemplateResult } from "lit";
import type { View } from "../model/address";
import { Inquiry } from "../model/inquiry";
import type { Viewer } from "../model/viewer";
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
    chosen: { state: true },
  };
  declare viewer: Viewer;
  declare chosen: number;
  private readonly inquiry = new Inquiry(
    () => this.viewer,
    () => {
      this.chosen = 0;
      this.requestUpdate();
    },
  );

  constructor() {
    super();
    this.chosen = 0;
  }

  open(): void {
    const dialog = this.querySelector("dialog");
    if (!dialog || document.querySelector("dialog[open]")) return;
    dialog.showModal();
    this.querySelector("input")?.select();
    void this.inquiry.ask(this.inquiry.text);
  }

  protected override render(): TemplateResult {
    const { answer, text, completions, stem } = this.inquiry;
    const hits = this.hits;
    return html`<dialog aria-label="Search" closedby="any">
      <input type="text" role="combobox" aria-label="Search objects" aria-expanded=${hits.length > 0} aria-controls="found"
        aria-autocomplete="list" aria-activedescendant=${hits.length > 0 ? `found-${this.chosen}` : nothing} autocomplete="off" spellcheck="false"
        placeholder="name, label, address, image, owner · kind:pod node:node-2 ready:false" maxlength="500"
        .value=${text} @input=${this.type} @keydown=${this.press} />
      <div class="line"><div class="told" role="status">${this.told}</div>
        ${completions.map((whole, index) => html`<button class="chip" tabindex="-1" @click=${() => this.take(whole)}>${whole.slice(stem)}${index === 0 ? html` <kbd>Tab</kbd>` : nothing}</button>`)}</div>
      ${answer && !text.trim() ? this.drawExamples() : nothing}
      <div class="found" id="found" role="listbox" aria-label="Objects">${this.drawHits(hits)}</div>
      <div class="foot"><span><kbd>↑</kbd> <kbd>↓</kbd> choose · <kbd>Enter</kbd> go there · <kbd>Escape</kbd> close</span>
        ${this.mayFilter ? html`<button class="chip" @click=${this.filter} title="Narrow every diagram to what meets this (Shift-Enter)">Filter by this <kbd>⇧ Enter</kbd></button>` : nothing}</div>
    </dialog>`;
  }

  /** What was found, kind by kind, the kind of the best first. */
  private get hits(): readonly Hit[] {
    const found = this.inquiry.answer?.hits ?? [];
    const kinds = [...new Set(found.map((hit) => hit.kind))];
    return kinds.flatMap((kind) => found.filter((hit) => hit.kind === kind));
  }

  private get told(): string {
    const { answer, text, problem } = this.inquiry;
    if (problem) return problem;
    if (!answer) return "";
    if (!text.trim()) return "For example:";
    if (answer.total === 0) return "Nothing here at this moment meets this.";
    const count = answer.total === 1 ? "1 object" : `${answer.total.toLocaleString("en")} objects`;
    if (answer.isFuzzy) return `Nothing has these words; ${count} with their letters in this order`;
    return answer.total > answer.hits.length ? `${count}, the first ${answer.hits.length} shown` : count;
  }

  /** Whether diagrams can be narrowed to this: names alike in letters are no filter. */
  private get mayFilter(): boolean {
    const { answer, text, problem } = this.inquiry;
    return text.trim() !== "" && problem === "" && answer !== undefined && !answer.isFuzzy;
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
    this.querySelector("input")?.focus();
    void this.inquiry.ask(text);
  }

  private press(event: KeyboardEvent): void {
    const { hits } = this;
    const [completion] = this.inquiry.completions;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const hit = hits[this.chosen];
    if (step && hits.length > 0) {
      this.chosen = (this.chosen + step + hits.length) % hits.length;
      void this.updateComplete.then(() =>
        this.querySelector(`#found-${this.chosen}`)?.scrollIntoView({ block: "nearest" }),
      );
    } else if (event.key === "Tab" && !event.shiftKey && completion) this.take(completion);
    else if (event.key === "Enter" && event.shiftKey && !event.isComposing) this.filter();
    else if (event.key === "Enter" && !event.isComposing && hit && !this.inquiry.isAsking) this.go(hit);
    else return;
    event.preventDefault();
  }

  private filter(): void {
    if (!this.mayFilter) return;
    this.querySelector("dialog")?.close();
    const detail = { name: "filter", value: this.inquiry.text.trim() };
    this.dispatchEvent(new CustomEvent("bar", { detail, bubbles: true }));
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
