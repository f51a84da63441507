/** The tab “Objects”: what the API serves, the objects of each resource as kubectl lists them, and the namespaces. */

import { html, nothing, type TemplateResult } from "lit";
import type { Browse, CatalogDesk } from "../model/catalog";
import { told } from "../model/catalog";
import { count } from "../model/format";
import type { Viewer } from "../model/viewer";
import type { ApiResource } from "../wire";
import { StageElement } from "./element";
import "./namespaces";
import "./objectlist";

const SERVERS: Readonly<Record<ApiResource["server"], string>> = {
  "kube-apiserver": "built into kube-apiserver",
  aggregated: "aggregated: served by a Service",
  definition: "from CustomResourceDefinitions",
  unknown: "who serves it is not known",
};

const READS = ["get", "list", "watch"];
const WRITES = ["create", "delete", "patch", "update"];

/** Verbs in a word or two, where they are the usual ones. */
export function verbWords(verbs: readonly string[]): string {
  const has = (some: readonly string[]) => some.every((verb) => verbs.includes(verb));
  if (has(READS) && has(WRITES)) return "read, write";
  if (has(READS) && verbs.length === READS.length) return "read";
  return verbs.join(", ");
}

/** Whether a resource has all these words in its names. */
export function meetsWords(resource: ApiResource, words: string): boolean {
  const text =
    `${resource.name} ${resource.kind} ${resource.apiVersion} ${resource.shortNames.join(" ")}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

export class ObjectsElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    desk: { attribute: false },
    browse: { attribute: false },
    namespace: { attribute: false },
    selected: { attribute: false },
    tick: { attribute: false },
  };
  declare viewer: Viewer;
  declare desk: CatalogDesk;
  declare browse: Browse;
  declare namespace: string;
  declare selected: string;
  declare tick: number;

  protected override render(): TemplateResult {
    const { sub } = this.browse;
    const tab = (name: Browse["sub"], words: string) =>
      html`<button role="tab" id="sub-${name}" aria-selected=${sub === name} aria-controls="sub" @click=${() => this.tell({ sub: name })}>${words}</button>`;
    return html`<div class="tabs subs" role="tablist" aria-label="Objects">${tab("resources", "API resources")}${tab("namespaces", "Namespaces")}</div>
      <div id="sub" class="sub-page" role="tabpanel" aria-labelledby="sub-${sub}">${sub === "namespaces" ? this.drawNamespaces() : this.drawResources()}</div>`;
  }

  private drawNamespaces(): TemplateResult {
    return html`<orrery-namespaces .viewer=${this.viewer} .desk=${this.desk} .namespace=${this.namespace} .tick=${this.tick}></orrery-namespaces>`;
  }

  private drawResources(): TemplateResult {
    const { desk, browse } = this;
    const all = told(desk.resources)?.resources;
    if (!all) {
      const problem = desk.resources && "problem" in desk.resources ? desk.resources.problem : "";
      return html`<p role="status" class="waiting">${problem || "Asking what is served…"}</p>`;
    }
    if (browse.resource) return this.drawList(all.find(({ id }) => id === browse.resource));
    const shown = all.filter((resource) => meetsWords(resource, browse.words));
    const objects = all.reduce((sum, resource) => sum + Math.max(0, resource.count), 0);
    return html`<header class="bar">
        <h2>${count(all.length, "resource")}, ${count(objects, "object")}</h2>
        <input type="search" name="words" aria-label="Only resources with these words" placeholder="deploy, apps, Pod…" .value=${browse.words}
          @input=${(event: Event) => this.tell({ words: (event.target as HTMLInputElement).value })} />
      </header>
      ${shown.length === 0 ? html`<p role="status">No resource has these words.</p>` : this.drawTable(shown)}`;
  }

  private drawTable(shown: readonly ApiResource[]): TemplateResult {
    const groups = new Map<string, ApiResource[]>();
    for (const resource of shown) {
      const name = `${resource.apiVersion} ${resource.server}`;
      groups.set(name, [...(groups.get(name) ?? []), resource]);
    }
    return html`<div class="wide"><table class="resources"><thead><tr>
        <th scope="col">Name</th><th scope="col">Short</th><th scope="col">Kind</th><th scope="col">Scope</th>
        <th scope="col" class="number">Objects</th><th scope="col">Verbs</th><th scope="col">Who may</th></tr></thead>
      ${[...groups.values()].map((resources) => this.drawGroup(resources))}</table>
      ${shown.some(({ names }) => names === "known") ? html`<p class="hint">Short names with * are those of Kubernetes 1.36: this log does not carry what its server called them.</p>` : nothing}</div>`;
  }

  /** The resources of one API version, under who serves them. */
  private drawGroup(resources: readonly ApiResource[]): TemplateResult | typeof nothing {
    const [first] = resources;
    if (!first) return nothing;
    const words = html`<span class="quiet" title=${first.server === "definition" ? "" : first.serverWords}>${SERVERS[first.server]}</span>`;
    return html`<tbody><tr class="group"><th colspan="7" scope="rowgroup"><b>${first.apiVersion}</b> ${
      first.serverRef && first.server !== "definition"
        ? html`<button class="link quiet" @click=${() => this.select(first.serverRef)}>${words}</button>`
        : words
    }</th></tr>${resources.map((resource) => this.drawResource(resource))}</tbody>`;
  }

  private drawResource(resource: ApiResource): TemplateResult {
    const isRead = resource.count >= 0;
    const isHidden = resource.count === -2;
    const met = isRead && this.viewer.matches ? this.viewer.matches.of(resource.id).size : undefined;
    return html`<tr class="${resource.count > 0 ? "" : "none"} ${met === 0 ? "unmet" : ""}">
      <th scope="row">${isRead ? html`<button class="link" @click=${() => this.tell({ resource: resource.id, words: "" })}>${resource.name}</button>` : resource.name}</th>
      <td class="short">${resource.shortNames.join(", ")}${resource.names === "known" ? html`<span title="As Kubernetes 1.36 calls it; this log does not say">*</span>` : nothing}</td>
      <td>${resource.kind}${resource.server === "definition" ? html` <button class="link quiet" title=${resource.serverWords} @click=${() => this.select(resource.serverRef)}>definition</button>` : nothing}</td>
      <td>${resource.namespaced ? "namespaced" : "cluster"}</td>
      <td class="number">${isRead ? `${met ? `${met.toLocaleString("en")} of ` : ""}${resource.count.toLocaleString("en")}` : html`<span class="quiet" title=${isHidden ? "You may not see these objects" : "These objects are not read: they cannot be listed and watched, or are another resource’s"}>${isHidden ? "hidden" : "not read"}</span>`}</td>
      <td title=${resource.verbs.join(", ")}>${verbWords(resource.verbs)}</td>
      <td class="may">${this.drawMay(resource)}</td></tr>`;
  }

  private drawMay(resource: ApiResource): TemplateResult | typeof nothing {
    if (!this.viewer.mayOpen("rbac")) return nothing;
    const name = resource.group ? `${resource.name}.${resource.group}` : resource.name;
    return html`${["list", "delete"]
      .filter((verb) => resource.verbs.includes(verb))
      .map(
        (verb) =>
          html`<button class="link quiet" aria-label="Who can ${verb} ${name}?" @click=${() => this.askWho(`who can ${verb} ${name}`)}>${verb}</button> `,
      )}`;
  }

  private drawList(resource: ApiResource | undefined): TemplateResult {
    const { browse } = this;
    if (!resource) {
      return html`<div class="designed-state"><h2>This log records no ${browse.resource}</h2>
        <p><button class="button" @click=${() => this.tell({ resource: "", words: "" })}>All resources</button></p></div>`;
    }
    return html`<orrery-object-list .desk=${this.desk} .browse=${browse} .resource=${resource} .namespace=${this.namespace}
        .met=${this.viewer.matches} .selected=${this.selected} .tick=${this.tick}></orrery-object-list>`;
  }

  private tell(value: Partial<Browse>): void {
    this.dispatchEvent(new CustomEvent("bar", { detail: { name: "browse", value }, bubbles: true }));
  }

  private askWho(value: string): void {
    this.dispatchEvent(new CustomEvent("bar", { detail: { name: "who", value }, bubbles: true }));
  }
}

customElements.define("orrery-objects", ObjectsElement);
