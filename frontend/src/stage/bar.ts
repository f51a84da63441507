/** The bar: which log, which namespace, which diagram, and how this viewer stands to the log. */

import { html, nothing, type TemplateResult } from "lit";
import { type Address, elsewhere, VIEWS, writeAddress } from "../model/address";
import { type Cluster, standing, standingWords } from "../model/clusters";
import { clock, duration } from "../model/format";
import type { LogName } from "../model/origin";
import type { Viewer } from "../model/viewer";
import { StageElement } from "./element";
import "./filter";
import { TABS } from "./tabs";

export class BarElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    address: { attribute: false },
    log: { attribute: false },
    logs: { attribute: false },
    namespaces: { attribute: false },
    cluster: { attribute: false },
    hasLesson: { attribute: false },
    mayWrite: { attribute: false },
    tick: { attribute: false },
  };
  declare viewer: Viewer;
  declare address: Address;
  declare log: string;
  declare logs: readonly LogName[];
  declare namespaces: readonly string[];
  declare cluster: Cluster | undefined;
  declare hasLesson: boolean;
  declare mayWrite: boolean;
  declare tick: number;

  protected override render(): TemplateResult {
    return html`
      <a class="brand" href=${this.viewer.origin.isFile ? nothing : "/"} title=${this.viewer.origin.isFile ? nothing : "All clusters and recordings"}>
        <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true"><circle class="sun" cx="10" cy="10" r="2.6"></circle><ellipse class="orbit" cx="10" cy="10" rx="8.5" ry="4.2" transform="rotate(-24 10 10)"></ellipse><circle class="planet" cx="17.2" cy="7.4" r="1.7"></circle></svg><span class="word">Orrery</span></a>
      <select class="needs-server" aria-label="Cluster or recording" @change=${this.openLog} @focus=${() => this.tell("logs", "")}>
        ${this.drawLogs("Live clusters", true)} ${this.drawLogs("Recordings", false)}
      </select>
      <select aria-label="Namespace" @change=${this.chooseNamespace}>
        <option value="" ?selected=${this.address.namespace === ""}>all namespaces</option>
        ${this.namespaces.map((name) => html`<option value=${name} ?selected=${name === this.address.namespace}>${name}</option>`)}
      </select>
      <div class="tabs" role="tablist" aria-label="Diagram">
        ${VIEWS.map(
          (
            view,
          ) => html`<button role="tab" class=${TABS[view].needsServer ? "needs-server" : ""} id="tab-${view}" aria-selected=${this.address.view === view}
            aria-controls="diagram" @click=${() => this.tell("view", view)}>${TABS[view].name}</button>`,
        )}
      </div>
      <orrery-filter class=${this.address.filter ? "" : "needs-server"} .viewer=${this.viewer} .text=${this.address.filter} .tick=${this.tick}></orrery-filter>
      ${this.drawLesson()}
      <button class="button needs-server" @click=${() => this.tell("search", "")} title="Go to any object (⌘K, Ctrl-K)" aria-keyshortcuts="Meta+K Control+K"><span class="word">Search </span>⌘K</button>
      <button class="button ghost" aria-pressed=${this.address.table} @click=${() => this.tell("table", !this.address.table)} title="The same facts as a table (t)">Table</button>
      <button class="button ghost" @click=${() => this.tell("theme", "")} title="Dark or light" aria-label="Switch between dark and light">◐</button>
      <button class="button ghost" @click=${() => this.tell("keys", "")} title="Keys (?)" aria-label="Keys">?</button>
      ${this.drawState()}
    `;
  }

  private drawLesson(): TemplateResult | typeof nothing {
    if (this.hasLesson)
      return html`<button class="button lesson-button" aria-pressed=${this.address.lesson !== undefined} @click=${() => this.tell("lesson", "")} title="The lesson on this recording">Lesson</button>`;
    if (!this.mayWrite) return nothing;
    return html`<button class="button ghost" @click=${() => this.tell("write", "")} title="Write a lesson on this recording" aria-label="Write a lesson">＋ Lesson</button>`;
  }

  private drawLogs(name: string, isLive: boolean): TemplateResult | typeof nothing {
    const logs = this.logs.filter((log) => log.is_live === isLive);
    if (logs.length === 0) return nothing;
    return html`<optgroup label=${name}>${logs.map((log) => html`<option value=${log.slug} ?selected=${log.slug === this.log}>${log.title}</option>`)}</optgroup>`;
  }

  private drawState(): TemplateResult {
    const { place, hello, status } = this.viewer;
    if (status === "lost" || status === "connecting") {
      const since =
        this.viewer.lostAtMs === undefined
          ? ""
          : ` · ${duration((performance.now() - this.viewer.lostAtMs) / 1000)}`;
      return html`<span class="state"><span class="dot lost"></span><b>${status === "lost" ? "not connected" : "connecting"}</b>${since}</span>`;
    }
    if (!place || !hello) return html`<span class="state">opening…</span>`;
    if (place.mode === "live" && this.cluster && standing(this.cluster) === "broken") {
      return html`<span class="state"><span class="dot lost"></span><b>not followed</b><span>last seen ${clock(place.ts)}</span></span>`;
    }
    if (place.mode === "live" && this.cluster?.is_polled) {
      return html`<span class="state" title="Not watched: what happens is inferred from what differs between two lists">
        <span class="dot listed"></span><b>${standingWords(this.cluster)}</b><span>${clock(place.ts)}</span></span>`;
    }
    const words = { live: "live", playing: `playing ${place.speed}×`, paused: "paused" }[place.mode];
    return html`<span class="state">
      <span class="dot ${place.mode}"></span><b>${words}</b>
      <span>${clock(place.ts)}</span>
      ${hello.isLive ? nothing : html`<span class="reach">${duration(Math.max(0, place.ts - hello.firstTs))} of ${duration(hello.lastTs - hello.firstTs)}</span>`}
    </span>`;
  }

  private tell(name: string, value: unknown): void {
    this.dispatchEvent(new CustomEvent("bar", { detail: { name, value }, bubbles: true }));
  }

  private openLog(event: Event): void {
    const slug = encodeURIComponent((event.target as HTMLSelectElement).value);
    window.location.assign(`/logs/${slug}/${writeAddress(elsewhere(this.address))}`);
  }

  private chooseNamespace(event: Event): void {
    this.tell("namespace", (event.target as HTMLSelectElement).value);
  }
}

customElements.define("orrery-bar", BarElement);
