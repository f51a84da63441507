/** The rules that kube-proxy programs on one node for one Service, as a list that the picture can point into. */

import { html, nothing, type TemplateResult } from "lit";
import { count } from "../model/format";
import { isMatched, type Route, rulesIn } from "../model/routing";
import type { RulesReply } from "../model/viewer";
import type { ProxyRule } from "../wire";
import { StageElement } from "./element";
import "./rulescompare";

const COMMENT = /\s*(?:-m comment --comment (?:"(?:[^"\\]|\\.)*"|\S+)|comment "[^"]*")/g;

export class ProxyRulesElement extends StageElement {
  static override properties = {
    log: { attribute: false },
    at: { attribute: false },
    reply: { attribute: false },
    service: { attribute: false },
    nodes: { attribute: false },
    node: { attribute: false },
    mode: { attribute: false },
    matched: { attribute: false },
    pointed: { attribute: false },
    tick: { attribute: false },
  };
  declare log: string;
  /** The frame that the viewer stands after. */
  declare at: number | undefined;
  declare reply: RulesReply | undefined;
  declare service: string;
  declare nodes: readonly string[];
  declare node: string;
  declare mode: Route["mode"];
  /** What a packet matched; see `isMatched`. */
  declare matched: ReadonlySet<string>;
  declare pointed: string;
  declare tick: number;

  protected override render(): TemplateResult {
    return html`<section class="proxy-rules" aria-label="Rules for ${this.service} on ${this.node}">
      <header>
        <h2>Rules for ${this.service} on
          <select aria-label="Node" @change=${(event: Event) => this.tell({ node: (event.target as HTMLSelectElement).value })}>
            ${this.nodes.map((node) => html`<option ?selected=${node === this.node}>${node}</option>`)}
          </select></h2>
        ${this.drawMeans()}
        <span class="choice" role="group" aria-label="Mode">${this.drawMode("iptables")}${this.drawMode("nftables")}</span>
      </header>
      ${this.drawReply()}
      <orrery-rules-compare .log=${this.log} .at=${this.at} .node=${this.node}></orrery-rules-compare>
    </section>`;
  }

  /** In which mode the cluster's kube-proxy runs, as far as anything tells. */
  private drawMeans(): TemplateResult {
    const answer = rulesIn(this.reply);
    const proxy = answer?.proxy ?? "unknown";
    if (!answer || proxy === "unknown")
      return html`<span class="quiet" title=${answer?.proxyWords ?? ""}>as kube-proxy programs them; its mode is not known here: choose</span>`;
    if (proxy === this.mode)
      return html`<span class="quiet">as kube-proxy programs them: it runs in this mode (${answer.proxySource})</span>`;
    const words =
      proxy === "replaced" ? "another program does kube-proxy’s work" : `kube-proxy runs in ${proxy} mode`;
    return html`<span class="warn" title=${answer.proxyWords ?? ""}>▲ ${words} (${answer.proxySource})${answer.proxyWords ? `. ${answer.proxyWords}` : ""}</span>`;
  }

  private drawMode(mode: Route["mode"]): TemplateResult {
    return html`<button class="button ${mode === this.mode ? "" : "ghost"}" aria-pressed=${mode === this.mode} @click=${() => this.tell({ mode })}>${mode}</button>`;
  }

  private drawReply(): TemplateResult {
    const answer = rulesIn(this.reply);
    if (!answer) {
      const words = this.reply && "problem" in this.reply ? this.reply.problem : "Working them out…";
      return html`<p class="quiet" role="status">${words}</p>`;
    }
    if (answer.rules.length === 0)
      return html`<p class="quiet">None: kube-proxy has nothing to do for it.</p>`;
    return html`<ol tabindex="0" aria-label="${count(answer.rules.length, "rule")}">
      ${answer.rules.map((rule, index) => this.drawRule(rule, answer.rules[index - 1]))}
      ${answer.leftOff ? html`<li class="quiet">and ${count(answer.leftOff, "more rule")}: <code>orrery proxy_rules</code> prints them all</li>` : nothing}
    </ol>`;
  }

  private drawRule(rule: ProxyRule, before: ProxyRule | undefined): TemplateResult {
    const isHit = isMatched(rule, this.matched);
    const isAt = rule.endpoint !== "" && rule.endpoint === this.pointed;
    return html`<li class="${isHit ? "matched" : ""} ${isAt ? "at" : ""}" title=${rule.text}
        @pointerenter=${() => this.point(rule.endpoint)} @pointerleave=${() => this.point("")}>
      <code class="chain">${rule.chain === before?.chain ? "" : rule.chain}</code>
      <code>${shorten(rule.text)}</code>
      ${isHit ? html`<span>matched</span>` : nothing}
    </li>`;
  }

  private point(endpoint: string): void {
    this.dispatchEvent(new CustomEvent("point", { detail: endpoint }));
  }

  private tell(value: Partial<Route>): void {
    this.dispatchEvent(new CustomEvent("bar", { detail: { name: "route", value }, bubbles: true }));
  }
}

/** A rule without what stands beside it already: its chain, and the comment that names the Service. */
export function shorten(text: string): string {
  return text
    .replace(/^-A \S+ /, "")
    .replace(COMMENT, "")
    .trim();
}

customElements.define("orrery-proxy-rules", ProxyRulesElement);
