/**
 * The filter: one field in the bar, in the search language, that narrows every diagram to what meets it.
 *
 * It takes effect with Enter, or when the field is left. What is wrong with it is said below it while it is typed.
 */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { count } from "../model/format";
import { Inquiry } from "../model/inquiry";
import type { Viewer } from "../model/viewer";
import { StageElement } from "./element";

export class FilterElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    text: { attribute: false },
    tick: { attribute: false },
    isOpen: { state: true },
    chosen: { state: true },
  };
  declare viewer: Viewer;
  /** What is filtered by at present. */
  declare text: string;
  declare tick: number;
  declare isOpen: boolean;
  /** Which completion is chosen; -1: none, so that Enter takes what is typed. */
  declare chosen: number;
  private readonly inquiry = new Inquiry(
    () => this.viewer,
    () => this.requestUpdate(),
  );

  constructor() {
    super();
    this.text = "";
    this.isOpen = false;
    this.chosen = -1;
  }

  /** Go to the field. */
  override focus(): void {
    const { input } = this;
    input?.scrollIntoView({ block: "nearest", inline: "nearest" });
    input?.focus();
    input?.select();
  }

  protected override render(): TemplateResult {
    const { inquiry } = this;
    const hints = this.isOpen ? inquiry.completions : [];
    // A term that is only begun is nothing wrong.
    const isBad = this.isOpen
      ? inquiry.problem !== "" && hints.length === 0
      : this.viewer.filterProblems.length > 0;
    return html`<div class="field ${this.text ? "set" : ""} ${isBad ? "wrong" : ""}" role="search">
      <svg width="13" height="13" viewBox="0 0 13 13" aria-hidden="true"><path d="M1 1.5h11L7.8 6.8v4.4L5.2 9.8v-3z"></path></svg>
      <input type="text" name="filter" role="combobox" aria-label="Filter" aria-keyshortcuts="f" aria-autocomplete="list" autocomplete="off" spellcheck="false"
        aria-expanded=${this.isOpen} aria-controls="filter-hints" aria-invalid=${isBad} aria-describedby="filter-told"
        aria-activedescendant=${this.chosen >= 0 ? `filter-hint-${this.chosen}` : nothing}
        title=${this.text ? `Narrowed to what meets ${this.text} (f)` : "Narrow every diagram to what meets this (f)"}
        placeholder="Filter (f)" maxlength="500" .value=${this.isOpen ? inquiry.text : this.text}
        @focus=${this.open} @blur=${this.leave} @input=${this.type} @keydown=${this.press} />
      ${this.text && !this.isOpen && !isBad ? html`<span class="met">${this.met}</span>` : nothing}
      ${this.text ? html`<button class="clear" aria-label="Clear the filter" title="Clear the filter" @mousedown=${(event: Event) => event.preventDefault()} @click=${() => this.take("")}>✕</button>` : nothing}
    </div>
    <div class="below ${isBad ? "wrong" : ""}" ?hidden=${!this.isOpen && !isBad}>
      <div class="told" id="filter-told" role="status">${this.told}</div>
      <div id="filter-hints" role="listbox" aria-label="Completions">${hints.map((text, index) => this.drawHint(text, index))}</div>
      ${this.isOpen ? html`<div class="foot"><kbd>Enter</kbd> filter · <kbd>Tab</kbd> complete · <kbd>Escape</kbd> leave as it was</div>` : nothing}
    </div>`;
  }

  protected override updated(_changed: PropertyValues): void {
    const below = this.querySelector<HTMLElement>(".below");
    const field = this.querySelector(".field")?.getBoundingClientRect();
    if (!below || !field) return;
    // The bar scrolls where it is narrow, and would cut off what hangs from it: this stands over the page.
    below.style.left = `${Math.max(8, Math.min(field.left, window.innerWidth - 348))}px`;
    below.style.top = `${field.bottom + 5}px`;
  }

  private drawHint(text: string, index: number): TemplateResult {
    return html`<div role="option" id="filter-hint-${index}" aria-selected=${index === this.chosen}
      @mousedown=${(event: Event) => event.preventDefault()} @click=${() => this.go(text)}>${text.slice(this.inquiry.stem)}</div>`;
  }

  private get input(): HTMLInputElement | null {
    return this.querySelector("input");
  }

  /** How many objects meet the present filter. */
  private get met(): string {
    const { matches } = this.viewer;
    return matches ? matches.size.toLocaleString("en") : "…";
  }

  private get told(): string {
    const { inquiry } = this;
    if (!this.isOpen) return this.viewer.filterProblems.join(" ");
    if (inquiry.problem) return inquiry.problem;
    if (!inquiry.text.trim()) return "For example kind:pod ready:false, or app=web";
    const { answer } = inquiry;
    if (!answer) return "";
    if (answer.total === 0 || answer.isFuzzy) return "Nothing at this moment meets it.";
    return `${count(answer.total, "object")} at this moment`;
  }

  private open(): void {
    // Typed in, the field is wide: where there is no room to its right, the bar is scrolled until there is.
    if (this.getBoundingClientRect().left + 340 > window.innerWidth)
      this.scrollIntoView({ block: "nearest", inline: "start" });
    this.isOpen = true;
    this.chosen = -1;
    void this.inquiry.ask(this.text);
  }

  private leave(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.take(this.inquiry.text);
  }

  private type(event: Event): void {
    this.go((event.target as HTMLInputElement).value);
  }

  private go(text: string): void {
    this.chosen = -1;
    void this.inquiry.ask(text);
  }

  private press(event: KeyboardEvent): void {
    const hints = this.inquiry.completions;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const hint = hints[Math.max(0, this.chosen)];
    if (step && hints.length > 0) {
      // One place more than there are hints: that of what is typed.
      this.chosen = ((this.chosen + 1 + step + hints.length + 1) % (hints.length + 1)) - 1;
    } else if (event.key === "Tab" && !event.shiftKey && hint) this.go(hint);
    else if (event.key === "Enter" && !event.isComposing) {
      if (this.chosen >= 0 && hint) this.go(hint);
      else this.close(this.inquiry.text);
    } else if (event.key === "Escape") this.close(this.text);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private close(text: string): void {
    this.isOpen = false;
    this.input?.blur();
    this.take(text);
  }

  private take(text: string): void {
    if (text === "") this.inquiry.text = "";
    const trimmed = text.trim();
    if (trimmed !== this.text)
      this.dispatchEvent(
        new CustomEvent("bar", { detail: { name: "filter", value: trimmed }, bubbles: true }),
      );
    else this.requestUpdate();
  }
}

customElements.define("orrery-filter", FilterElement);
