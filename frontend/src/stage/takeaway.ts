/** Take a recording, with its lesson, away: the server makes one HTML file of it, which takes some seconds. */

import { html, nothing, type TemplateResult } from "lit";
import type { Viewer } from "../model/viewer";
import { StageElement } from "./element";

export class TakeawayElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    log: { attribute: false },
    words: { attribute: false },
    tick: { attribute: false },
    isMaking: { state: true },
    problem: { state: true },
  };
  declare viewer: Viewer;
  declare log: string;
  /** What the button says. */
  declare words: string;
  declare tick: number;
  declare isMaking: boolean;
  declare problem: string;

  constructor() {
    super();
    this.words = "HTML file";
    this.isMaking = false;
    this.problem = "";
  }

  /** Not where all of it is in a file already; and all diagrams are in it, RBAC too, for whoever may see that. */
  protected override render(): TemplateResult | typeof nothing {
    const { viewer } = this;
    if (viewer.origin.isFile || !viewer.hello || viewer.hello.isLive || !viewer.mayOpen("rbac"))
      return nothing;
    return html`<button type="button" class="button ghost" ?disabled=${this.isMaking} @click=${this.make}
        title="Download this as one HTML file that plays without a server or a network">⤓ <span class="wide">${this.isMaking ? "making the file…" : this.words}</span></button>
      <span class="bad" role="status">${this.problem}</span>`;
  }

  private readonly make = async (): Promise<void> => {
    this.isMaking = true;
    this.problem = "";
    try {
      const response = await fetch(`/api/logs/${encodeURIComponent(this.log)}/page`);
      if (response.ok) save(await response.blob(), `${this.log}.html`);
      else this.problem = await problemIn(response);
    } catch {
      this.problem = "The server did not answer. Try again.";
    } finally {
      this.isMaking = false;
    }
  };
}

async function problemIn(response: Response): Promise<string> {
  const told = (await response.json().catch(() => ({}))) as { readonly problem?: string };
  return told.problem ?? `The file was not made: the server answered ${response.status}.`;
}

function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  URL.revokeObjectURL(url);
}

customElements.define("orrery-takeaway", TakeawayElement);
