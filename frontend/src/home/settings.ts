/** What staff may alter of a cluster: its name, its credentials, and that it is there. */

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { Changes, Refused } from "../model/changes";
import "./kubeconfig";
import type { Ready } from "./kubeconfig";

export class ClusterSettingsElement extends LitElement {
  static override properties = {
    csrf: {},
    slug: {},
    name: {},
    ready: { state: true },
    said: { state: true },
    isBad: { state: true },
    removing: { state: true },
  };
  declare csrf: string;
  declare slug: string;
  declare name: string;
  declare ready: Ready | undefined;
  declare said: string;
  declare isBad: boolean;
  declare removing: boolean;

  constructor() {
    super();
    this.said = "";
    this.isBad = false;
    this.removing = false;
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
      <section><h2>New credentials</h2>
        <p>They count within seconds. Nothing is lost in between, and they must lead to the same cluster.</p>
        <orrery-kubeconfig .csrf=${this.csrf} @ready=${(event: CustomEvent<Ready>) => this.setReady(event.detail)}
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

  private setReady(ready: Ready | undefined): void {
    this.ready = ready;
  }

  private readonly rename = (event: Event): void => {
    event.preventDefault();
    const field = this.querySelector<HTMLInputElement>("#name");
    void this.attempt(async (changes) => {
      this.name = (await changes.rename(this.slug, field?.value ?? "")).name;
      const heading = document.querySelector(".opening h1");
      if (heading) heading.textContent = this.name;
      return `It is called ${this.name} now.`;
    });
  };

  private readonly giveAccess = (): void => {
    const { ready } = this;
    if (!ready) return;
    void this.attempt(async (changes) => {
      const { server } = await changes.giveAccess(this.slug, ready.kubeconfig, ready.context);
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
