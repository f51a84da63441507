/** What staff may alter of a cluster: its name, its credentials, and that it is there. */

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { type Access, Changes, Refused } from "../model/changes";
import type { Cluster } from "../model/clusters";
import "./kubeconfig";
import { drawReadingChoice, pollSecondsIn } from "./reading";

const DAY_SECONDS = 86_400;
const GIB = 2 ** 30;

export class ClusterSettingsElement extends LitElement {
  static override properties = {
    csrf: {},
    slug: {},
    name: {},
    ready: { state: true },
    said: { state: true },
    isBad: { state: true },
    removing: { state: true },
    cluster: { state: true },
  };
  declare csrf: string;
  declare slug: string;
  declare name: string;
  declare ready: Access | undefined;
  declare said: string;
  declare isBad: boolean;
  declare removing: boolean;
  /** Undefined until the server told. */
  declare cluster: Cluster | undefined;

  constructor() {
    super();
    this.said = "";
    this.isBad = false;
    this.removing = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.load();
  }

  private async load(): Promise<void> {
    const response = await fetch("/api/clusters?brief=true");
    if (response.ok)
      this.cluster = ((await response.json()) as Cluster[]).find(({ slug }) => slug === this.slug);
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    return html`
      <p class="form-state ${this.isBad ? "bad" : "good"}" role=${this.isBad ? "alert" : "status"}>${this.said}</p>
      <section><h2>Name</h2>
        <form @submit=${this.rename}>
          <label for="name">What it is called</label>
          <input id="name" type="text" maxlength="200" required autocomplete="off" .value=${this.name}>
          <p class="row"><button class="button" type="submit">Rename</button> <span class="hint">Its addresses stay.</span></p>
        </form></section>
      ${this.cluster ? this.drawHow(this.cluster) : nothing}
      <section><h2>New credentials</h2>
        <p>They count within seconds. Nothing is lost in between, and they must lead to the same cluster.</p>
        <orrery-kubeconfig .csrf=${this.csrf} @ready=${(event: CustomEvent<Access>) => this.setReady(event.detail)}
          @unready=${() => this.setReady(undefined)}></orrery-kubeconfig>
        ${this.ready ? html`<p class="row"><button class="button primary" type="button" @click=${this.giveAccess}>Use these credentials</button></p>` : nothing}
      </section>
      <section><h2>Remove</h2>
        <p>It is followed no more, and its credentials are forgotten.</p>
        <form @submit=${this.removeIt}>
          <p><input type="radio" name="log" id="keep-log" value="keep" checked><label for="keep-log">Keep what was seen of it, as a recording</label></p>
          <p><input type="radio" name="log" id="drop-log" value="drop"><label for="drop-log">Delete what was seen of it, for good</label></p>
          <p class="row"><button class="button danger" type="submit" ?disabled=${this.removing}>Remove ${this.name}…</button></p>
        </form></section>
    `;
  }

  private drawHow(cluster: Cluster): TemplateResult {
    const days =
      cluster.keep_seconds === null ? "" : String(+(cluster.keep_seconds / DAY_SECONDS).toFixed(3));
    const size = cluster.keep_bytes === null ? "" : String(+(cluster.keep_bytes / GIB).toFixed(3));
    return html`<section><h2>Reading and keeping</h2>
      <form @submit=${this.set}>
        ${drawReadingChoice(cluster.is_polled ? cluster.poll_seconds : null)}
        <label class="above" for="keep-days">How long its log is kept, in days</label>
        <input id="keep-days" type="number" min="0.001" max="3650" step="any" placeholder="as the settings say" .value=${days}>
        <label class="above" for="keep-size">How large its log may be, in GiB</label>
        <input id="keep-size" type="number" min="0.001" max="1000000" step="any" placeholder="as the settings say" .value=${size}>
        <p class="row"><button class="button" type="submit">Save</button></p>
      </form></section>`;
  }

  private readonly set = (event: Event): void => {
    event.preventDefault();
    const pollSeconds = pollSecondsIn(event.target as HTMLFormElement);
    const days = this.querySelector<HTMLInputElement>("#keep-days")?.value ?? "";
    const size = this.querySelector<HTMLInputElement>("#keep-size")?.value ?? "";
    void this.attempt(async (changes) => {
      this.cluster = await changes.alter(this.slug, {
        poll_seconds: pollSeconds,
        keep_seconds: days ? Math.round(Number(days) * DAY_SECONDS) : null,
        keep_bytes: size ? Math.round(Number(size) * GIB) : null,
      });
      return "It is saved, and counts within seconds.";
    });
  };

  private setReady(ready: Access | undefined): void {
    this.ready = ready;
  }

  private readonly rename = (event: Event): void => {
    event.preventDefault();
    const field = this.querySelector<HTMLInputElement>("#name");
    void this.attempt(async (changes) => {
      this.name = (await changes.alter(this.slug, { name: field?.value ?? "" })).name;
      const heading = document.querySelector(".opening h1");
      if (heading) heading.textContent = this.name;
      return `It is called ${this.name} now.`;
    });
  };

  private readonly giveAccess = (): void => {
    const { ready } = this;
    if (!ready) return;
    void this.attempt(async (changes) => {
      const { server } = await changes.giveAccess(this.slug, ready);
      return `The new credentials count from now on, at ${server}.`;
    });
  };

  private readonly removeIt = (event: Event): void => {
    event.preventDefault();
    const withLog = this.querySelector<HTMLInputElement>("#drop-log")?.checked === true;
    const words = withLog
      ? "with everything that was seen of it, for good"
      : "and keep what was seen as a recording";
    if (!window.confirm(`Remove “${this.name}” ${words}?`)) return;
    this.removing = true;
    void this.attempt(async (changes) => {
      await changes.remove(this.slug, withLog);
      window.location.assign("/");
      return "It is removed.";
    });
  };

  private async attempt(act: (changes: Changes) => Promise<string>): Promise<void> {
    this.said = "";
    try {
      this.said = await act(new Changes(this.csrf));
      this.isBad = false;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.said = error.message;
      this.isBad = true;
      this.removing = false;
    }
  }
}

customElements.define("orrery-cluster-settings", ClusterSettingsElement);
