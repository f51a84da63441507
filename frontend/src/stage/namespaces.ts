/** The namespaces: what is in each, what deleting it would take along and leave, and what holds one that goes. */

import { html, nothing, type TemplateResult } from "lit";
import { type CatalogDesk, told } from "../model/catalog";
import { ago, count, exact, parseTime } from "../model/format";
import type { Viewer } from "../model/viewer";
import type { Left, NamespaceDetail, NamespaceRow, QuotaUse } from "../wire";
import { StageElement } from "./element";

const OUTCOMES: Readonly<
  Record<Left["outcome"], { readonly mark: string; readonly words: string; readonly tone: string }>
> = {
  goes: { mark: "−", words: "goes too", tone: "gone" },
  stays: { mark: "○", words: "stays", tone: "quiet" },
  breaks: { mark: "▲", words: "lacks it", tone: "bad" },
};

/** So many with the same lot stand open; more are folded. */
const OPEN_AT_MOST = 4;

/** Kinds that come and go by themselves: told apart. */
const PASSING: ReadonlySet<string> = new Set(["Event", "Lease"]);

export class NamespacesElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    desk: { attribute: false },
    namespace: { attribute: false },
    tick: { attribute: false },
  };
  declare viewer: Viewer;
  declare desk: CatalogDesk;
  declare namespace: string;
  declare tick: number;

  protected override render(): TemplateResult {
    const reply = this.desk.namespaces;
    if (reply && "problem" in reply) return html`<p role="status">${reply.problem}</p>`;
    const answer = told(reply);
    if (!answer) return html`<p role="status" class="waiting">Looking through the namespaces…</p>`;
    const { namespaces, detail } = answer;
    if (namespaces.length === 0)
      return html`<div class="designed-state"><h2>There is no namespace in this log</h2><p>Neither Namespace objects nor anything in one were recorded.</p></div>`;
    return html`<div class="namespaces">
      <div class="wide"><table><caption class="hidden">Namespaces</caption><thead><tr><th scope="col">Name</th><th scope="col">Phase</th><th scope="col" class="number">Objects</th>
        <th scope="col" class="number">Pods</th><th scope="col" class="number">Services</th><th scope="col" class="number">Config</th></tr></thead>
        <tbody>${namespaces.map((row) => this.drawRow(row))}</tbody></table></div>
      <div class="detail">${this.drawDetail(detail ?? undefined)}</div></div>`;
  }

  private drawRow(row: NamespaceRow): TemplateResult {
    const isShown = row.name === this.namespace;
    return html`<tr class=${isShown ? "shown" : ""}><th scope="row"><button class="link" aria-current=${isShown} @click=${() => this.choose(isShown ? "" : row.name)}>${row.name}</button></th>
      <td class=${row.phase === "Terminating" ? "warn" : ""}>${row.exists ? row.phase || "not recorded" : "no such Namespace"}${row.phase === "Terminating" ? " ◔" : ""}</td>
      <td class="number">${row.objects.toLocaleString("en")}</td><td class="number">${row.pods.toLocaleString("en")}</td>
      <td class="number">${row.services.toLocaleString("en")}</td><td class="number">${row.config.toLocaleString("en")}</td></tr>`;
  }

  private drawDetail(detail: NamespaceDetail | undefined): TemplateResult {
    if (!this.namespace)
      return html`<div class="designed-state"><h2>Choose a namespace</h2><p>See what is in it, what deleting it would take along and leave, and what holds one that is being deleted.</p></div>`;
    if (detail?.name !== this.namespace) {
      return detail === undefined
        ? html`<div class="designed-state"><h2>${this.namespace} is not there at this moment</h2><p>Nothing is left in it. Move the timeline back to see it go.</p></div>`
        : html`<p role="status" class="waiting">Looking through ${this.namespace}…</p>`;
    }
    return html`
      <h2><button class="link" @click=${() => this.select(`v1/namespaces:${detail.name}`)}>${detail.name}</button> <span class=${detail.deleted ? "warn" : "quiet"}>${detail.phase}</span></h2>
      ${detail.deleted ? this.drawHolding(detail) : nothing}
      ${this.drawKinds(detail)}
      ${this.drawLeft(detail)}
      ${this.drawQuotas(detail)}`;
  }

  private drawHolding(detail: NamespaceDetail): TemplateResult {
    const asked = parseTime(detail.deleted);
    const now = this.viewer.place?.ts ?? 0;
    return html`<section class="panel holds" aria-label="What holds it back"><h3>What holds it back</h3>
      <p>Its deletion was asked for <span title=${asked === undefined ? "" : exact(asked)}>${asked === undefined ? "" : ago(asked, now)}</span>.
      ${detail.holding.length === 0 ? "Nothing is left in it: the namespace controller takes its finalizer away, and it is gone." : `${count(detail.holding.length + detail.moreHolding, "object")} still in it.`}</p>
      ${
        detail.holding.length > 0
          ? html`<ul>${detail.holding.slice(0, 12).map((each) => html`<li><button class="link" @click=${() => this.select(each.ref)}>${each.kind} ${each.name}</button> <span class="quiet">${each.words}</span></li>`)}
        ${detail.holding.length + detail.moreHolding > 12 ? html`<li class="quiet">and ${(detail.holding.length + detail.moreHolding - 12).toLocaleString("en")} more</li>` : nothing}</ul>`
          : nothing
      }
      ${
        detail.conditions.length > 0
          ? html`<h4>What the namespace controller says</h4><ul class="conditions">${detail.conditions.map((each) => html`<li class=${each.holds ? "holds-it" : ""}><i aria-hidden="true">${each.holds ? "▲" : "✓"}</i> <b>${each.type}</b> ${each.message}</li>`)}</ul>`
          : html`<p class="quiet">The namespace controller has not written a condition yet: it begins a few seconds after the deletion was asked for.</p>`
      }
      <p>Finalizers: ${detail.finalizers.length === 0 ? "none" : detail.finalizers.map((name) => html`<code>${name}</code> `)}<span class="quiet">${detail.finalizers.includes("kubernetes") ? "The namespace controller takes kubernetes away when nothing is left." : ""}</span></p></section>`;
  }

  private drawKinds(detail: NamespaceDetail): TemplateResult {
    const sum = (kinds: NamespaceDetail["kinds"]) => kinds.reduce((total, each) => total + each.count, 0);
    const passing = detail.kinds.filter(({ kind }) => PASSING.has(kind));
    const lasting = detail.kinds.filter(({ kind }) => !PASSING.has(kind));
    const all = sum(detail.kinds);
    return html`<section class="panel" aria-label="What is in it"><h3>In it, and gone with it</h3>
      <p>${all === 0 ? "Nothing is in it." : `${count(sum(lasting), "object")} of ${count(lasting.length, "kind")}${passing.map((each) => `, ${count(each.count, each.kind)}`).join("")}. Deleting the namespace deletes them all.`}</p>
      <ul class="kinds">${detail.kinds.map(
        (each) =>
          html`<li><button class="link" @click=${() => this.list(each.resource)}>${each.kind}</button> <b>${each.count.toLocaleString("en")}</b>${each.going > 0 ? html` <span class="warn" title="Their deletion was asked for">◔ ${each.going}</span>` : nothing}</li>`,
      )}</ul></section>`;
  }

  private drawLeft(detail: NamespaceDetail): TemplateResult {
    return html`<section class="panel" aria-label="Outside of it"><h3>Outside of it, and left</h3>
      ${detail.left.length === 0 ? html`<p>Nothing outside of it points into it.</p>` : nothing}
      ${groupLeft(detail.left).map((alike) => this.drawAlike(alike))}
      ${detail.leftIsPartial.length > 0 ? html`<p class="quiet">Not known here: ${detail.leftIsPartial.join(", ")}.</p>` : nothing}</section>`;
  }

  /** What has the same lot is folded where it is many. */
  private drawAlike(alike: readonly Left[]): TemplateResult | typeof nothing {
    const [first] = alike;
    if (!first) return nothing;
    const rows = html`<ul class="left">${alike.map((each) => this.drawLeftOne(each, alike.length > OPEN_AT_MOST ? "" : each.words))}</ul>`;
    if (alike.length <= OPEN_AT_MOST) return rows;
    return html`<details><summary>${drawFate(first)} ${count(alike.length, first.kind)} <span class="quiet">${first.words}</span></summary>${rows}</details>`;
  }

  private drawLeftOne(each: Left, words: string): TemplateResult {
    return html`<li>${drawFate(each)} <button class="link" @click=${() => this.select(each.ref)}>${each.kind} ${each.name}</button>
      <span class="quiet">${each.relation}. ${words}</span></li>`;
  }

  private drawQuotas(detail: NamespaceDetail): TemplateResult | typeof nothing {
    if (detail.quotas.length === 0 && detail.limits.length === 0) return nothing;
    return html`<section class="panel" aria-label="Quotas and limits"><h3>Quotas and limits</h3>
      ${detail.quotas.map(drawQuota)}
      ${
        detail.limits.length > 0
          ? html`<table><thead><tr><th scope="col">LimitRange</th><th scope="col">of a</th><th scope="col">resource</th><th scope="col">min</th><th scope="col">max</th><th scope="col">default</th><th scope="col">default request</th></tr></thead>
        <tbody>${detail.limits.map((line) => html`<tr><th scope="row">${line.name}</th><td>${line.type}</td><td>${line.resource}</td><td>${line.min}</td><td>${line.max}</td><td>${line.default}</td><td>${line.defaultRequest}</td></tr>`)}</tbody></table>`
          : nothing
      }</section>`;
  }

  private choose(name: string): void {
    this.dispatchEvent(new CustomEvent("bar", { detail: { name: "namespace", value: name }, bubbles: true }));
  }

  private list(resource: string): void {
    const value = { sub: "resources", resource, words: "" };
    this.dispatchEvent(new CustomEvent("bar", { detail: { name: "browse", value }, bubbles: true }));
  }
}

function drawFate({ outcome }: Left): TemplateResult {
  const { mark, words, tone } = OUTCOMES[outcome];
  return html`<span class="fate ${tone}"><i aria-hidden="true">${mark}</i> ${words}</span>`;
}

function groupLeft(left: readonly Left[]): Left[][] {
  const groups = new Map<string, Left[]>();
  for (const each of left) {
    const name = `${each.kind} ${each.outcome} ${each.words}`;
    groups.set(name, [...(groups.get(name) ?? []), each]);
  }
  return [...groups.values()];
}

function drawQuota(each: QuotaUse): TemplateResult {
  const percent = Math.round(Math.min(1, Math.max(0, each.share)) * 100);
  const isFull = each.share >= 1;
  return html`<div class="quota ${isFull ? "full" : ""}"><span>${each.resource} <span class="quiet">${each.quota}</span></span>
    <span class="meter" role="meter" aria-label="${each.resource} of quota ${each.quota}" aria-valuemin="0" aria-valuemax="100" aria-valuenow=${percent} aria-valuetext="${each.used} of ${each.hard}"><span .style=${`width:${percent}%`}></span></span>
    <span>${each.used} of ${each.hard}${isFull ? " ▲ full" : ""}</span></div>`;
}

customElements.define("orrery-namespaces", NamespacesElement);
