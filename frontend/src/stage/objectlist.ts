/**
 * The objects of one resource: only the rows on the screen are drawn, and only those near it are asked for, so that
 * 100,000 of them scroll as ten do.
 */

import { html, nothing, type TemplateResult } from "lit";
import type { Browse, CatalogDesk, Order } from "../model/catalog";
import { count } from "../model/format";
import { countMet, type Matches } from "../model/matches";
import type { ApiResource } from "../wire";
import { StageElement } from "./element";
import type { Sheet } from "./sheets";
import { toCsv, toJson } from "./table";

const ROW_PX = 27;
const OVERSCAN = 12;

export class ObjectListElement extends StageElement {
  static override properties = {
    desk: { attribute: false },
    browse: { attribute: false },
    resource: { attribute: false },
    namespace: { attribute: false },
    selected: { attribute: false },
    met: { attribute: false },
    tick: { attribute: false },
    top: { state: true },
    copied: { state: true },
  };
  declare desk: CatalogDesk;
  declare browse: Browse;
  declare resource: ApiResource;
  declare namespace: string;
  declare selected: string;
  /** What meets the filter; undefined without one. */
  declare met: Matches | undefined;
  declare tick: number;
  /** The first row on the screen. */
  declare top: number;
  declare copied: string;

  constructor() {
    super();
    this.top = 0;
    this.copied = "";
  }

  protected override render(): TemplateResult {
    const { desk, browse, resource, namespace } = this;
    const { list } = desk;
    const where = namespace ? ` in ${namespace}` : "";
    return html`<header class="bar">
        <button class="button ghost" @click=${() => this.tell({ resource: "", words: "", order: "namespace", isReversed: false })}>‹ All resources</button>
        <h2>${resource.kind} <span class="quiet">${resource.apiVersion}</span></h2>
        <input type="search" name="words" aria-label="Only objects with these words" placeholder="name, app=web…" .value=${browse.words}
          @input=${(event: Event) => this.tell({ words: (event.target as HTMLInputElement).value })} />
        <span role="status" class="quiet">${list ? `${list.total === list.objects ? "" : `${list.total.toLocaleString("en")} of `}${count(list.objects, "object")}${where}${this.tellMet()}` : desk.problem || "Listing them…"}</span>
        <span class="tools"><button class="button ghost" @click=${() => this.copy("CSV", toCsv)}>Copy CSV</button>
        <button class="button ghost" @click=${() => this.copy("JSON", toJson)}>Copy JSON</button> <span role="status">${this.copied}</span></span>
      </header>
      ${list && list.total === 0 ? this.drawNone(list.objects) : this.drawRows()}`;
  }

  private tellMet(): string {
    if (!this.met) return "";
    return `, ${countMet(this.met, this.resource.id, this.namespace).toLocaleString("en")} by the filter`;
  }

  private drawNone(objects: number): TemplateResult {
    if (objects === 0)
      return html`<div class="designed-state"><h2>There are none at this moment</h2><p>Move the timeline: they may come, or have gone.</p></div>`;
    return html`<div class="designed-state"><h2>None of them has these words${this.namespace ? ` in ${this.namespace}` : ""}</h2><p>Words are looked for in names, namespaces and labels.</p></div>`;
  }

  private drawRows(): TemplateResult {
    const { list } = this.desk;
    const columns = list?.columns ?? [];
    const total = list?.total ?? 0;
    const { namespaced } = this.resource;
    const template = [
      "minmax(190px, 2.4fr)",
      ...(namespaced ? ["minmax(90px, 1fr)"] : []),
      ...columns.map((name) => (WIDE.has(name) ? "minmax(130px, 2fr)" : "minmax(64px, 1fr)")),
    ].join(" ");
    const first = Math.max(0, Math.min(this.top, total) - OVERSCAN);
    const last = Math.min(total, this.top + this.visible + OVERSCAN);
    const rows: TemplateResult[] = [];
    for (let index = first; index < last; index++) rows.push(this.drawRow(index, template, namespaced));
    return html`<div class="list" role="table" aria-label="${this.resource.kind} objects" aria-rowcount=${total + 1} tabindex="0" @scroll=${this.moveTo}>
      <div role="rowgroup" class="head"><div role="row" aria-rowindex="1" class="line" .style=${`grid-template-columns:${template}`}>
        ${this.drawHead("Name", "name")}${namespaced ? this.drawHead("Namespace", "namespace") : nothing}
        ${columns.map((name) => (name === "Age" ? this.drawHead(name, "age") : html`<span role="columnheader">${name}</span>`))}</div></div>
      <div role="rowgroup" class="rows" .style=${`height:${total * ROW_PX}px`}>${rows}</div></div>`;
  }

  private drawHead(name: string, order: Order): TemplateResult {
    const isChosen = this.browse.order === order;
    const direction = isChosen ? (this.browse.isReversed ? "descending" : "ascending") : "none";
    const mark = isChosen ? (this.browse.isReversed ? " ▼" : " ▲") : "";
    return html`<span role="columnheader" aria-sort=${direction}><button class="link" @click=${() => this.tell({ order, isReversed: isChosen && !this.browse.isReversed })}>${name}${mark}</button></span>`;
  }

  private drawRow(index: number, template: string, namespaced: boolean): TemplateResult {
    const row = this.desk.row(index);
    const place = `top:${index * ROW_PX}px;grid-template-columns:${template}`;
    if (!row)
      return html`<div role="row" aria-rowindex=${index + 2} class="line coming" .style=${place}><span role="cell">…</span></div>`;
    return html`<div role="row" aria-rowindex=${index + 2} class="line ${row.isGoing ? "going" : ""} ${this.met?.has(row.ref) === false ? "unmet" : ""}" aria-selected=${row.ref === this.selected} .style=${place}>
      <span role="cell"><button class="link" title=${row.name} @click=${() => this.select(row.ref)}>${row.name}</button>${row.isGoing ? html` <span class="sign" title="Its deletion was asked for">◔</span>` : nothing}</span>
      ${namespaced ? html`<span role="cell">${row.namespace}</span>` : nothing}
      ${row.cells.map((cell) => html`<span role="cell" class=${BAD.test(cell) ? "bad" : ""} title=${cell}>${cell}</span>`)}</div>`;
  }

  /** How many rows fit on the screen, at least. */
  private get visible(): number {
    return Math.ceil((this.querySelector(".list")?.clientHeight ?? 600) / ROW_PX);
  }

  private moveTo(event: Event): void {
    this.top = Math.floor((event.target as HTMLElement).scrollTop / ROW_PX);
  }

  private async copy(name: string, write: (sheet: Sheet) => string): Promise<void> {
    const { columns, rows } = await this.desk.whole();
    const sheet: Sheet = {
      name: this.resource.name,
      columns: ["namespace", "name", ...columns.map((column) => column.toLowerCase())],
      rows: rows.map((row) => [row.namespace, row.name, ...row.cells]),
      refs: rows.map(({ ref }) => ref),
    };
    try {
      await navigator.clipboard.writeText(write(sheet));
      this.copied = `Copied ${count(rows.length, "row")} as ${name}.`;
    } catch {
      this.copied = "The browser does not allow copying here.";
    }
  }

  private tell(value: Partial<Browse>): void {
    this.dispatchEvent(new CustomEvent("bar", { detail: { name: "browse", value }, bubbles: true }));
  }
}

const WIDE: ReadonlySet<string> = new Set([
  "Images",
  "Message",
  "Endpoints",
  "Hosts",
  "Role",
  "Selector",
  "Object",
  "Port(s)",
]);
/** What kubectl says of something that is not well. */
const BAD = /^(?:Failed|Error|.*BackOff|.*ErrImagePull|Evicted|NotReady.*|OOMKilled|Lost|CreateContainer.*)$/;

customElements.define("orrery-object-list", ObjectListElement);
