/**
 * The first page's live clusters, kept up to date: a card each, and a row each where there are many. Nothing moves when
 * figures alter: each has its line, and clusters stand in the order of their names.
 */

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { type Cluster, ClusterWatch, type Standing, standing } from "../model/clusters";
import { count } from "../model/format";
import { drawCard, drawRows } from "./cards";
import { Rates } from "./rates";

/** More than these are rows of a table: a dozen cards fill a screen. */
const CARDS_AT_MOST = 12;

const ORDER: readonly Standing[] = ["live", "partly", "beginning", "broken"];
const SHORT: Readonly<Record<Standing, string>> = {
  live: "live",
  partly: "partly live",
  beginning: "being read",
  broken: "not followed",
};

export class ClustersElement extends LitElement {
  static override properties = {
    mayAlter: { type: Boolean, attribute: "may-alter" },
    clusters: { state: true },
    isSilent: { state: true },
    wanted: { state: true },
    only: { state: true },
  };
  declare mayAlter: boolean;
  /** Undefined until the server told: what the page came with stands until then. */
  declare clusters: readonly Cluster[] | undefined;
  declare isSilent: boolean;
  declare wanted: string;
  declare only: Standing | undefined;
  private readonly rates = new Rates();
  private readonly watch = new ClusterWatch((clusters, isSilent) => {
    if (this.clusters === undefined) this.replaceChildren();
    if (!isSilent) this.rates.note(clusters);
    this.clusters = clusters;
    this.isSilent = isSilent;
  });

  constructor() {
    super();
    this.mayAlter = false;
    this.isSilent = false;
    this.wanted = "";
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

  protected override shouldUpdate(): boolean {
    return this.clusters !== undefined;
  }

  protected override render(): TemplateResult | typeof nothing {
    const clusters = this.clusters ?? [];
    if (clusters.length === 0 && !this.mayAlter) return nothing;
    const isMany = clusters.length > CARDS_AT_MOST;
    const shown = clusters.filter((cluster) => this.isWanted(cluster));
    return html`<section class="clusters" aria-label="Live clusters">
      <div class="section-head"><h2>Live clusters</h2>
        ${this.mayAlter ? html`<a class="button" href="/clusters/add/">Add a cluster…</a>` : nothing}</div>
      ${this.isSilent ? html`<p class="bad" role="status">The server does not answer; this is what it last told.</p>` : nothing}
      ${isMany ? this.drawTools(clusters) : nothing}
      ${clusters.length === 0 ? this.drawNone() : nothing}
      ${isMany ? drawRows(shown, this.mayAlter) : html`<ul class="cards">${shown.map((cluster) => drawCard(cluster, this.rates.of(cluster.slug), this.mayAlter))}</ul>`}
    </section>`;
  }

  private isWanted(cluster: Cluster): boolean {
    if (this.only !== undefined && standing(cluster) !== this.only) return false;
    const wanted = this.wanted.toLowerCase();
    return cluster.name.toLowerCase().includes(wanted) || cluster.server.toLowerCase().includes(wanted);
  }

  private drawNone(): TemplateResult {
    return html`<p class="none">None yet. <a href="/clusters/add/">Add one</a> with its kubeconfig, and its stage opens in less than a minute.</p>`;
  }

  private drawTools(clusters: readonly Cluster[]): TemplateResult {
    const numbers = new Map<Standing, number>();
    for (const cluster of clusters) numbers.set(standing(cluster), (numbers.get(standing(cluster)) ?? 0) + 1);
    return html`<div class="cluster-tools">
      <input type="search" aria-label="Find a cluster by name or address" placeholder="find by name or address" @input=${(
        event: Event,
      ) => {
        this.wanted = (event.target as HTMLInputElement).value;
      }}>
      <button class="button ${this.only === undefined ? "" : "ghost"}" aria-pressed=${this.only === undefined} @click=${() => {
        this.only = undefined;
      }}>all ${count(clusters.length, "cluster")}</button>
      ${ORDER.map((stands) => {
        const number = numbers.get(stands) ?? 0;
        return html`<button class="button ${this.only === stands ? "" : "ghost"}" aria-pressed=${this.only === stands} ?disabled=${number === 0 && this.only !== stands} @click=${() => {
          this.only = this.only === stands ? undefined : stands;
        }}><span class="standing ${stands}" aria-hidden="true"></span> ${number} ${SHORT[stands]}</button>`;
      })}
    </div>`;
  }
}

customElements.define("orrery-clusters", ClustersElement);
