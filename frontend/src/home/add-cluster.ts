/** The form for a new cluster: a kubeconfig, what the cluster says to it, a name, and then its live stage. */

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { type Access, Changes, Refused } from "../model/changes";
import type { Cluster } from "../model/clusters";
import "./kubeconfig";
import { drawReadingChoice, pollSecondsIn } from "./reading";

const ASK_MS = 500;
const PATIENCE_MS = 15_000;

export class AddClusterElement extends LitElement {
  static override properties = {
    csrf: {},
    ready: { state: true },
    name: { state: true },
    problem: { state: true },
    added: { state: true },
    isSaving: { state: true },
    isSlow: { state: true },
  };
  declare csrf: string;
  declare ready: Access | undefined;
  declare name: string;
  declare problem: string;
  declare added: Cluster | undefined;
  declare isSaving: boolean;
  declare isSlow: boolean;
  private isNamed = false;
  private timer: number | undefined;

  constructor() {
    super();
    this.name = "";
    this.problem = "";
    this.isSaving = false;
    this.isSlow = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.clearTimeout(this.timer);
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    if (this.added) return this.drawAdded(this.added);
    return html`
      <orrery-kubeconfig .csrf=${this.csrf} @context=${this.nameIt} @ready=${this.setReady} @unready=${this.setUnready}></orrery-kubeconfig>
      ${this.ready ? this.drawName() : nothing}
    `;
  }

  private drawName(): TemplateResult {
    return html`<form class="name-form" @submit=${this.save}>
      <label for="cluster-name">What it is to be called</label>
      <input id="cluster-name" type="text" maxlength="200" required autocomplete="off" .value=${this.name} @input=${this.typeName}>
      ${drawReadingChoice(null)}
      <p class="row"><button class="button primary" type="submit" ?disabled=${this.isSaving}>Follow this cluster</button></p>
      <p class="form-state ${this.problem ? "bad" : ""}" role=${this.problem ? "alert" : "status"}>${this.problem || (this.isSaving ? "Saving…" : "")}</p>
    </form>`;
  }

  private drawAdded(cluster: Cluster): TemplateResult {
    const words = cluster.problem
      ? cluster.problem
      : cluster.is_followed
        ? "Its resources are being listed. The stage opens when the first of them are there."
        : "A watcher takes it within seconds.";
    return html`<section class="added" role="status"><h2>${cluster.name} is added</h2>
      <p class=${cluster.problem ? "bad" : ""}>${words}</p>
      ${this.isSlow && !cluster.is_followed ? html`<p class="warning">▲ No watcher has taken it yet. On a team’s server, look whether <code>orrery watch</code> runs.</p>` : nothing}
      <p><a href="/">To the first page</a></p></section>`;
  }

  private readonly nameIt = (event: CustomEvent<string>): void => {
    if (!this.isNamed) this.name = event.detail;
  };

  private readonly setReady = (event: CustomEvent<Access>): void => {
    this.ready = event.detail;
  };

  private readonly setUnready = (): void => {
    this.ready = undefined;
    this.problem = "";
  };

  private readonly typeName = (event: Event): void => {
    this.name = (event.target as HTMLInputElement).value;
    this.isNamed = true;
  };

  private readonly save = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!this.ready) return;
    this.isSaving = true;
    this.problem = "";
    try {
      const pollSeconds = pollSecondsIn(event.target as HTMLFormElement);
      this.added = await new Changes(this.csrf).add(this.name, this.ready, pollSeconds);
      this.ready = undefined;
      void this.openWhenThere(this.added.slug, performance.now());
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.problem = error.message;
    } finally {
      this.isSaving = false;
    }
  };

  /** Open the stage as soon as the cluster has a log. */
  private async openWhenThere(slug: string, sinceMs: number): Promise<void> {
    const response = await fetch("/api/clusters?brief=true").catch(() => undefined);
    const all = response?.ok ? ((await response.json()) as Cluster[]) : [];
    const cluster = all.find((each) => each.slug === slug);
    if (cluster?.log) {
      window.location.assign(`/logs/${encodeURIComponent(cluster.log)}/`);
      return;
    }
    if (cluster) this.added = cluster;
    this.isSlow = performance.now() - sinceMs > PATIENCE_MS;
    this.timer = window.setTimeout(() => void this.openWhenThere(slug, sinceMs), ASK_MS);
  }
}

customElements.define("orrery-add-cluster", AddClusterElement);
