/** A line to be copied: the line, and a button that copies it and says so. */

import { html, type TemplateResult } from "lit";
import { StageElement } from "./element";

const SAID_MS = 2_000;

export class CopyElement extends StageElement {
  static override properties = {
    text: { attribute: false },
    label: { attribute: false },
    isHidden: { attribute: false },
    said: { state: true },
  };
  declare text: string;
  /** What the button says; empty: Copy. */
  declare label: string;
  /** Whether only the button is shown. */
  declare isHidden: boolean;
  declare said: string;

  constructor() {
    super();
    this.label = "";
    this.isHidden = false;
    this.said = "";
  }

  protected override render(): TemplateResult {
    const label = this.label || "Copy";
    return html`${this.isHidden ? "" : html`<code class="copied" tabindex="0">${this.text}</code>`}<button class="button" aria-label=${
      this.isHidden ? label : `Copy: ${this.text}`
    } @click=${this.copy}>${this.said || label}</button><span class="visually-hidden" role="status">${this.said}</span>`;
  }

  private async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.text);
      this.said = "Copied";
    } catch {
      this.said = "The browser does not allow copying here";
    }
    setTimeout(() => {
      this.said = "";
    }, SAID_MS);
  }
}

customElements.define("orrery-copy", CopyElement);
