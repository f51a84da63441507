/** The first page's live clusters: one card each, kept up to date. */

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { type Cluster, ClusterWatch, standing } from "../model/clusters";
import { drawCost, drawObjects, drawTroubled, drawWords } from "../stage/reading";

export class ClustersElement extends LitElement {
  static override properties = { clusters: { state: true }, isSilent: { state: true } };
  declare clusters: readonly Cluster[];
  declare isSilent: boolean;
  private readonly watch = new ClusterWatch((clusters, isSilent) => {
    this.clusters = clusters;
    this.isSilent = isSilent;
  });

  constructor() {
    super();
    this.clusters = [];
    this.isSilent = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.watch.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.watch.stop();
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
}

function drawCluster(cluster: Cluster): TemplateResult {
  const stands = standing(cluster);
  const title = html`<h3><span class="standing ${stands}" aria-hidden="true"></span>${cluster.name}</h3>`;
  return html`<li class="card-log card-cluster">
    ${cluster.log ? html`<a class="open" href="/logs/${cluster.log}/">${title}</a>` : title}
    ${drawWords(cluster)}
    ${cluster.objects ? drawObjects(cluster.objects) : nothing}
    ${drawTroubled(cluster)}
    ${cluster.cost ? drawCost(cluster.cost) : nothing}
    <p class="facts">${cluster.server}${cluster.server_version ? html` · Kubernetes ${cluster.server_version}` : nothing}</p>
  </li>`;
}

customElements.define("orrery-clusters", ClustersElement);
