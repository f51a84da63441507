/** The first page's live clusters: one card each, kept up to date. */

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { type Cluster, rate, STANDING_WORDS, standing, troubled } from "../model/clusters";
import { count } from "../model/format";

const ASK_MS = 2_000;

export class ClustersElement extends LitElement {
  static override properties = { clusters: { state: true }, isSilent: { state: true } };
  declare clusters: readonly Cluster[];
  declare isSilent: boolean;
  private timer: number | undefined;

  constructor() {
    super();
    this.clusters = [];
    this.isSilent = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.ask();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.clearTimeout(this.timer);
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.clusters.length === 0) return nothing;
    return html`<section class="clusters" aria-label="Live clusters">
      <h2>Live clusters</h2>
      ${this.isSilent ? html`<p class="bad" role="status">The server does not answer; this is what it last told.</p>` : nothing}
      <ul class="cards">${this.clusters.map(drawCluster)}</ul>
      <h2>Recordings</h2>
    </section>`;
  }

  private async ask(): Promise<void> {
    try {
      const response = await fetch("/api/clusters");
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      this.clusters = (await response.json()) as Cluster[];
      this.isSilent = false;
    } catch {
      this.isSilent = true;
    }
    this.timer = window.setTimeout(() => void this.ask(), ASK_MS);
  }
}

function drawCluster(cluster: Cluster): TemplateResult {
  const stands = standing(cluster);
  const title = html`<h3><span class="standing ${stands}" aria-hidden="true"></span>${cluster.name}</h3>`;
  return html`<li class="card-log card-cluster ${stands}">
    ${cluster.log ? html`<a class="open" href="/logs/${cluster.log}/">${title}</a>` : title}
    <p><b>${STANDING_WORDS[stands]}</b>${cluster.problem ? html`: ${cluster.problem}` : nothing}</p>
    ${cluster.objects ? drawObjects(cluster.objects) : nothing}
    ${cluster.is_insecure ? html`<p class="bad">The server’s certificate is not verified: whoever is in between can read along.</p>` : nothing}
    ${stands === "partly" ? drawTroubled(cluster) : nothing}
    ${cluster.cost ? drawCost(cluster.cost) : nothing}
    <p class="facts">${cluster.server}${cluster.server_version ? html` · Kubernetes ${cluster.server_version}` : nothing}</p>
  </li>`;
}

function drawObjects(objects: NonNullable<Cluster["objects"]>): TemplateResult {
  return html`<p>${objects.nodes_ready} of ${count(objects.nodes, "node")} ready ·
    ${objects.pods_ready.toLocaleString("en")} of ${count(objects.pods, "pod")} ready · ${count(objects.all, "object")}</p>`;
}

function drawTroubled(cluster: Cluster): TemplateResult {
  return html`<details><summary>${count(troubled(cluster).length, "resource")} not watched</summary>
    <ul>${troubled(cluster).map(({ resource, phase, problem }) => html`<li><b>${resource}</b> ${phase}${problem ? `: ${problem}` : ""}</li>`)}</ul>
  </details>`;
}

function drawCost(cost: NonNullable<Cluster["cost"]>): TemplateResult {
  return html`<p class="facts" title="What following this cluster costs its API server">
    ${count(cost.open_watches, "watch", "watches")} · ${cost.events_per_second.toFixed(1)} events/s · ${rate(cost.bytes_per_second)} ·
    ${count(cost.lists, "list")} and ${count(cost.requests, "request")} so far</p>`;
}

customElements.define("orrery-clusters", ClustersElement);
