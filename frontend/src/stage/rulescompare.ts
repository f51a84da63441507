/** Compare what a node really has with what is expected there: its rules are pasted or dropped, and what differs is told. */

import { html, nothing, type TemplateResult } from "lit";
import { Refused, send, tokenOfCookie } from "../model/changes";
import { count } from "../model/format";
import { StageElement } from "./element";

interface Difference {
  readonly chain: string;
  readonly found: readonly string[];
  readonly expected: readonly string[];
  readonly is_reordered: boolean;
}

interface Comparison {
  readonly node: string;
  readonly mode: string;
  readonly family: string;
  readonly services: readonly { readonly service: string; readonly differences: readonly Difference[] }[];
  readonly left_off: number;
}

export class RulesCompareElement extends StageElement {
  static override properties = {
    log: { attribute: false },
    at: { attribute: false },
    node: { attribute: false },
    said: { state: true },
    found: { state: true },
  };
  declare log: string;
  /** The frame that the rules are compared with. */
  declare at: number | undefined;
  declare node: string;
  /** What is the matter, or that it is being worked out. */
  declare said: string;
  declare found: Comparison | undefined;

  constructor() {
    super();
    this.said = "";
  }

  protected override render(): TemplateResult {
    return html`<details class="rules-compare needs-server">
      <summary>Compare with what ${this.node} really has</summary>
      <form @submit=${this.submit}>
        <p>Paste what <code>iptables-save</code> or <code>nft list ruleset</code> prints on ${this.node}, or choose a file of it. Nothing of it is kept.</p>
        <textarea name="text" rows="4" spellcheck="false" aria-label="The node's own rules"></textarea>
        <div class="tools">
          <input type="file" name="file" aria-label="A file of the node's own rules" />
          <button class="button">Compare</button>
          <span role="status">${this.said}</span>
        </div>
      </form>
      ${this.found ? this.drawFound(this.found) : nothing}
    </details>`;
  }

  private drawFound(found: Comparison): TemplateResult {
    const where = `${found.node}, ${found.mode}, ${found.family}`;
    if (found.services.length === 0)
      return html`<p class="outcome ok">● ${where}: the node has what is expected.</p>`;
    return html`<p class="outcome bad">✕ ${where}: ${count(found.services.length, "Service differs", "Services differ")}</p>
      ${found.services.map(
        ({ service, differences }) => html`<h3>${service || "no Service in particular"}</h3>
          ${differences.map((each) => drawDifference(each))}`,
      )}
      ${found.left_off ? html`<p class="quiet">and ${count(found.left_off, "more line")}: <code>orrery proxy_rules --compare</code> tells them all</p>` : nothing}`;
  }

  private readonly submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    const file = fields.get("file");
    const text = String(fields.get("text") ?? "");
    const rules = text.trim()
      ? new File([text], "pasted")
      : file instanceof File && file.size > 0
        ? file
        : undefined;
    this.found = undefined;
    if (!rules) {
      this.said = "Paste the rules or choose a file first.";
      return;
    }
    this.said = "Comparing…";
    const body = new FormData();
    body.set("node", this.node);
    body.set("ruleset", rules);
    if (this.at !== undefined) body.set("at", String(this.at));
    try {
      this.found = await send<Comparison>(
        "POST",
        `/api/logs/${this.log}/rules/compare`,
        body,
        tokenOfCookie(),
      );
      this.said = "";
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.said = error.message;
    }
  };
}

function drawDifference(each: Difference): TemplateResult {
  return html`<div class="difference"><code class="chain">${each.chain}</code>
    ${each.is_reordered ? html`<span>the same rules in another order</span>` : nothing}
    ${each.expected.map((line) => html`<del><span>missing on the node</span><code>${line}</code></del>`)}
    ${each.found.map((line) => html`<ins><span>only on the node</span><code>${line}</code></ins>`)}
  </div>`;
}

customElements.define("orrery-rules-compare", RulesCompareElement);
